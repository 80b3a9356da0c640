"""What StyleGAN2's synthesis is made of: modulated convolutions, noise, the mean latent."""

import math

import keras
from keras import ops

from kgan.errors import check_whole
from kgan.layers.resampling import filtered


@keras.saving.register_keras_serializable("kgan")
class ModulatedConv2D(keras.layers.Layer):
    """A convolution whose kernel each sample scales: features and scales → features.

    Sample b convolves with w″ = w · s_b / √(Σ (w · s_b)²): its scales s_b multiply the kernel's
    inputs (Eq. 1), and each output channel is brought back to unit variance (Eq. 3). A convolution
    is linear, so scaling what goes in and what comes out is the same: no sample needs a kernel of
    its own, and LiteRT needs no grouped convolution.

    The kernel starts from N(0, 1) and is used divided by √(inputs), as in `EqualizedConv2D`.

    Args:
        filters: output channels.
        kernel_size: height and width of the kernel.
        upsample: whether the size is doubled, through the filter of `kgan.layers.resampling`.
        demodulate: whether Eq. 3 applies; the layers that paint colours go without.

    Call: `(features [B or 1, H, W, C], scales [B, C])` → [B, H', W', filters].

    Reference: Section 2.2, Karras et al. 2020, arXiv:1912.04958.
    """

    def __init__(self, filters, kernel_size, upsample=False, demodulate=True, **options):
        super().__init__(**options)
        check_whole(filters=filters, kernel_size=kernel_size, least=1)
        self.filters = filters
        self.kernel_size = kernel_size
        self.upsample = upsample
        self.demodulate = demodulate

    def build(self, input_shape):
        features, _ = input_shape
        shape = (self.kernel_size, self.kernel_size, features[-1], self.filters)
        self.kernel = self.add_weight(
            shape=shape, initializer=keras.initializers.RandomNormal(stddev=1.0), name="kernel"
        )
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")
        self.scale = 1.0 / math.sqrt(math.prod(shape[:3]))

    def call(self, inputs):
        features, scales = inputs
        kernel = self.kernel * self.scale
        exact = self.shared_out(scales)
        flowing = features * ops.cast(exact, features.dtype)[:, None, None, :]
        outputs = self._convolved(flowing, kernel)
        if self.demodulate:
            # In float32: squares leave float16's range.
            squares = ops.sum(ops.square(ops.cast(kernel, "float32")), axis=(0, 1))
            deviations = ops.rsqrt(ops.matmul(ops.square(exact), squares) + 1e-8)
            outputs = outputs * ops.cast(deviations, outputs.dtype)[:, None, None, :]
        return outputs + self.bias

    def shared_out(self, scales):
        """Returns by what features are multiplied, [B, C]: float32 where demodulation follows.

        What all scales of a sample share, Eq. 3 cancels. Without it, features of all samples keep
        one range, which is what float16 and int8 have to share out.
        """
        if not self.demodulate:
            return scales
        exact = ops.cast(scales, "float32")
        mean_square = ops.mean(ops.square(exact), axis=1, keepdims=True)
        return exact * ops.rsqrt(mean_square + 1e-8)

    def _convolved(self, features, kernel):
        if not self.upsample:
            return ops.conv(features, kernel, 1, "same")
        kernel = ops.transpose(kernel, (0, 1, 3, 2))
        # [B, 2H + k − 2, …]: what the filter then needs around it leaves 2H.
        wide = ops.conv_transpose(features, kernel, 2, "valid")
        return filtered(wide, padding=(5 - self.kernel_size) // 2, gain=4.0)

    def compute_output_shape(self, input_shape):
        features, scales = input_shape
        size = [n * 2 for n in features[1:3]] if self.upsample else features[1:3]
        return (scales[0], *size, self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "upsample": self.upsample,
            "demodulate": self.demodulate,
        }


@keras.saving.register_keras_serializable("kgan")
class LearnedConstant(keras.layers.Layer):
    """A picture of features that is learned: anything → [1, H, W, C], the same for all samples.

    Args:
        shape: `(H, W, C)`.
    """

    def __init__(self, shape, **options):
        super().__init__(**options)
        self.shape = tuple(shape)

    def build(self, input_shape):
        normal = keras.initializers.RandomNormal(stddev=1.0)
        self.constant = self.add_weight(shape=self.shape, initializer=normal, name="constant")

    def call(self, inputs):
        return self.constant[None]

    def compute_output_shape(self, input_shape):
        return (1, *self.shape)

    def get_config(self):
        return {**super().get_config(), "shape": self.shape}


@keras.saving.register_keras_serializable("kgan")
class AddNoise(keras.layers.Layer):
    """Adds noise of a learned strength, at first none: the "B" of StyleGAN's figures.

    Args:
        start: where this layer's H · W numbers begin among all the noise.

    Call: `(features [B, H, W, C], noise [B or 1, N])` → [B, H, W, C]; all channels get the same.

    Reference: Section 2, Karras et al. 2019, arXiv:1812.04948; Figure 2 of arXiv:1912.04958.
    """

    def __init__(self, start, **options):
        super().__init__(**options)
        self.start = start

    def build(self, input_shape):
        self.strength = self.add_weight(shape=(), initializer="zeros", name="strength")

    def call(self, inputs):
        features, noise = inputs
        height, width = features.shape[1:3]
        own = noise[:, self.start : self.start + height * width]
        return features + self.strength * ops.reshape(own, (-1, height, width, 1))

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self):
        return {**super().get_config(), "start": self.start}


@keras.saving.register_keras_serializable("kgan")
class FixedNoise(keras.layers.Layer):
    """Normal numbers drawn once and kept with the weights: anything → [1, size].

    With them a seed has one picture, and a walk does not flicker.

    Args:
        size: how many.
    """

    def __init__(self, size, **options):
        super().__init__(**options)
        self.size = size

    def build(self, input_shape):
        normal = keras.initializers.RandomNormal(stddev=1.0)
        self.noise = self.add_weight(
            shape=(1, self.size), initializer=normal, trainable=False, name="noise"
        )

    def call(self, inputs):
        return ops.convert_to_tensor(self.noise)

    def compute_output_shape(self, input_shape):
        return (1, self.size)

    def get_config(self):
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable("kgan")
class MeanLatent(keras.layers.Layer):
    """Passes latents on as they are, and in training follows their mean, for truncation.

    Args:
        momentum: share of the mean that a batch leaves as it is, in [0, 1).

    Attributes:
        mean: [D], not trained.

    Reference: Appendix B, Karras et al. 2019, arXiv:1812.04948.
    """

    def __init__(self, momentum=0.995, **options):
        super().__init__(**options)
        self.momentum = momentum

    def build(self, input_shape):
        # Replicas agree on it: each assigns what its own samples say.
        self.mean = self.add_weight(
            shape=input_shape[1:],
            initializer="zeros",
            trainable=False,
            aggregation="mean",
            autocast=False,
            dtype="float32",
            name="mean",
        )

    def call(self, inputs, training=False):
        if training:
            batch = ops.mean(ops.stop_gradient(ops.cast(inputs, "float32")), axis=0)
            self.mean.assign(batch + self.momentum * (self.mean - batch))
        return inputs

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum}
