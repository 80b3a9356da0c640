"""Virtual batch normalization, by the statistics of a fixed reference batch.

From `ReferenceBatch` to `DropReference` the reference is the first rows of the batch; between them
`VirtualBatchNormalization` normalises every other row by the reference and itself alone.

Reference: Section 3.5, Salimans et al. 2016, arXiv:1606.03498.
"""

import keras
from keras import ops

from kgan.errors import InputError, check_whole
from kgan.layers.surgery import replace_layers
from kgan.types import Shape, Tensor


@keras.saving.register_keras_serializable("kgan")
class ReferenceBatch(keras.layers.Layer):
    """Puts `size` fixed rows from N(0, 1) before a batch: [B, ...] → [size + B, ...].

    The rows are a weight that does not train.

    Args:
        size: number of rows, ≥ 2.
    """

    def __init__(self, size: int, **options) -> None:
        super().__init__(**options)
        check_whole(size=size, least=2)
        self.size = size

    def build(self, input_shape: Shape) -> None:
        self.rows = self.add_weight(
            shape=(self.size, *input_shape[1:]),
            initializer=keras.initializers.RandomNormal(stddev=1.0),
            trainable=False,
            name="rows",
        )

    def call(self, inputs: Tensor) -> Tensor:
        return ops.concatenate([ops.cast(self.rows, inputs.dtype), inputs], axis=0)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        rows = input_shape[0]
        return (None if rows is None else rows + self.size, *input_shape[1:])

    def get_config(self) -> dict:
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable("kgan")
class DropReference(keras.layers.Layer):
    """Removes the reference's rows: [size + B, ...] → [B, ...].

    Args:
        size: number of rows, as for `ReferenceBatch`.
    """

    def __init__(self, size: int, **options) -> None:
        super().__init__(**options)
        check_whole(size=size, least=2)
        self.size = size

    def call(self, inputs: Tensor) -> Tensor:
        return inputs[self.size :]

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        rows = input_shape[0]
        return (None if rows is None else rows - self.size, *input_shape[1:])

    def get_config(self) -> dict:
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable("kgan")
class VirtualBatchNormalization(keras.layers.Layer):
    """Normalises each row by the statistics of the reference and itself, also at inference.

    The first `reference_size` rows are the reference, normalised by its mean and variance. Any
    other row is normalised by the moments of the `reference_size` + 1 rows that the reference and
    it make. Computed in float32 or better.

    Args:
        reference_size: rows of the reference, ≥ 2.
        axis: of the features, which are normalised separately; not 0.
        epsilon: added to the variance.
        center: whether a trainable `beta` is added.
        scale: whether a trainable `gamma` multiplies.
        beta_initializer: of `beta`.
        gamma_initializer: of `gamma`.

    Reference: Section 3.5, Salimans et al. 2016, arXiv:1606.03498.
    """

    def __init__(
        self,
        reference_size: int,
        axis: int = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: str | keras.initializers.Initializer = "zeros",
        gamma_initializer: str | keras.initializers.Initializer = "ones",
        **options,
    ) -> None:
        super().__init__(**options)
        check_whole(reference_size=reference_size, least=2)
        self.reference_size = reference_size
        self.axis = axis
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = keras.initializers.get(beta_initializer)
        self.gamma_initializer = keras.initializers.get(gamma_initializer)

    def build(self, input_shape: Shape) -> None:
        rank = len(input_shape)
        features = input_shape[self.axis]
        self.others = [axis for axis in range(1, rank) if axis != self.axis % rank]
        self.broadcast = [features if axis == self.axis % rank else 1 for axis in range(rank)]
        self.gamma = self.beta = None
        if self.scale:
            self.gamma = self.add_weight(
                shape=(features,), initializer=self.gamma_initializer, autocast=False, name="gamma"
            )
        if self.center:
            self.beta = self.add_weight(
                shape=(features,), initializer=self.beta_initializer, autocast=False, name="beta"
            )

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        del mask  # Keras passes one, as to the BatchNormalization that this layer replaces
        x = ops.cast(inputs, keras.backend.result_type(inputs.dtype, "float32"))
        reference, examples = x[: self.reference_size], x[self.reference_size :]
        mean, variance = ops.moments(reference, [0, *self.others], keepdims=True)
        own_mean, own_variance = ops.moments(examples, self.others, keepdims=True)
        share = 1.0 / (self.reference_size + 1)
        gap = own_mean - mean
        # The variance of a mixture: the mean of the variances plus the variance of the means.
        joint = (1.0 - share) * (variance + share * ops.square(gap)) + share * own_variance
        normalized = ops.concatenate(
            [
                (reference - mean) * ops.rsqrt(variance + self.epsilon),
                (examples - mean - share * gap) * ops.rsqrt(joint + self.epsilon),
            ],
            axis=0,
        )
        if self.scale:
            normalized *= ops.reshape(ops.cast(self.gamma, x.dtype), self.broadcast)
        if self.center:
            normalized += ops.reshape(ops.cast(self.beta, x.dtype), self.broadcast)
        return ops.cast(normalized, inputs.dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "reference_size": self.reference_size,
            "axis": self.axis,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": keras.initializers.serialize(self.beta_initializer),
            "gamma_initializer": keras.initializers.serialize(self.gamma_initializer),
        }


def apply_virtual_batch_normalization(
    generator: keras.Model, reference_size: int = 64
) -> keras.Model:
    """Returns a copy of a generator with virtual batch normalization for batch normalization.

    An image then depends on its own latent alone, also in training. Each pass computes
    `reference_size` more rows.

    Args:
        generator: a functional or sequential `keras.Model` latents → images, built; its weights
            are copied. Latents are drawn from N(0, I), as the reference is.
        reference_size: rows of the reference, ≥ 2.

    Returns:
        A new `keras.Model` with the generator's input, output and name; the generator itself if it
        has no BatchNormalization.

    Raises:
        InputError: for a generator of several inputs or outputs, or a subclass.

    Example:
        >>> generator = apply_virtual_batch_normalization(dcgan.build_generator((32, 32, 1)))
    """

    def replace(layer):
        if not isinstance(layer, keras.layers.BatchNormalization):
            return None
        return VirtualBatchNormalization(
            reference_size,
            axis=layer.axis,
            epsilon=layer.epsilon,
            center=layer.center,
            scale=layer.scale,
            beta_initializer=layer.beta_initializer,
            gamma_initializer=layer.gamma_initializer,
            trainable=layer.trainable,
            dtype=layer.dtype_policy,
            name=layer.name,
        )

    body, replaced = replace_layers(generator, replace)
    if not replaced:
        return generator
    if len(body.inputs) != 1 or len(body.outputs) != 1:
        raise InputError(
            "Expected a generator of one input and one output for virtual batch normalization. "
            f"Received: {len(body.inputs)} and {len(body.outputs)}."
        )
    for layer, new in replaced:
        for name in ("gamma", "beta"):
            if getattr(new, name) is not None:
                getattr(new, name).assign(getattr(layer, name))
    (inputs,), last = body.inputs, body.layers[-1]
    latents = keras.Input(inputs.shape[1:], dtype=inputs.dtype, name=inputs.name)
    rows = ReferenceBatch(reference_size, name="reference")(latents)
    drop = DropReference(reference_size, dtype=last.dtype_policy, name=last.name)
    return keras.Model(latents, drop(body(rows)), name=generator.name)
