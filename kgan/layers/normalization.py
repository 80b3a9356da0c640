"""Normalization layers: batch normalization over replicas or by class, instance normalization."""

import contextlib
import contextvars
from collections.abc import Iterator

import keras
from keras import ops

from kgan.errors import check_whole
from kgan.types import Shape, Tensor

_SYNCHRONIZED = contextvars.ContextVar("synchronized", default=False)


@contextlib.contextmanager
def synchronize_batch_norm(synchronized: bool = True) -> Iterator[None]:
    """Makes batch normalization of networks built in this block use the moments of all replicas.

    Like Keras' dtype policy, this is a property of how networks compute, not of the networks.

    Args:
        synchronized: False for each replica's own moments, the default outside of any block.

    Example:
        >>> with strategy.scope(), kgan.layers.synchronize_batch_norm():
        ...     gan = kgan.models.DCGAN(image_shape=(32, 32, 1))
    """
    token = _SYNCHRONIZED.set(synchronized)
    try:
        yield
    finally:
        _SYNCHRONIZED.reset(token)


def make_batch_normalization(**options) -> keras.layers.BatchNormalization:
    """Returns a Keras layer that follows `synchronize_batch_norm`.

    Args:
        options: arguments of `keras.layers.BatchNormalization`.
    """
    return keras.layers.BatchNormalization(synchronized=_SYNCHRONIZED.get(), **options)


def make_conditional_batch_normalization(classes: int) -> "ConditionalBatchNormalization":
    """Returns a `ConditionalBatchNormalization` that follows `synchronize_batch_norm`."""
    return ConditionalBatchNormalization(classes, synchronized=_SYNCHRONIZED.get())


def has_synchronized_batch_norm(network: keras.Layer) -> bool:
    """Returns whether a network has batch normalization that uses the moments of all replicas."""
    layers = network.layers if isinstance(network, keras.Model) else ()
    kinds = (keras.layers.BatchNormalization, ConditionalBatchNormalization)
    return any(
        layer.synchronized if isinstance(layer, kinds) else has_synchronized_batch_norm(layer)
        for layer in layers
    )


@keras.saving.register_keras_serializable("kgan")
class ConditionalBatchNormalization(keras.layers.Layer):
    """Batch normalization with a scale and a shift for each class.

    Called on `[x, label]`: x [B, ..., C], label [B] whole numbers in [0, classes). The scale is
    1 + gain; gain and shift start at zero, and so the layer as plain batch normalization.

    Args:
        classes: number of classes, ≥ 1.
        momentum: of the moving mean and variance.
        epsilon: added to the variance.
        synchronized: whether the moments are taken over the examples of all replicas.

    Reference: de Vries et al. 2017, arXiv:1707.00683; Miyato and Koyama 2018, arXiv:1802.05637.
    """

    def __init__(
        self,
        classes: int,
        momentum: float = 0.9,
        epsilon: float = 1e-5,
        synchronized: bool = False,
        **options,
    ) -> None:
        super().__init__(**options)
        check_whole(classes=classes, least=1)
        self.classes = classes
        self.momentum = momentum
        self.epsilon = epsilon
        self.synchronized = synchronized
        self.normalization = keras.layers.BatchNormalization(
            momentum=momentum,
            epsilon=epsilon,
            center=False,
            scale=False,
            dtype=self.dtype_policy,
            synchronized=synchronized,
        )

    def build(self, input_shape: tuple[Shape, Shape]) -> None:
        shape, _ = input_shape
        self.normalization.build(shape)
        self.rest = (1,) * (len(shape) - 2)
        self.gain = self.add_weight(
            shape=(self.classes, shape[-1]), initializer="zeros", name="gain"
        )
        self.shift = self.add_weight(
            shape=(self.classes, shape[-1]), initializer="zeros", name="shift"
        )

    def call(self, inputs: tuple[Tensor, Tensor], training: bool = False) -> Tensor:
        x, label = inputs
        x = self.normalization(x, training=training)
        gain, shift = (
            ops.reshape(ops.take(table, label, axis=0), (-1, *self.rest, x.shape[-1]))
            for table in (self.gain, self.shift)
        )
        return x * (1.0 + ops.cast(gain, x.dtype)) + ops.cast(shift, x.dtype)

    def compute_output_shape(self, input_shape: tuple[Shape, Shape]) -> Shape:
        return input_shape[0]

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "classes": self.classes,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "synchronized": self.synchronized,
        }


