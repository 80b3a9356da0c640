"""The GAN as a zero-sum game: its value, the optimal discriminator, matrices of payoffs.

V(D, G) = E_P[log D(x)] + E_Q[log(1 − D(x))], with P the data and Q what G makes. D maximises, G
minimises. Against a fixed Q the best D is p/(p + q), where V = 2·JSD(P, Q) − log 4, least at
Q = P (Eq. 1, Proposition 1 and Theorem 1, Goodfellow et al. 2014, arXiv:1406.2661). In nats.

Example:
    >>> best_value([0.5, 0.5], [0.5, 0.5]) == -math.log(4)
    True
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from kgan.errors import InputError
from kgan.theory import densities, divergences
from kgan.theory.densities import Distribution
from kgan.theory.validation import check_array, check_distributions, format_value
from kgan.types import Array


def value(discriminator: ArrayLike | Callable, p: Distribution, q: Distribution) -> float:
    """Returns V(D, G); −inf where D is certain and wrong.

    Args:
        discriminator: D, in [0, 1]: an array like p, or for densities a function of positions.
        p: the data, an array of probabilities or a `Density`.
        q: the generator's distribution, likewise.

    Raises:
        InputError: for p and q that are no distributions, or D outside [0, 1].
    """
    if isinstance(p, densities.Density) or isinstance(q, densities.Density):
        nodes, weights = densities.check_pair(p, q)
        if not callable(discriminator):
            raise InputError(
                "Expected a function of positions for discriminator, since p and q are densities. "
                f"Received: discriminator={format_value(discriminator)}."
            )
        discriminator, p, q = discriminator(nodes), weights * p.pdf(nodes), weights * q.pdf(nodes)
    else:
        p, q = check_distributions(p, q)
    discriminator = _check_discriminator(discriminator)
    if discriminator.shape != p.shape:
        raise InputError(
            "Expected a discriminator over the same outcomes as p. "
            f"Received: discriminator of shape {discriminator.shape}, p of shape {p.shape}."
        )
    return _mean_log(p, discriminator) + _mean_log(q, 1.0 - discriminator)


def optimal_discriminator(p: Distribution, q: Distribution) -> Array | Callable[[Array], Array]:
    """Returns D* = p/(p + q), ½ where neither is.

    Args:
        p: the data, an array of probabilities or a `Density`.
        q: the generator's distribution, likewise.

    Returns:
        An array like p, or for densities a function of positions.

    Reference: Proposition 1, Goodfellow et al. 2014, arXiv:1406.2661.
    """
    if isinstance(p, densities.Density) or isinstance(q, densities.Density):
        densities.check_pair(p, q)
        return lambda x: _share_of_p(p.log_pdf(x), q.log_pdf(x))
    p, q = check_distributions(p, q)
    with np.errstate(divide="ignore"):
        return _share_of_p(np.log(p), np.log(q))


def best_value(p: Distribution, q: Distribution) -> float:
    """Returns max over D of V = 2·JSD(P, Q) − log 4, in [−log 4, 0].

    Reference: Theorem 1, Goodfellow et al. 2014, arXiv:1406.2661.
    """
    return 2.0 * divergences.jensen_shannon(p, q) - math.log(4)


def payoffs(discriminators: ArrayLike, data: ArrayLike, generators: ArrayLike) -> Array:
    """Returns V of every pair, [k, m]: the GAN as a zero-sum game of finitely many strategies.

    With it, `kgan.theory.games.solve_zero_sum` and `duality_gap` apply to a GAN.

    Args:
        discriminators: [k, n], each D in (0, 1) over n outcomes.
        data: [n] probabilities.
        generators: [m, n], each a distribution over the outcomes.

    Example:
        >>> payoffs([[0.5, 0.5]], [0.5, 0.5], [[0.9, 0.1]]).shape
        (1, 1)
    """
    discriminators = check_array("discriminators", discriminators, dimensions=2)
    if (discriminators <= 0).any() or (discriminators >= 1).any():
        raise InputError(
            "Expected discriminators in (0, 1), for payoffs must be finite. "
            f"Received: discriminators={format_value(discriminators)}."
        )
    generators = check_array("generators", generators, dimensions=2)
    pairs = [check_distributions(data, generator) for generator in generators]
    if discriminators.shape[1] != len(pairs[0][0]):
        raise InputError(
            "Expected discriminators over the same outcomes as data. Received: "
            f"discriminators of shape {discriminators.shape}, {len(pairs[0][0])} outcomes."
        )
    real = np.log(discriminators) @ pairs[0][0]
    fake = np.log1p(-discriminators) @ np.array([q for _, q in pairs]).T
    return real[:, None] + fake


def _share_of_p(log_p, log_q):
    """Returns p/(p + q), ½ where both are 0."""
    both = np.logaddexp(log_p, log_q)
    somewhere = both > -np.inf
    share = np.full(both.shape, 0.5)
    share[somewhere] = np.exp(log_p[somewhere] - both[somewhere])
    return share


def _check_discriminator(discriminator):
    discriminator = np.atleast_1d(check_array("discriminator", discriminator))
    if (discriminator < 0).any() or (discriminator > 1).any():
        raise InputError(
            "Expected a discriminator in [0, 1]. "
            f"Received: discriminator={format_value(discriminator)}; apply the sigmoid to scores."
        )
    return discriminator


def _mean_log(masses, probabilities):
    impossible = probabilities == 0
    # D rounds to 1 where Q has 1e-16 of P's mass; that does not count as wrong.
    if masses[impossible].sum() > 1e-15:
        return -math.inf
    return float(np.dot(masses[~impossible], np.log(probabilities[~impossible])))
