"""Maximum likelihood as minimal KL, and what minimising another divergence does instead.

The mean negative log likelihood of data under a model Q is the cross-entropy
H(P̂, Q) = H(P̂) + KL(P̂‖Q), P̂ being the empirical distribution: H(P̂) does not depend on Q, so
the most likely model is the one of least KL. For a Gaussian model, log q is quadratic, so the
same holds exactly with P̂ replaced by the Gaussian of the data's mean and covariance.

`PUBLISHED_FITS` are the optima of a Gaussian Q for the mixture P = `NOWOZIN_MIXTURE` printed by
Nowozin et al. 2016 (arXiv:1606.00709); `fit_gaussian` reproduces them. All fifteen numbers are
those of D(P‖Q) = ∫ q f(p/q) with P the mixture and Q the model:

* KL is KL(P‖Q): its fit has the mixture's own mean and variance, 1.01 and 1.8307²;
* reverse KL is KL(Q‖P); Jeffrey is their sum;
* Jensen–Shannon is the paper's, twice ours: .1280 = 2 · .0640 at the same place;
* Pearson is ∫ (p − q)²/q, which f(u) = (u − 1)² gives, not the ∫ (q − p)²/p that the paper's
  tables print beside it, whose optimum is .4052 at (1.8248, 1.5186).
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kgan.errors import InputError, UnknownNameError
from kgan.theory import densities, divergences, gaussians
from kgan.theory.densities import Density
from kgan.theory.validation import (
    check_array,
    check_distribution,
    check_gaussian,
    check_whole,
    format_value,
)
from kgan.types import Array

NOWOZIN_MIXTURE = densities.mixture([0.33, 0.67], [-1.0, 2.0], [math.sqrt(0.065), math.sqrt(2.0)])


class GaussianFit(NamedTuple):
    """A Gaussian and its divergence from what it was fitted to.

    Attributes:
        divergence: in nats where it has a unit.
        mean: of the Gaussian.
        scale: its standard deviation.
    """

    divergence: float
    mean: float
    scale: float


# In the conventions of `kgan.theory.divergences`; the paper prints .1280 for Jensen–Shannon.
PUBLISHED_FITS = {
    "kl": GaussianFit(0.2831, 1.0100, 1.8308),
    "reverse_kl": GaussianFit(0.2480, 1.5782, 1.6319),
    "jensen_shannon": GaussianFit(0.1280 / 2, 1.3070, 1.7542),
    "jeffrey": GaussianFit(0.5705, 1.3218, 1.7034),
    "pearson": GaussianFit(0.6457, 0.5737, 1.9274),
}


def fit_gaussian(name: str, target: Density, start: ArrayLike | None = None) -> GaussianFit:
    """Returns the Gaussian Q of least D(P‖Q).

    Args:
        name: one of `kgan.theory.divergences.NAMES`.
        target: P.
        start: `(mean, scale)` to search from; P's own if None. Mode-seeking divergences may have
            several local optima.

    Raises:
        InputError: for an unknown name or a target that is not a density.
    """
    from scipy.optimize import minimize

    if name not in divergences.NAMES:
        raise UnknownNameError("divergence", name, divergences.NAMES)
    if start is None:
        start = moments(target)
    start = check_array("start", start, dimensions=1)
    if len(start) != 2 or not start[1] > 0:
        raise InputError(
            f"Expected start=(mean, scale), scale > 0. Received: start={format_value(start)}."
        )
    mean, scale = start

    def objective(parameters):
        model = densities.gaussian(parameters[0], math.exp(parameters[1]))
        return divergences.divergence(name, target, model)

    # Without gradients, infinite values do not stop the search.
    optimum = minimize(
        objective,
        [mean, math.log(scale)],
        method="Nelder-Mead",
        options={"xatol": 1e-6, "fatol": 1e-10, "maxiter": 2000},
    )
    return GaussianFit(float(optimum.fun), float(optimum.x[0]), math.exp(optimum.x[1]))


def moments(density: Density) -> tuple[float, float]:
    """Returns the mean and the standard deviation of a density."""
    mean = densities.expectation(lambda x: x, density)
    variance = densities.expectation(lambda x: np.square(x - mean), density)
    return mean, math.sqrt(variance)


def gaussian_maximum_likelihood(samples: ArrayLike) -> tuple[Array, Array]:
    """Returns the mean [d] and covariance [d, d] under which samples [n, d] are most likely.

    These are the samples' own, the covariance divided by n. Samples [n] are taken as d = 1.

    Reference: Section 2.3.4, Bishop 2006, Pattern recognition and machine learning.
    """
    samples = _check_samples(samples)
    mean = samples.mean(axis=0)
    centred = samples - mean
    return mean, centred.T @ centred / len(samples)


def gaussian_log_likelihood(samples: ArrayLike, mean: ArrayLike, covariance: ArrayLike) -> float:
    """Returns the mean log density of samples [n] or [n, d], in nats a sample."""
    samples = _check_samples(samples)
    mean, covariance = check_gaussian("q", mean, covariance)
    if samples.shape[1] != len(mean):
        raise InputError(
            "Expected samples [n, d] of the model's dimension. "
            f"Received: samples of shape {samples.shape}, mean of shape {mean.shape}."
        )
    centred = samples - mean
    lengths = np.einsum("nd,nd->n", centred, np.linalg.solve(covariance, centred.T).T)
    log_det = np.linalg.slogdet(2 * np.pi * covariance).logabsdet
    return float(-0.5 * (lengths.mean() + log_det))


def split_gaussian_likelihood(
    samples: ArrayLike, mean: ArrayLike, covariance: ArrayLike
) -> tuple[float, float]:
    """Returns `(entropy, kl)`, whose sum is −`gaussian_log_likelihood`, exactly.

    The entropy is that of the most likely Gaussian; kl is its divergence from this one, zero only
    at the maximum.

    Raises:
        InputError: as `gaussian_log_likelihood`, and for samples whose covariance is singular.
    """
    own = gaussian_maximum_likelihood(samples)
    return gaussians.entropy(*own), gaussians.kl(*own, mean, covariance)


def categorical_maximum_likelihood(outcomes: ArrayLike, categories: int) -> Array:
    """Returns the probabilities [categories] under which the outcomes are most likely.

    These are the outcomes' relative frequencies.

    Args:
        outcomes: [n] whole numbers in [0, categories).
        categories: how many there are.
    """
    outcomes = check_array("outcomes", outcomes, dimensions=1)
    categories = check_whole("categories", categories, 1)
    valid = (outcomes >= 0) & (outcomes < categories) & (outcomes == np.floor(outcomes))
    if not valid.all():
        raise InputError(
            f"Expected whole outcomes in [0, {categories}). "
            f"Received: outcomes={format_value(outcomes[~valid])}."
        )
    return np.bincount(outcomes.astype(int), minlength=categories) / len(outcomes)


def categorical_log_likelihood(outcomes: ArrayLike, probabilities: ArrayLike) -> float:
    """Returns the mean log probability of outcomes [n], in nats; −inf for an impossible one.

    It is −(H(frequencies) + KL(frequencies‖probabilities)).
    """
    probabilities = check_distribution("probabilities", probabilities)
    frequencies = categorical_maximum_likelihood(outcomes, len(probabilities))
    return -divergences.cross_entropy(frequencies, probabilities)


def _check_samples(samples):
    samples = check_array("samples", samples)
    samples = samples[:, None] if samples.ndim == 1 else samples
    if samples.ndim != 2:
        raise InputError(
            f"Expected samples [n] or [n, d]. Received: samples of shape {samples.shape}."
        )
    return samples
