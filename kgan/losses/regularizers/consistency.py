"""Regularizers that want like scores for like inputs: consistency (CR, bCR, zCR) and LeCam."""

from keras import ops

from kgan.augmentation import geometry
from kgan.errors import InputError, check_fraction, check_not_negative, check_positive, check_whole
from kgan.losses.regularizers.regularizer import Context, Regularizer
from kgan.types import Tensor


def consistency(weight: float = 10.0, shift: int = 4, every: int = 1) -> Regularizer:
    """Returns CR: weight · E_real (D(x) − D(T(x)))², T a random mirroring and shift.

    Args:
        weight: λ of the paper.
        shift: largest shift in pixels, ≥ 0.
        every: compute it every so many rounds.

    Reference: Zhang et al. 2020, arXiv:1910.12027.
    """
    check_whole(least=0, shift=shift)

    def function(context):
        return _change(context, "real", shift)

    return Regularizer("consistency", function, weight, every)


def balanced_consistency(weight: float = 10.0, shift: int = 4, every: int = 1) -> Regularizer:
    """Returns bCR: CR on real and, with the same weight, on generated images.

    Args:
        weight: λ_real = λ_fake of the paper.
        shift: largest shift in pixels, ≥ 0.
        every: compute it every so many rounds.

    Reference: Zhao et al. 2021, arXiv:2002.04724.
    """
    check_whole(least=0, shift=shift)

    def function(context):
        return _change(context, "real", shift) + _change(context, "fake", shift)

    return Regularizer("balanced_consistency", function, weight, every)


def _change(context: Context, kind: str, shift: int) -> Tensor:
    """Returns the mean squared change of the scores when images are mirrored and shifted."""
    seen, rng = context.critic_pass, context.rng.purpose(kind)
    images = seen.images[kind]
    if len(images.shape) != 4:
        raise InputError(
            f"Expected images [B, H, W, C] for consistency regularization. Received: {kind} "
            f"examples of shape {tuple(images.shape[1:])}. Choose another regularizer."
        )
    moved = geometry.mirror(images, rng.purpose("mirror"))
    moved = geometry.shift(moved, rng.purpose("shift"), (shift, shift), mode="REFLECT")
    scores = seen.real_scores if kind == "real" else seen.fake_scores
    return _mean_square(scores - seen.critic(seen.show(kind, moved)))


def latent_consistency(weight: float = 5.0, scale: float = 0.05, every: int = 1) -> Regularizer:
    """Returns the critic's part of zCR: weight · E (D(G(z)) − D(G(z + δ)))², δ ~ N(0, scale² I).

    The generator's part is `latent_diversity`.

    Differs from the paper: latents of its own, so that it costs two passes of the generator.

    Args:
        weight: λ_dis of the paper.
        scale: standard deviation of δ, > 0.
        every: compute it every so many rounds.

    Reference: Zhao et al. 2021, arXiv:2002.04724.
    """
    check_positive(scale=scale)

    def function(context):
        seen = context.critic_pass
        first, second = (
            seen.critic(seen.show("fake", images)) for images in _make_neighbours(context, scale)
        )
        return _mean_square(first - second)

    return Regularizer("latent_consistency", function, weight, every)


def latent_diversity(weight: float = 0.5, scale: float = 0.05, every: int = 1) -> Regularizer:
    """Returns the generator's part of zCR: −weight · E ‖G(z) − G(z + δ)‖², the mean over pixels.

    Args:
        weight: λ_gen of the paper.
        scale: standard deviation of δ, > 0.
        every: compute it every so many rounds.

    Reference: Zhao et al. 2021, arXiv:2002.04724.
    """
    check_positive(scale=scale)

    def function(context):
        first, second = _make_neighbours(context, scale)
        return -_mean_square(first - second)

    return Regularizer("latent_diversity", function, weight, every, player="generator")


def _make_neighbours(context, scale):
    """Returns images of latents, and of others very near to them."""
    model, batch = context.model, dict(context.batch)
    shape = (ops.shape(next(iter(batch.values())))[0], model.latent_size)
    latents = context.rng.purpose("latents").normal(shape)
    others = latents + scale * context.rng.purpose("neighbours").normal(shape)
    return [
        model.call_generator(model.generator, {**batch, "latents": one}, training=True)
        for one in (latents, others)
    ]


def lecam(
    weight: float = 0.1, decay: float = 0.99, start: int = 1000, every: int = 1
) -> Regularizer:
    """Returns LeCam's: weight · (E (D(x) − α_F)² + E (D(G(z)) − α_R)²), for little data.

    α_R and α_F are moving averages of the scores of real and generated images: each kind is drawn
    to where the other has been.

    Args:
        weight: λ of the paper, .01 to .3 there.
        decay: of the averages, in [0, 1).
        start: rounds before it is paid, in which the averages settle, ≥ 0.
        every: compute it every so many rounds.

    Reference: Tseng et al. 2021, arXiv:2104.03310.
    """
    check_fraction(decay=decay)
    check_not_negative(start=start)

    def function(context, real_mean, fake_mean):
        real = ops.cast(context.critic_pass.real_scores, "float32")
        fake = ops.cast(context.critic_pass.fake_scores, "float32")
        value = _mean_square(real - fake_mean) + _mean_square(fake - real_mean)
        value *= ops.cast(context.rng.step >= start, "float32")
        means = [
            decay * mean + (1.0 - decay) * ops.stop_gradient(ops.mean(scores))
            for mean, scores in ((real_mean, real), (fake_mean, fake))
        ]
        return value, *means

    return Regularizer("lecam", function, weight, every, initial=(0.0, 0.0))


def _mean_square(difference: Tensor) -> Tensor:
    return ops.mean(ops.square(ops.cast(difference, "float32")))
