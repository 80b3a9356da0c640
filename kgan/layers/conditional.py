"""Layers whose weights a class label chooses."""

import keras
from keras import ops

from kgan.errors import check_whole


@keras.saving.register_keras_serializable("kgan")
class ConditionalBatchNormalization(keras.layers.Layer):
    """Batch normalization whose scale and shift belong to the example's class.

    Called on `[x, label]`: x [B, ..., C], label [B] whole numbers in [0, classes). With γ = 1 + Δγ
    and Δγ, β from zero, it starts as plain batch normalization.

    Args:
        classes: number of classes, ≥ 1.
        momentum: of the moving mean and variance.
        epsilon: added to the variance.
        synchronized: whether the moments are those of all replicas' examples.

    Reference: de Vries et al. 2017, arXiv:1707.00683; Miyato and Koyama 2018, arXiv:1802.05637.
    """

    def __init__(self, classes, momentum=0.9, epsilon=1e-5, synchronized=False, **options):
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

    def build(self, input_shape):
        shape, _ = input_shape
        self.normalization.build(shape)
        self.rest = (1,) * (len(shape) - 2)
        self.gain = self.add_weight(
            shape=(self.classes, shape[-1]), initializer="zeros", name="gain"
        )
        self.shift = self.add_weight(
            shape=(self.classes, shape[-1]), initializer="zeros", name="shift"
        )

    def call(self, inputs, training=False):
        x, label = inputs
        x = self.normalization(x, training=training)
        gain, shift = (
            ops.reshape(ops.take(table, label, axis=0), (-1, *self.rest, x.shape[-1]))
            for table in (self.gain, self.shift)
        )
        return x * (1.0 + ops.cast(gain, x.dtype)) + ops.cast(shift, x.dtype)

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self):
        return {
            **super().get_config(),
            "classes": self.classes,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "synchronized": self.synchronized,
        }
