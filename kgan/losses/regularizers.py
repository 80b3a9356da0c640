"""Regularizers of the critic as values: a function, its weight, and how often it is computed.

Their functions are `(critic, real, fake, rng) -> float32 scalar`, where `critic` maps images
[B, H, W, C] to raw scores of any rank. Scores are summed over the batch before differentiating,
so a sample's gradient is its own as long as the critic does not mix samples; a patch critic's
score of a sample is the mean over its patches.

Example:
    >>> class MyGAN(GAN):
    ...     penalties = (r1(weight=10.0, every=16),)
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import tensorflow as tf
from keras import ops

from kgan.errors import InputError
from kgan.losses.from_config import build_values
from kgan.random import RandomStream
from kgan.types import Tensor


class Penalty(NamedTuple):
    """One term of the discriminator's loss.

    Attributes:
        name: its name in the logs.
        function: `(critic, real, fake, rng) -> scalar`, unweighted.
        weight: factor of the term, > 0.
        every: the term is computed on rounds 0, every, 2·every, … and multiplied by `every`
            there ("lazy regularization", Section 3.1 of arXiv:1912.04958), which keeps its mean
            over rounds.
        half_life: rounds after which half of the weight is left; None to keep it.
    """

    name: str
    function: Callable
    weight: float
    every: int = 1
    half_life: int | None = None

    def __call__(self, critic: Callable, real: Tensor, fake: Tensor, rng: RandomStream) -> Tensor:
        """Returns the weighted term for this round, 0 on rounds that skip it."""

        def term():
            # The critic's state (BatchNorm statistics) must not change here; and a variable may
            # not be assigned inside tf.cond under a distribution strategy.
            with keras.StatelessScope():
                value = self.function(critic, real, fake, rng.purpose(self.name))
            weight = self.weight * self.every
            if self.half_life is not None:
                weight *= 0.5 ** (ops.cast(rng.step, "float32") / self.half_life)
            return ops.cast(value, "float32") * weight

        if self.every == 1:
            return term()
        return tf.cond(rng.step % self.every == 0, term, lambda: tf.constant(0.0))


def square_gradient_norms(critic: Callable, images: Tensor) -> Tensor:
    """Returns ‖∇ₓ critic(x)‖² of each sample, over all its axes.

    Args:
        critic: maps images to raw scores, [B, ...].
        images: [B, H, W, C].

    Returns:
        [B] float32.
    """
    images = tf.convert_to_tensor(images)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(images)
        scores = critic(images)
        scores = tf.reshape(scores, (tf.shape(scores)[0], -1))
        total = tf.reduce_sum(tf.reduce_mean(tf.cast(scores, tf.float32), axis=1))
    gradients = tf.cast(tape.gradient(total, images), tf.float32)
    return tf.reduce_sum(tf.square(gradients), axis=tuple(range(1, gradients.shape.rank)))


def _make_penalty(name, function, weight, every, half_life):
    if not weight > 0 or not isinstance(every, int) or every < 1:
        raise InputError(
            f"Expected weight > 0 and a whole every >= 1 for penalty {name}. "
            f"Received: weight={weight}, every={every}."
        )
    if half_life is not None and not half_life > 0:
        raise InputError(
            f"Expected half_life > 0 rounds for penalty {name}. Received: half_life={half_life}."
        )
    return Penalty(name, function, weight, every, half_life)


def r1(weight: float, every: int = 1, half_life: int | None = None) -> Penalty:
    """Returns R1: weight/2 · E_real ‖∇D(x)‖², a zero-centred gradient penalty on real images.

    Args:
        weight: γ of the paper (10 there; 0.1 to 10 for small images).
        every: compute it every so many rounds (16 in StyleGAN2).
        half_life: see `Penalty`.

    Reference: Eq. 9, Mescheder et al. 2018, arXiv:1801.04406.
    """

    def function(critic, real, fake, rng):
        del fake, rng
        return 0.5 * tf.reduce_mean(square_gradient_norms(critic, real))

    return _make_penalty("r1", function, weight, every, half_life)


def r2(weight: float, every: int = 1, half_life: int | None = None) -> Penalty:
    """Returns R2: weight/2 · E_fake ‖∇D(G(z))‖², the same on generated images.

    Args:
        weight: γ of the paper.
        every: compute it every so many rounds.
        half_life: see `Penalty`.

    Reference: Eq. 10, Mescheder et al. 2018, arXiv:1801.04406.
    """

    def function(critic, real, fake, rng):
        del real, rng
        return 0.5 * tf.reduce_mean(square_gradient_norms(critic, fake))

    return _make_penalty("r2", function, weight, every, half_life)


def gradient_penalty(
    weight: float = 10.0,
    target: float = 1.0,
    one_sided: bool = False,
    every: int = 1,
    half_life: int | None = None,
) -> Penalty:
    """Returns WGAN-GP's: weight · E (‖∇D(x̂)‖ − target)² on lines between real and fake images.

    x̂ = ε·real + (1 − ε)·fake with one ε ~ U(0, 1) a sample.

    Args:
        weight: λ of the paper.
        target: the norm that costs nothing, ≥ 0, 1 in the paper.
        one_sided: whether norms below the target cost nothing either.
        every: compute it every so many rounds.
        half_life: see `Penalty`.

    Reference: Eq. 3 and "two-sided penalty", Gulrajani et al. 2017, arXiv:1704.00028.
    """
    if not target >= 0:
        raise InputError(
            f"Expected target >= 0 for penalty gradient_penalty. Received: target={target}."
        )

    def function(critic, real, fake, rng):
        fake = tf.cast(fake, real.dtype)
        mix = rng.uniform((tf.shape(real)[0], *[1] * (real.shape.rank - 1)))
        mix = tf.cast(mix, real.dtype)
        squared = square_gradient_norms(critic, mix * real + (1.0 - mix) * fake)
        excess = _norms(squared) - target
        return tf.reduce_mean(tf.square(tf.nn.relu(excess) if one_sided else excess))

    return _make_penalty("gradient_penalty", function, weight, every, half_life)


def dragan(
    weight: float = 10.0, scale: float = 0.25, every: int = 1, half_life: int | None = None
) -> Penalty:
    """Returns DRAGAN's: weight · E (‖∇D(x + δ)‖ − 1)² around real images, δ ~ N(0, scale² I).

    Args:
        weight: λ of the paper.
        scale: standard deviation of δ, in units of the images, > 0; about half of theirs.
        every: compute it every so many rounds.
        half_life: see `Penalty`.

    Reference: Kodali et al. 2017, arXiv:1705.07215.
    """
    if not scale > 0:
        raise InputError(f"Expected scale > 0 for penalty dragan. Received: scale={scale}.")

    def function(critic, real, fake, rng):
        del fake
        noise = tf.cast(rng.normal((tf.shape(real)[0], *real.shape[1:])), real.dtype)
        squared = square_gradient_norms(critic, real + scale * noise)
        return tf.reduce_mean(tf.square(_norms(squared) - 1.0))

    return _make_penalty("dragan", function, weight, every, half_life)


def _norms(squared):
    # The root's derivative is infinite at 0, where a new critic may well be.
    return tf.sqrt(squared + 1e-12)


PENALTIES = {"r1": r1, "r2": r2, "gradient_penalty": gradient_penalty, "dragan": dragan}


def build_penalties(config: dict[str, dict[str, Any] | None]) -> tuple[Penalty, ...]:
    """Returns the penalties that a config names; see `kgan.losses.from_config.build_values`.

    Example:
        >>> (penalty,) = build_penalties({"r1": {"weight": 1.0, "every": 8}})
    """
    return build_values("penalty", PENALTIES, config)
