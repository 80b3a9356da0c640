"""Divergences between two Gaussians in any dimension, in closed form.

Each function takes `(mean_p, covariance_p, mean_q, covariance_q)`: means [d] and covariances
[d, d], or four numbers for d = 1, where the covariance is the variance, not its root. Results
are in nats, or in bits with `bits=True`; `inf` where the divergence is infinite.

Jensen–Shannon and total variation have no closed form; `kgan.theory.divergences` integrates
them in one dimension. The 2-Wasserstein distance is `kgan.theory.transport.gaussian_wasserstein2`.

Example:
    >>> kl(0.0, 1.0, 1.0, 1.0)
    0.5
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from kgan.theory.validation import check_gaussian, check_gaussians


def entropy(mean: ArrayLike, covariance: ArrayLike, bits: bool = False) -> float:
    """Returns the differential entropy ½ log det(2πe Σ); it may be negative."""
    mean, covariance = check_gaussian("p", mean, covariance)
    nats = 0.5 * (len(mean) * (1 + math.log(2 * math.pi)) + _log_det(covariance))
    return nats / math.log(2) if bits else nats


def kl(
    mean_p: ArrayLike,
    covariance_p: ArrayLike,
    mean_q: ArrayLike,
    covariance_q: ArrayLike,
    bits: bool = False,
) -> float:
    """Returns KL(P‖Q) = ½ [tr(Σq⁻¹Σp) + δᵀΣq⁻¹δ − d + log det Σq / det Σp], δ = μp − μq.

    Reference: Kullback 1959, Information theory and statistics.
    """
    p, q = check_gaussians(mean_p, covariance_p, mean_q, covariance_q)
    nats = _kl(*p, *q)
    return nats / math.log(2) if bits else nats


def reverse_kl(
    mean_p: ArrayLike,
    covariance_p: ArrayLike,
    mean_q: ArrayLike,
    covariance_q: ArrayLike,
    bits: bool = False,
) -> float:
    """Returns KL(Q‖P)."""
    return kl(mean_q, covariance_q, mean_p, covariance_p, bits)


def jeffrey(
    mean_p: ArrayLike,
    covariance_p: ArrayLike,
    mean_q: ArrayLike,
    covariance_q: ArrayLike,
    bits: bool = False,
) -> float:
    """Returns KL(P‖Q) + KL(Q‖P)."""
    p, q = check_gaussians(mean_p, covariance_p, mean_q, covariance_q)
    nats = _kl(*p, *q) + _kl(*q, *p)
    return nats / math.log(2) if bits else nats


def squared_hellinger(
    mean_p: ArrayLike, covariance_p: ArrayLike, mean_q: ArrayLike, covariance_q: ArrayLike
) -> float:
    """Returns ∫ (√p − √q)² = 2 − 2·BC, in [0, 2].

    BC = (det Σp det Σq)^¼ / (det Σ)^½ · exp(−⅛ δᵀΣ⁻¹δ) with Σ = ½(Σp + Σq).

    Reference: Bhattacharyya 1943, On a measure of divergence between two populations.
    """
    p, q = check_gaussians(mean_p, covariance_p, mean_q, covariance_q)
    (mean_p, covariance_p), (mean_q, covariance_q) = p, q
    middle = 0.5 * (covariance_p + covariance_q)
    log_determinants = 0.25 * (_log_det(covariance_p) + _log_det(covariance_q))
    log_coefficient = log_determinants - 0.5 * _log_det(middle)
    log_coefficient -= 0.125 * _quadratic_form(mean_p - mean_q, middle)
    return -2.0 * math.expm1(log_coefficient)


def pearson(
    mean_p: ArrayLike, covariance_p: ArrayLike, mean_q: ArrayLike, covariance_q: ArrayLike
) -> float:
    """Returns ∫ (p − q)²/q = exp(R) − 1; inf unless 2Σq − Σp is positive definite.

    R = δᵀ(2Σq − Σp)⁻¹δ − ½ log(det(2Σq − Σp) det Σp / (det Σq)²), Rényi's divergence of order 2.

    Reference: Gil et al. 2013, Rényi divergence measures for commonly used univariate continuous
    distributions (and multivariate Gaussians).
    """
    p, q = check_gaussians(mean_p, covariance_p, mean_q, covariance_q)
    return _pearson(*p, *q)


def neyman(
    mean_p: ArrayLike, covariance_p: ArrayLike, mean_q: ArrayLike, covariance_q: ArrayLike
) -> float:
    """Returns ∫ (q − p)²/p = `pearson` of Q and P; inf unless 2Σp − Σq is positive definite."""
    p, q = check_gaussians(mean_p, covariance_p, mean_q, covariance_q)
    return _pearson(*q, *p)


def _kl(mean_p, covariance_p, mean_q, covariance_q):
    trace = float(np.trace(np.linalg.solve(covariance_q, covariance_p)))
    distance = _quadratic_form(mean_p - mean_q, covariance_q)
    log_ratio = _log_det(covariance_q) - _log_det(covariance_p)
    return 0.5 * (trace + distance - len(mean_p) + log_ratio)


def _pearson(mean_p, covariance_p, mean_q, covariance_q):
    both = 2.0 * covariance_q - covariance_p
    if np.linalg.eigvalsh(both)[0] <= 0:
        return math.inf
    log_ratio = _log_det(both) + _log_det(covariance_p) - 2.0 * _log_det(covariance_q)
    exponent = _quadratic_form(mean_p - mean_q, both) - 0.5 * log_ratio
    # exp(710) leaves the range of float64.
    return math.inf if exponent > 709 else math.expm1(exponent)


def _log_det(matrix):
    return float(np.linalg.slogdet(matrix).logabsdet)


def _quadratic_form(vector, matrix):
    return float(vector @ np.linalg.solve(matrix, vector))
