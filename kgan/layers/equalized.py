"""Layers whose weights all learn at one speed, whatever their size.

A weight starts from N(0, 1) and is divided by √(inputs) when it is used, not when it is drawn:
Adam, which moves every weight by about its rate, then changes each layer's output alike.

Reference: Section 4.1, Karras et al. 2018, arXiv:1710.10196.
"""

import math

import keras
from keras import ops

from kgan.errors import check_positive, check_whole


@keras.saving.register_keras_serializable("kgan")
def scaled_leaky_relu(x):
    """Returns √2 · max(x, 0.2 x), which keeps the mean square of normal numbers near 1."""
    # The factor first: TensorFlow fuses a rectifier with the bias before it, and where a gradient
    # is differentiated again, that rewriting fails with an error message.
    return ops.leaky_relu(x * math.sqrt(2.0), 0.2)


@keras.saving.register_keras_serializable("kgan")
class EqualizedDense(keras.layers.Layer):
    """A dense layer of equalized learning rate: x [B, D] → activation(x W · c + b) [B, units].

    c is 1/√D: where the inputs have mean square 1, so has the product.

    Args:
        units: outputs.
        activation: as for Keras' layers.
        learning_rate_multiplier: m, > 0: weights start from N(0, 1/m²) and are used times m, so
            that they learn m times as fast (0.01 in StyleGAN's mapping).
        bias: what the bias starts from.

    Raises:
        InputError: for units or a multiplier out of range.
    """

    def __init__(self, units, activation=None, learning_rate_multiplier=1.0, bias=0.0, **options):
        super().__init__(**options)
        check_whole(units=units, least=1)
        check_positive(learning_rate_multiplier=learning_rate_multiplier)
        self.units = units
        self.activation = keras.activations.get(activation)
        self.learning_rate_multiplier = learning_rate_multiplier
        self.bias_start = bias

    def build(self, input_shape):
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

    def call(self, inputs):
        product = ops.matmul(inputs, self.kernel * self.scale)
        return self.activation(product + self.bias * self.learning_rate_multiplier)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "activation": keras.activations.serialize(self.activation),
            "learning_rate_multiplier": self.learning_rate_multiplier,
            "bias": self.bias_start,
        }


@keras.saving.register_keras_serializable("kgan")
class StyleScales(EqualizedDense):
    """What one layer makes of its style: styles [B, L, D] → scales [B, units], around 1.

    The learned affine transform "A" of StyleGAN's figures.

    Args:
        units: scales, one for each channel they modulate.
        index: which of the L styles is this layer's, from 0.

    Reference: Section 2.1, Karras et al. 2020, arXiv:1912.04958.
    """

    def __init__(self, units, index, **options):
        super().__init__(units, **{"bias": 1.0, **options})
        self.index = index

    def call(self, inputs):
        return super().call(inputs[:, self.index])

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.units)

    def get_config(self):
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
        filters,
        kernel_size,
        strides=1,
        padding="same",
        activation=None,
        use_bias=True,
        **options,
    ):
        super().__init__(**options)
        check_whole(filters=filters, kernel_size=kernel_size, strides=strides, least=1)
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.padding = padding
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias

    def build(self, input_shape):
        shape = (self.kernel_size, self.kernel_size, input_shape[-1], self.filters)
        self.kernel = self.add_weight(
            shape=shape, initializer=keras.initializers.RandomNormal(stddev=1.0), name="kernel"
        )
        self.scale = 1.0 / math.sqrt(math.prod(shape[:3]))
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, inputs):
        kernel = self.kernel * self.scale
        outputs = ops.conv(inputs, kernel, self.strides, self.padding)
        return self.activation(outputs + self.bias if self.use_bias else outputs)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
        }
