"""Regularizers of the critic's slope: R1, R2, WGAN-GP's and DRAGAN's gradient penalties."""

from collections.abc import Callable

import tensorflow as tf

from kgan.errors import InputError
from kgan.losses.regularizers.regularizer import CriticPass, Regularizer, add_scores
from kgan.types import Tensor


def square_gradient_norms(critic: Callable, images: Tensor) -> Tensor:
    """Returns ‖∇ₓ critic(x)‖² of each score's images, over all their axes.

    Scores are summed over the batch before differentiating, so that a sample's gradient is its own
    as long as the critic does not mix samples. A critic that gives one score to several images
    (packs) has the gradient by all of them.

    Args:
        critic: maps images to raw scores, [N, ...]; N divides B.
        images: [B, H, W, C].

    Returns:
        [N] float32.
    """
    images = tf.convert_to_tensor(images)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(images)
        scores = critic(images)
        total = add_scores(scores)
    return _square_norms(tape.gradient(total, images), scores)


def _square_norms(gradients, scores):
    gradients = tf.cast(gradients, tf.float32)
    if scores.shape[0] is None or scores.shape[0] != gradients.shape[0]:
        gradients = tf.reshape(gradients, (tf.shape(scores)[0], -1))
    return tf.reduce_sum(tf.square(gradients), axis=tuple(range(1, gradients.shape.rank)))


def _square_slopes(seen: CriticPass, kind: str) -> Tensor:
    """Returns [N]: ‖∇ₓ D(x)‖² at real or generated images as they were before augmentation."""
    if kind in seen.slopes:
        scores = seen.real_scores if kind == "real" else seen.fake_scores
        return _square_norms(seen.slopes[kind], scores)
    return square_gradient_norms(lambda x: seen.critic(seen.show(kind, x)), seen.images[kind])


def r1(weight: float, every: int = 1, half_life: int | None = None) -> Regularizer:
    """Returns R1: weight/2 · E_real ‖∇D(x)‖², a zero-centred gradient penalty on real images.

    With `every` 1 it costs no pass of its own.

    Args:
        weight: γ of the paper (10 there; 0.1 to 10 for small images).
        every: compute it every so many rounds (16 in StyleGAN2).
        half_life: see `Regularizer`.

    Reference: Eq. 9, Mescheder et al. 2018, arXiv:1801.04406.
    """
    return Regularizer("r1", _half_mean("real"), weight, every, half_life, slopes=("real",))


def r2(weight: float, every: int = 1, half_life: int | None = None) -> Regularizer:
    """Returns R2: weight/2 · E_fake ‖∇D(G(z))‖², the same on generated images.

    Args:
        weight: γ of the paper.
        every: compute it every so many rounds.
        half_life: see `Regularizer`.

    Reference: Eq. 10, Mescheder et al. 2018, arXiv:1801.04406.
    """
    return Regularizer("r2", _half_mean("fake"), weight, every, half_life, slopes=("fake",))


def _half_mean(kind):
    return lambda context: 0.5 * tf.reduce_mean(_square_slopes(context.critic_pass, kind))


def gradient_penalty(
    weight: float = 10.0,
    target: float = 1.0,
    one_sided: bool = False,
    every: int = 1,
    half_life: int | None = None,
) -> Regularizer:
    """Returns WGAN-GP's: weight · E (‖∇D(x̂)‖ − target)² on lines between real and fake images.

    x̂ = ε·real + (1 − ε)·fake with one ε ~ U(0, 1) a sample, of images as the critic is shown them.

    Args:
        weight: λ of the paper.
        target: the norm that costs nothing, ≥ 0, 1 in the paper.
        one_sided: whether norms below the target cost nothing either.
        every: compute it every so many rounds.
        half_life: see `Regularizer`.

    Reference: Eq. 3 and "two-sided penalty", Gulrajani et al. 2017, arXiv:1704.00028.
    """
    if not target >= 0:
        raise InputError(
            f"Expected target >= 0 for regularizer gradient_penalty. Received: target={target}."
        )

    def function(context):
        seen = context.critic_pass
        real = seen.shown["real"]
        fake = tf.cast(seen.shown["fake"], real.dtype)
        mix = context.rng.uniform((tf.shape(real)[0], *[1] * (real.shape.rank - 1)))
        mix = tf.cast(mix, real.dtype)
        squared = square_gradient_norms(seen.critic, mix * real + (1.0 - mix) * fake)
        excess = _norms(squared) - target
        return tf.reduce_mean(tf.square(tf.nn.relu(excess) if one_sided else excess))

    return Regularizer("gradient_penalty", function, weight, every, half_life)


def dragan(
    weight: float = 10.0, scale: float = 0.25, every: int = 1, half_life: int | None = None
) -> Regularizer:
    """Returns DRAGAN's: weight · E (‖∇D(x + δ)‖ − 1)² around real images, δ ~ N(0, scale² I).

    Args:
        weight: λ of the paper.
        scale: standard deviation of δ, in units of the images, > 0; about half of theirs.
        every: compute it every so many rounds.
        half_life: see `Regularizer`.

    Reference: Kodali et al. 2017, arXiv:1705.07215.
    """
    if not scale > 0:
        raise InputError(f"Expected scale > 0 for regularizer dragan. Received: scale={scale}.")

    def function(context):
        seen = context.critic_pass
        real = seen.shown["real"]
        noise = tf.cast(context.rng.normal((tf.shape(real)[0], *real.shape[1:])), real.dtype)
        squared = square_gradient_norms(seen.critic, real + scale * noise)
        return tf.reduce_mean(tf.square(_norms(squared) - 1.0))

    return Regularizer("dragan", function, weight, every, half_life)


def _norms(squared):
    # The root's derivative is infinite at 0, where a new critic may well be.
    return tf.sqrt(squared + 1e-12)