@keras.saving.register_keras_serializable("kgan")
class InstanceNormalization(keras.layers.Layer):
    """Normalises each channel of each image: x [B, H, W, C] → γ (x − mean) / √(variance + ε) + β.

    Unlike `GroupNormalization(groups=-1)` it takes means over rows, and then over these. A channel
    that hardly varies is scaled by up to 1/√ε, rounding errors included, and LiteRT sums
    sequentially: with sums over whole images of 1,024 pixels, a trained CycleGAN in LiteRT differed
    from Keras by 6e-5, with sums over rows by 4e-6. Always in float32.

    Args:
        epsilon: ε, ≥ 0, added to the variance.

    Reference: Ulyanov et al. 2016, arXiv:1607.08022.
    """

    def __init__(self, epsilon: float = 1e-5, **options) -> None:
        super().__init__(**options)
        self.epsilon = epsilon

    def build(self, input_shape: Shape) -> None:
        shape = (input_shape[-1],)
        self.gamma = self.add_weight(shape, "ones", autocast=False, name="gamma")
        self.beta = self.add_weight(shape, "zeros", autocast=False, name="beta")

    def call(self, inputs: Tensor) -> Tensor:
        x = ops.cast(inputs, "float32")
        centred = x - _mean_over_positions(x)
        variance = _mean_over_positions(ops.square(centred))
        return ops.cast(self.scale(centred, variance), inputs.dtype)

    def scale(self, centred: Tensor, variance: Tensor) -> Tensor:
        """Returns γ · centred / √(variance + ε) + β.

        Args:
            centred: x − mean, [B, H, W, C], float32.
            variance: [B, 1, 1, C], float32.
        """
        gain = ops.rsqrt(variance + self.epsilon) * self.gamma
        return centred * gain + self.beta

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def get_config(self) -> dict:
        return {**super().get_config(), "epsilon": self.epsilon}


@keras.saving.register_keras_serializable("kgan")
class StyledInstanceNormalization(keras.layers.Layer):
    """Instance normalization with a scale and a shift that a style says.

    Called on `[x, style]`: x [B, H, W, C], style [B, S]. Both are linear in the style; they start
    at one and zero, and so the layer as plain instance normalization. Always in float32.

    Reference: Dumoulin et al. 2017, arXiv:1610.07629; Huang and Belongie 2017, arXiv:1703.06868.
    """

    def __init__(self, **options) -> None:
        super().__init__(**options)
        self.normalization = InstanceNormalization(dtype=self.dtype_policy)

    def build(self, input_shape: tuple[Shape, Shape]) -> None:
        shape, style = input_shape
        self.normalization.build(shape)
        self.kernel = self.add_weight(
            (style[-1], 2 * shape[-1]), "zeros", autocast=False, name="kernel"
        )

    def call(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        x, style = inputs
        told = ops.matmul(ops.cast(style, "float32"), self.kernel)
        gain, shift = ops.split(ops.expand_dims(told, (1, 2)), 2, axis=-1)
        x = ops.cast(self.normalization(x), "float32")
        return ops.cast(x * (1.0 + gain) + shift, inputs[0].dtype)

    def compute_output_shape(self, input_shape: tuple[Shape, Shape]) -> Shape:
        return input_shape[0]


def _mean_over_positions(x):
    """Returns the mean [B, 1, 1, C] of feature maps [B, H, W, C]."""
    return ops.mean(ops.mean(x, axis=2, keepdims=True), axis=1, keepdims=True)
