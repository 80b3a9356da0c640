"""Regularizations of the Dirac-GAN as values, for the functions of `kgan.theory.dirac`."""

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from kgan.theory.validation import check_scalar
from kgan.types import Array

# Values of instance noise; they have equal weight, because losses are plain means over scores.
_NOISE_VALUES = 16


class Regularization(NamedTuple):
    """A regularization of the game, made by the functions below; the defaults change nothing.

    Attributes:
        name: its name in texts.
        penalty: γ of γ/2 (|ψ| − target)² in the discriminator's loss.
        target: the gradient norm at which the penalty is 0.
        clip: largest |ψ| after each move.
        noise: standard deviation of the noise on real and generated points.
        consensus: γ of γ/2 ‖v‖² in both players' losses.
    """

    name: str = "none"
    penalty: float = 0.0
    target: float = 0.0
    clip: float = math.inf
    noise: float = 0.0
    consensus: float = 0.0


NONE = Regularization()


def weight_clipping(limit: float) -> Regularization:
    """Returns clipping of ψ to [−limit, limit] (Algorithm 1, arXiv:1701.07875)."""
    limit = check_scalar("limit", limit, above=0.0)
    return Regularization(f"weight clipping {limit:g}", clip=limit)


def zero_centred_penalty(weight: float) -> Regularization:
    """Returns γ/2·|∂D/∂x|² = γ/2·ψ², here R1 and R2 alike (Eq. 9 and 10, arXiv:1801.04406)."""
    weight = check_scalar("weight", weight, minimum=0.0)
    return Regularization(f"zero-centred penalty {weight:g}", penalty=weight)


def gradient_penalty(weight: float, target: float = 1.0) -> Regularization:
    """Returns γ/2·(|∂D/∂x| − target)²: WGAN-GP's with λ = γ/2 (Eq. 3, arXiv:1704.00028)."""
    weight = check_scalar("weight", weight, minimum=0.0)
    target = check_scalar("target", target, minimum=0.0)
    return Regularization(f"gradient penalty {weight:g}", penalty=weight, target=target)


def instance_noise(scale: float) -> Regularization:
    """Returns noise N(0, scale²) on real and generated points (Section 3.2, arXiv:1801.04406).

    The noise is sixteen quantiles of equal weight, scaled to have exactly this variance; real and
    generated points take every pair of them, so that the two noises are independent.
    """
    scale = check_scalar("scale", scale, minimum=0.0)
    return Regularization(f"instance noise {scale:g}", noise=scale)


def consensus(weight: float) -> Regularization:
    """Returns consensus optimization: γ/2·‖v‖² in both losses (arXiv:1705.10461)."""
    weight = check_scalar("weight", weight, minimum=0.0)
    return Regularization(f"consensus {weight:g}", consensus=weight)


def noise_points(regularization: Regularization) -> tuple[Array, Array]:
    """Returns the noise on real and on generated points, two arrays [n].

    They hold every pair of 16 quantiles, or [0] without noise.
    """
    if regularization.noise == 0:
        return np.zeros(1), np.zeros(1)
    levels = (np.arange(_NOISE_VALUES) + 0.5) / _NOISE_VALUES
    values = np.array([NormalDist().inv_cdf(level) for level in levels])
    values *= regularization.noise / np.sqrt(np.mean(np.square(values)))
    return np.repeat(values, _NOISE_VALUES), np.tile(values, _NOISE_VALUES)
