"""Layers with equalized learning rate, and the activation that goes with them.

Weights start from N(0, 1) and are divided by √(inputs) when they are used, not when they are
initialised: Adam, which changes every weight by about its rate, then has the same effect on the
output of every layer.

Reference: Section 4.1, Karras et al. 2018, arXiv:1710.10196.
"""

import math
from collections.abc import Callable

import keras
from keras import ops

from kgan.errors import check_positive, check_whole
from kgan.types import Shape, Tensor


@keras.saving.register_keras_serializable("kgan")
def leaky_relu_with_gain(x: Tensor) -> Tensor:
    """Returns √2 · max(x, 0.2 x), which keeps the mean square of normal numbers near 1."""
    # The factor first: TensorFlow fuses a rectifier with the bias before it, which fails where a
    # gradient is differentiated again.
    return ops.leaky_relu(x * math.sqrt(2.0), 0.2)


@keras.saving.register_keras_serializable("kgan")
class EqualizedDense(keras.layers.Layer):
    """A dense layer of equalized learning rate: x [B, D] → activation(x W · c + b) [B, units].

    c is 1/√D: if the inputs have mean square 1, so has the product.

    Args:
        units: outputs.
        activation: as for Keras' layers.
        learning_rate_multiplier: m, > 0: weights start from N(0, 1/m²) and are multiplied by m, so
            that they learn m times as fast (0.01 in StyleGAN's mapping).
        bias: initial value of the bias.

    Raises:
        InputError: for units or a multiplier out of range.
    """

    def __init__(
        self,
        units: int,
        activation: str | Callable | None = None,
        learning_rate_multiplier: float = 1.0,
        bias: float = 0.0,
        **options,
    ) -> None:
        super().__init__(**options)
        check_whole(units=units, least=1)
        check_positive(learning_rate_multiplier=learning_rate_multiplier)
        self.units = units
        self.activation = keras.activations.get(activation)
        self.learning_rate_multiplier = learning_rate_multiplier
        self.bias_start = bias

    def build(self, input_shape: Shape) -> None:
        speed = self.learning_rate_multiplier
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units),
            initializer=keras.initializers.RandomNormal(stddev=1.0 / speed),
            name="kernel",
        )
        self.bias = self.add_weight(
            shape=(self.units,),
            initializer=keras.initializers.Constant(self.bias_start / speed),
            name="bias",
        )
        self.scale = speed / math.sqrt(input_shape[-1])

    def call(self, inputs: Tensor) -> Tensor:
        product = ops.matmul(inputs, self.kernel * self.scale)
        return self.activation(product + self.bias * self.learning_rate_multiplier)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "units": self.units,
            "activation": keras.activations.serialize(self.activation),
            "learning_rate_multiplier": self.learning_rate_multiplier,
            "bias": self.bias_start,
        }


@keras.saving.register_keras_serializable("kgan")
class StyleScales(EqualizedDense):
    """An affine transform of one style: styles [B, L, D] → scales [B, units], around 1.

    It is "A" in StyleGAN's figures.

    Args:
        units: scales, one for each channel that they modulate.
        index: of the style, from 0 to L − 1.

    Reference: Section 2.1, Karras et al. 2020, arXiv:1912.04958.
    """

    def __init__(self, units: int, index: int, **options) -> None:
        super().__init__(units, **{"bias": 1.0, **options})
        self.index = index

    def call(self, inputs: Tensor) -> Tensor:
        return super().call(inputs[:, self.index])

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (input_shape[0], self.units)

    def get_config(self) -> dict:
        return {**super().get_config(), "index": self.index}


@keras.saving.register_keras_serializable("kgan")
class EqualizedConv2D(keras.layers.Layer):
    """A convolution of equalized learning rate: [B, H, W, C] → [B, H', W', filters].

    Args:
        filters: outputs.
        kernel_size: height and width of the kernel.
        strides: 1, or 2 to halve the size.
        padding: `"same"` or `"valid"`.
        activation: as for Keras' layers.
        use_bias: whether it has a bias.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int,
        strides: int = 1,
        padding: str = "same",
        activation: str | Callable | None = None,
        use_bias: bool = True,
        **options,
    ) -> None:
        super().__init__(**options)
        check_whole(filters=filters, kernel_size=kernel_size, strides=strides, least=1)
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.padding = padding
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias

    def build(self, input_shape: Shape) -> None:
        shape = (self.kernel_size, self.kernel_size, input_shape[-1], self.filters)
        self.kernel = self.add_weight(
            shape=shape, initializer=keras.initializers.RandomNormal(stddev=1.0), name="kernel"
        )
        self.scale = 1.0 / math.sqrt(math.prod(shape[:3]))
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, inputs: Tensor) -> Tensor:
        kernel = self.kernel * self.scale
        outputs = ops.conv(inputs, kernel, self.strides, self.padding)
        return self.activation(outputs + self.bias if self.use_bias else outputs)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
        }
