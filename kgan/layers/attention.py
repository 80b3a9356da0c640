"""Self-attention of feature maps: each position is told of what stands at all others."""

import keras
from keras import layers, ops

from kgan.types import Shape, Tensor


@keras.saving.register_keras_serializable("kgan")
class SpatialAttention(keras.layers.Layer):
    """Gives each position the mean of values, weighted by how its query fits their keys.

    Called on `[queries, keys, values]`, [B, H, W, D], [B, h, w, D] and [B, h, w, E] → [B, H, W, E].
    Weights are the softmax over the h · w positions of the products of query and key, which are
    not divided by √D. Always in float32.

    Reference: Eq. 1 and 2, Zhang et al. 2019, arXiv:1805.08318.
    """

    def call(self, inputs: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        queries, keys, values = (
            ops.reshape(ops.cast(x, "float32"), (-1, x.shape[1] * x.shape[2], x.shape[3]))
            for x in inputs
        )
        fits = ops.matmul(queries, ops.transpose(keys, (0, 2, 1)))  # [B, H·W, h·w]
        told = ops.matmul(ops.softmax(fits, axis=-1), values)
        shape = self.compute_output_shape([x.shape for x in inputs])
        return ops.cast(ops.reshape(told, (-1, *shape[1:])), inputs[0].dtype)

    def compute_output_shape(self, input_shape: tuple[Shape, Shape, Shape]) -> Shape:
        queries, _, values = input_shape
        return (*queries[:3], values[3])


@keras.saving.register_keras_serializable("kgan")
class GainedSum(keras.layers.Layer):
    """Adds what is learned to what was there: `[x, y]` → x + γ y, with a γ that starts at 0.

    Reference: Eq. 3, Zhang et al. 2019, arXiv:1805.08318.
    """

    def build(self, input_shape: tuple[Shape, Shape]) -> None:
        self.gain = self.add_weight(shape=(), initializer="zeros", name="gain")

    def call(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        x, y = inputs
        return x + ops.cast(self.gain, x.dtype) * y

    def compute_output_shape(self, input_shape: tuple[Shape, Shape]) -> Shape:
        return input_shape[0]


def apply_self_attention(x: Tensor) -> Tensor:
    """Returns symbolic feature maps [B, H, W, C] after a new self-attention block.

    Queries and keys have C/8 channels, values C/2 (1 at least); keys and values are max-pooled
    2×2. The four maps are 1×1 convolutions without bias, which can be spectrally normalised.

    Reference: Section 3, Zhang et al. 2019, arXiv:1805.08318; pooled as in Brock et al. 2019,
    arXiv:1809.11096.
    """

    def project(y: Tensor, channels: int) -> Tensor:
        return layers.Conv2D(max(channels, 1), 1, use_bias=False)(y)

    channels = x.shape[-1]
    keys, values = (
        layers.MaxPooling2D(2, padding="same")(project(x, count))
        for count in (channels // 8, channels // 2)
    )
    told = SpatialAttention()([project(x, channels // 8), keys, values])
    return GainedSum()([x, project(told, channels)])
