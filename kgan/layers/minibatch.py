"""Layers that show a critic statistics of its batch, by which it sees a lack of variety.

Scores then depend on the whole group an example is in. A group is consecutive rows, so that a batch
that is split over replicas has the same groups, if their size divides a replica's rows.
"""

import keras
from keras import ops

from kgan.errors import InputError, check_whole
from kgan.types import Shape, Tensor

EPSILON = 1e-8  # under the root: its gradient is infinite where all rows are equal


def _group(x, group_size):
    """Returns [groups, rows, ...]; one group where the size is None or does not divide the rows."""
    rows, *rest = ops.shape(x)
    if group_size is not None:
        rows = ops.where(rows % group_size == 0, group_size, rows)
    return ops.reshape(x, (-1, rows, *rest))


@keras.saving.register_keras_serializable("kgan")
class MinibatchStandardDeviation(keras.layers.Layer):
    """Appends a channel that holds the mean standard deviation of the features over a group.

    x [B, ..., C] → [B, ..., C + 1], computed in float32. The new channel is constant in a group; if
    all rows are equal, it is 1e-4 and its gradient zero.

    Args:
        group_size: consecutive rows in a group; a batch that it does not divide is one group.

    Raises:
        InputError: for a group size that is not a whole number > 0.

    Differs from the paper: groups of 4, as in StyleGAN2 (arXiv:1912.04958), where the paper's text
    takes the whole batch.

    Reference: Section 3, Karras et al. 2018, arXiv:1710.10196.
    """

    def __init__(self, group_size: int = 4, **options) -> None:
        super().__init__(**options)
        check_whole(group_size=group_size, least=1)
        self.group_size = group_size

    def call(self, inputs: Tensor) -> Tensor:
        groups = _group(ops.cast(inputs, "float32"), self.group_size)
        deviation = ops.sqrt(ops.var(groups, axis=1, keepdims=True) + EPSILON)
        mean = ops.mean(deviation, axis=range(1, len(groups.shape)), keepdims=True)
        channel = ops.reshape(ops.zeros_like(groups[..., :1]) + mean, ops.shape(inputs[..., :1]))
        return ops.concatenate([inputs, ops.cast(channel, inputs.dtype)], axis=-1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:-1], input_shape[-1] + 1)

    def get_config(self) -> dict:
        return {**super().get_config(), "group_size": self.group_size}


@keras.saving.register_keras_serializable("kgan")
class MinibatchDiscrimination(keras.layers.Layer):
    """Appends how close each example is to the others: features [B, F] → [B, F + kernels].

    Each row gives a matrix M = f(x) T of `kernels` rows; the new features are
    o(x_i)_b = Σ_j exp(−‖M_{i,b} − M_{j,b}‖₁) over all j of the group. As in the paper's formula,
    this includes j = i, whose term is 1. Memory grows with B · group · kernels · kernel_size.

    Args:
        kernels: B in the paper, the number of new features.
        kernel_size: C in the paper, the length of the rows that are compared.
        group_size: as for `MinibatchStandardDeviation`; None for the whole batch.

    Raises:
        InputError: for a number that is not whole and > 0, or inputs that are not [B, F].

    Differs from the paper: T has Glorot's initial distribution. The authors' code scales it by the
    first batch, and omits j = i.

    Reference: Section 3.2, Salimans et al. 2016, arXiv:1606.03498; sizes from the authors' code.
    """

    def __init__(
        self,
        kernels: int = 100,
        kernel_size: int = 5,
        group_size: int | None = None,
        **options,
    ) -> None:
        super().__init__(**options)
        check_whole(kernels=kernels, kernel_size=kernel_size, least=1)
        if group_size is not None:
            check_whole(group_size=group_size, least=1)
        self.kernels = kernels
        self.kernel_size = kernel_size
        self.group_size = group_size

    def build(self, input_shape: Shape) -> None:
        if len(input_shape) != 2:
            raise InputError(
                "Expected features [B, F] for minibatch discrimination. Received: "
                f"input_shape={tuple(input_shape)}. Put a Flatten before it."
            )
        # Two axes, so that the initializer sees the true number of inputs.
        shape = (input_shape[-1], self.kernels * self.kernel_size)
        self.tensor = self.add_weight(shape=shape, initializer="glorot_uniform", name="tensor")

    def call(self, inputs: Tensor) -> Tensor:
        matrices = ops.cast(ops.matmul(inputs, self.tensor), "float32")
        matrices = ops.reshape(matrices, (-1, self.kernels, self.kernel_size))
        groups = _group(matrices, self.group_size)  # [groups, rows, kernels, kernel_size]
        distances = ops.sum(ops.abs(groups[:, :, None] - groups[:, None]), axis=-1)
        nearness = ops.reshape(ops.sum(ops.exp(-distances), axis=2), (-1, self.kernels))
        return ops.concatenate([inputs, ops.cast(nearness, inputs.dtype)], axis=-1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (input_shape[0], input_shape[1] + self.kernels)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "kernels": self.kernels,
            "kernel_size": self.kernel_size,
            "group_size": self.group_size,
        }


def add_minibatch_discrimination(
    critic: keras.Model, kernels: int = 100, kernel_size: int = 5, group_size: int | None = None
) -> keras.Model:
    """Returns a critic with minibatch discrimination before its last Dense layer.

    Args:
        critic: a functional or sequential `keras.Model` that ends in a Dense layer on [B, F].
        kernels, kernel_size, group_size: see `MinibatchDiscrimination`.

    Returns:
        A `keras.Model` of the same inputs → raw float32 scores [B, 1]. It shares all layers with
        the critic but the last, which is replaced by a new one with the same initializer.

    Raises:
        InputError: for a critic that does not end in a Dense layer.

    Example:
        >>> critic = dcgan.build_discriminator((32, 32, 1))
        >>> critic = add_minibatch_discrimination(critic, kernels=50)
    """
    last = _get_last_dense(critic)
    layer = MinibatchDiscrimination(
        kernels, kernel_size, group_size, name="minibatch_discrimination"
    )
    scores = keras.layers.Dense(
        1, kernel_initializer=last.kernel_initializer, dtype="float32", name="scores"
    )
    inputs = critic.inputs[0] if len(critic.inputs) == 1 else critic.input
    return keras.Model(inputs, scores(layer(last.input)), name=critic.name)


def _get_last_dense(critic):
    last = critic.layers[-1] if critic.layers else None
    try:
        if isinstance(last, keras.layers.Dense) and last.output is critic.outputs[0]:
            return last
    except AttributeError:  # raised by Keras for a subclass, and for a layer that is not built
        pass
    raise InputError(
        "Expected a built functional or sequential critic that ends in a Dense layer. Received: "
        f"{type(critic).__name__} {critic.name!r}, which ends in {type(last).__name__}. Add "
        "minibatch discrimination before other changes of the last layer, or build the critic with "
        "a MinibatchDiscrimination layer."
    )
