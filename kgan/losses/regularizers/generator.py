"""Regularizers of the generator: orthogonal kernels, and paths of one length."""

import math

import keras
from keras import ops

from kgan.errors import check_fraction, check_positive
from kgan.losses import second_order
from kgan.losses.regularizers.regularizer import Regularizer

TRANSPOSED = (
    keras.layers.Conv1DTranspose,
    keras.layers.Conv2DTranspose,
    keras.layers.Conv3DTranspose,
)


def orthogonal(weight: float = 1e-4, every: int = 1, player: str = "generator") -> Regularizer:
    """Returns weight · Σ ‖WᵀW ⊙ (1 − I)‖²_F over kernels W, whose filters are to be orthogonal.

    Kernels are matrices [inputs, filters]; embeddings are left alone. Only directions are
    compared, lengths are free.

    Args:
        weight: β of the paper.
        every: compute it every so many rounds.
        player: who pays.

    Reference: Brock et al. 2019, arXiv:1809.11096.
    """

    def function(context):
        kernels = [kernel for network in context.networks for kernel in _find_kernels(network)]
        return sum(_square_off_diagonal(kernel) for kernel in kernels)

    return Regularizer("orthogonal", function, weight, every, player=player)


def _find_kernels(network):
    """Yields every trainable kernel of a network as a matrix [inputs, filters], float32."""
    for layer in network._flatten_layers(include_self=False):
        if isinstance(layer, keras.layers.Embedding) or layer._layers:
            continue
        for variable in layer.trainable_variables:
            if len(variable.shape) < 2:
                continue
            kernel = ops.cast(variable, "float32")
            if isinstance(layer, TRANSPOSED):
                kernel = ops.swapaxes(kernel, -1, -2)
            yield ops.reshape(kernel, (-1, kernel.shape[-1]))


def _square_off_diagonal(kernel):
    products = ops.matmul(ops.transpose(kernel), kernel)
    return ops.sum(ops.square(products * (1.0 - ops.eye(kernel.shape[-1]))))


def path_length(weight: float | None = None, decay: float = 0.99, every: int = 8) -> Regularizer:
    """Returns StyleGAN2's: weight · E (‖J_wᵀ y‖ − a)², a the mean length so far.

    Steps in style space shall change images equally much everywhere. Half a batch pays.

    Args:
        weight: γ_pl; None for Appendix B's, ln 2 / (ln r − ln 2) with pixels of size 1/r.
        decay: of the mean, each time a length is measured, in [0, 1).
        every: compute it every so many rounds.

    Reference: Eq. 4, Karras et al. 2020, arXiv:1912.04958.
    """
    if weight is not None:
        check_positive(weight=weight)
    check_fraction(decay=decay)

    def function(context, mean):
        model, rng = context.model, context.rng
        height, width = model.image_shape[:2]
        size = math.sqrt(height * width)
        count = (ops.shape(next(iter(context.batch.values())))[0] + 1) // 2
        latents = rng.purpose("latents").normal((count, model.latent_size))
        styles = model.generator.get_layer("mapping")(latents, training=True)
        directions = rng.purpose("directions").normal((count, *model.image_shape)) / size
        lengths = second_order.path_lengths(lambda w: model.paint(w, rng), styles, directions)
        value = ops.mean(ops.square(lengths - mean))
        share = second_order.path_length_weight(size) if weight is None else weight
        length = ops.mean(lengths)
        return share * value, length + decay * (mean - length)

    return Regularizer("path_length", function, 1.0, every, player="generator", initial=(0.0,))
