"""What is added to a Dirac-GAN to make it converge, as values; play them in `kgan.theory.dirac`."""

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from kgan.theory import checks

# Instance noise takes so many values of equal weight, for losses are plain means over scores.
_NOISE_VALUES = 16


class Regularization(NamedTuple):
    """What is added to the game; made by the functions below. The defaults add nothing.

    Attributes:
        name: for print.
        penalty: γ of γ/2 (|ψ| − target)² in the discriminator's loss.
        target: the gradient norm the penalty asks for.
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


def weight_clipping(limit):
    """Returns clipping of ψ to [−limit, limit] (Algorithm 1, arXiv:1701.07875)."""
    limit = checks.scalar("limit", limit, above=0.0)
    return Regularization(f"weight clipping {limit:g}", clip=limit)


def zero_centred_penalty(weight):
    """Returns γ/2·|∂D/∂x|² = γ/2·ψ², which R1 and R2 are here (Eq. 9 and 10, arXiv:1801.04406)."""
    weight = checks.scalar("weight", weight, minimum=0.0)
    return Regularization(f"zero-centred penalty {weight:g}", penalty=weight)


def gradient_penalty(weight, target=1.0):
    """Returns γ/2·(|∂D/∂x| − target)²: WGAN-GP's, with its λ = γ/2 (Eq. 3, arXiv:1704.00028)."""
    weight = checks.scalar("weight", weight, minimum=0.0)
    target = checks.scalar("target", target, minimum=0.0)
    return Regularization(f"gradient penalty {weight:g}", penalty=weight, target=target)


def instance_noise(scale):
    """Returns noise N(0, scale²) on real and generated points (Section 3.2, arXiv:1801.04406).

    The noise is sixteen quantiles of equal weight, scaled to have exactly this variance; real
    and generated points meet in every pair of them, for the two noises are independent.
    """
    scale = checks.scalar("scale", scale, minimum=0.0)
    return Regularization(f"instance noise {scale:g}", noise=scale)


def consensus(weight):
    """Returns consensus optimization: both descend γ/2·‖v‖² too (arXiv:1705.10461)."""
    weight = checks.scalar("weight", weight, minimum=0.0)
    return Regularization(f"consensus {weight:g}", consensus=weight)


def noise_points(regularization):
    """Returns the noise on real and on generated points, two arrays [n]: [0] without, else every
    pair of 16 quantiles."""
    if regularization.noise == 0:
        return np.zeros(1), np.zeros(1)
    levels = (np.arange(_NOISE_VALUES) + 0.5) / _NOISE_VALUES
    values = np.array([NormalDist().inv_cdf(level) for level in levels])
    values *= regularization.noise / np.sqrt(np.mean(np.square(values)))
    return np.repeat(values, _NOISE_VALUES), np.tile(values, _NOISE_VALUES)
