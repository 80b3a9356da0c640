"""Layers of StyleGAN2: modulated convolutions, noise, the learned constant, the mean latent."""

import math

import keras
from keras import ops

from kgan.errors import check_whole
from kgan.layers.resampling import filter_low_pass
from kgan.types import ImageShape, Shape, Tensor


@keras.saving.register_keras_serializable("kgan")
class ModulatedConv2D(keras.layers.Layer):
    """A convolution whose kernel is scaled for each sample.

    The kernel of sample b is w″ = w · s_b / √(Σ (w · s_b)²): its scales s_b multiply the kernel's
    input channels (Eq. 1), and each output channel is normalised to unit variance (Eq. 3). A
    convolution is linear, so the layer scales inputs and outputs instead: one kernel serves all
    samples, and LiteRT needs no grouped convolution.

    The kernel starts from N(0, 1) and is used divided by √(inputs), as in `EqualizedConv2D`.

    Args:
        filters: output channels.
        kernel_size: height and width of the kernel.
        upsample: whether the size is doubled, with the filter of `kgan.layers.resampling`.
        demodulate: whether Eq. 3 applies, which it does not in the layers that output colours.

    Call: `(features [B or 1, H, W, C], scales [B, C])` → [B, H', W', filters].

    Reference: Section 2.2, Karras et al. 2020, arXiv:1912.04958.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int,
        upsample: bool = False,
        demodulate: bool = True,
        **options,
    ) -> None:
        super().__init__(**options)
        check_whole(filters=filters, kernel_size=kernel_size, least=1)
        self.filters = filters
        self.kernel_size = kernel_size
        self.upsample = upsample
        self.demodulate = demodulate

    def build(self, input_shape: tuple[Shape, Shape]) -> None:
        features, _ = input_shape
        shape = (self.kernel_size, self.kernel_size, features[-1], self.filters)
        self.kernel = self.add_weight(
            shape=shape, initializer=keras.initializers.RandomNormal(stddev=1.0), name="kernel"
        )
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")
        self.scale = 1.0 / math.sqrt(math.prod(shape[:3]))

    def call(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        features, scales = inputs
        kernel = self.kernel * self.scale
        exact = self.normalize_scales(scales)
        outputs = self._convolve(
            features * ops.cast(exact, features.dtype)[:, None, None, :], kernel
        )
        if self.demodulate:
            # In float32: squares leave float16's range.
            squares = ops.sum(ops.square(ops.cast(kernel, "float32")), axis=(0, 1))
            factors = ops.rsqrt(ops.matmul(ops.square(exact), squares) + 1e-8)
            outputs = outputs * ops.cast(factors, outputs.dtype)[:, None, None, :]
        return outputs + self.bias

    def normalize_scales(self, scales: Tensor) -> Tensor:
        """Returns the factors of the features, [B, C], in float32 if demodulation follows.

        Eq. 3 cancels a factor that all scales of a sample share, so it is divided out first: the
        features of all samples then have the same range, as float16 and int8 need.

        Args:
            scales: [B, C].
        """
        if not self.demodulate:
            return scales
        exact = ops.cast(scales, "float32")
        mean_square = ops.mean(ops.square(exact), axis=1, keepdims=True)
        return exact * ops.rsqrt(mean_square + 1e-8)

    def _convolve(self, features, kernel):
        if not self.upsample:
            return ops.conv(features, kernel, 1, "same")
        kernel = ops.transpose(kernel, (0, 1, 3, 2))
        # [B, 2H + k − 2, …], and [B, 2H, …] after the filter with its padding.
        wide = ops.conv_transpose(features, kernel, 2, "valid")
        return filter_low_pass(wide, padding=(5 - self.kernel_size) // 2, gain=4.0)

    def compute_output_shape(self, input_shape: tuple[Shape, Shape]) -> Shape:
        features, scales = input_shape
        size = [n * 2 for n in features[1:3]] if self.upsample else features[1:3]
        return (scales[0], *size, self.filters)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "upsample": self.upsample,
            "demodulate": self.demodulate,
        }


@keras.saving.register_keras_serializable("kgan")
class LearnedConstant(keras.layers.Layer):
    """Learned feature maps: any input → [1, H, W, C], the same for all samples.

    Args:
        shape: `(H, W, C)`.
    """

    def __init__(self, shape: ImageShape, **options) -> None:
        super().__init__(**options)
        self.shape = tuple(shape)

    def build(self, input_shape: Shape) -> None:
        normal = keras.initializers.RandomNormal(stddev=1.0)
        self.constant = self.add_weight(shape=self.shape, initializer=normal, name="constant")

    def call(self, inputs: Tensor) -> Tensor:
        return self.constant[None]

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (1, *self.shape)

    def get_config(self) -> dict:
        return {**super().get_config(), "shape": self.shape}


@keras.saving.register_keras_serializable("kgan")
class AddNoise(keras.layers.Layer):
    """Adds noise of a learned strength, initially zero: "B" in StyleGAN's figures.

    Args:
        start: index of the first of this layer's H · W numbers in the noise.

    Call: `(features [B, H, W, C], noise [B or 1, N])` → [B, H, W, C]; all channels get the same
    noise.

    Reference: Section 2, Karras et al. 2019, arXiv:1812.04948; Figure 2 of arXiv:1912.04958.
    """

    def __init__(self, start: int, **options) -> None:
        super().__init__(**options)
        self.start = start

    def build(self, input_shape: tuple[Shape, Shape]) -> None:
        self.strength = self.add_weight(shape=(), initializer="zeros", name="strength")

    def call(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        features, noise = inputs
        height, width = features.shape[1:3]
        own = noise[:, self.start : self.start + height * width]
        return features + self.strength * ops.reshape(own, (-1, height, width, 1))

    def compute_output_shape(self, input_shape: tuple[Shape, Shape]) -> Shape:
        return input_shape[0]

    def get_config(self) -> dict:
        return {**super().get_config(), "start": self.start}


@keras.saving.register_keras_serializable("kgan")
class FixedNoise(keras.layers.Layer):
    """Normal numbers that are initialised once and do not train: any input → [1, size].

    With fixed noise a seed has one image, and interpolations do not flicker.

    Args:
        size: how many.
    """

    def __init__(self, size: int, **options) -> None:
        super().__init__(**options)
        self.size = size

    def build(self, input_shape: Shape) -> None:
        normal = keras.initializers.RandomNormal(stddev=1.0)
        self.noise = self.add_weight(
            shape=(1, self.size), initializer=normal, trainable=False, name="noise"
        )

    def call(self, inputs: Tensor) -> Tensor:
        return ops.convert_to_tensor(self.noise)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (1, self.size)

    def get_config(self) -> dict:
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable("kgan")
class MeanLatent(keras.layers.Layer):
    """Returns latents unchanged, and in training keeps a running mean of them, for truncation.

    Args:
        momentum: of the running mean, in [0, 1).

    Attributes:
        mean: [D], the running mean.

    Reference: Appendix B, Karras et al. 2019, arXiv:1812.04948.
    """

    def __init__(self, momentum: float = 0.995, **options) -> None:
        super().__init__(**options)
        self.momentum = momentum

    def build(self, input_shape: Shape) -> None:
        # Each replica assigns the mean of its own samples; the variable takes the mean of these.
        self.mean = self.add_weight(
            shape=input_shape[1:],
            initializer="zeros",
            trainable=False,
            aggregation="mean",
            autocast=False,
            dtype="float32",
            name="mean",
        )

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if training:
            batch = ops.mean(ops.stop_gradient(ops.cast(inputs, "float32")), axis=0)
            self.mean.assign(batch + self.momentum * (self.mean - batch))
        return inputs

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def get_config(self) -> dict:
        return {**super().get_config(), "momentum": self.momentum}
