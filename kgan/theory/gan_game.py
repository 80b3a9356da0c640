"""The GAN as a zero-sum game: its value, the best discriminator, the gap to an equilibrium.

V(D, G) = E_P[log D(x)] + E_Q[log(1 − D(x))], with P the data and Q what G makes. D maximises, G
minimises. Against a fixed Q the best D is p/(p + q), where V = 2·JSD(P, Q) − log 4, least at
Q = P (Eq. 1, Proposition 1 and Theorem 1, Goodfellow et al. 2014, arXiv:1406.2661). In nats.

Example:
    >>> best_value([0.5, 0.5], [0.5, 0.5]) == -math.log(4)
    True
"""

import math

import numpy as np

from kgan.errors import InputError
from kgan.theory import checks, densities, divergences


def value(discriminator, p, q):
    """Returns V(D, G); −inf where D is sure and wrong.

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
                f"Received: discriminator={checks.show(discriminator)}."
            )
        discriminator, p, q = discriminator(nodes), weights * p.pdf(nodes), weights * q.pdf(nodes)
    else:
        p, q = checks.distributions(p, q)
    discriminator = _checked(discriminator)
    if discriminator.shape != p.shape:
        raise InputError(
            "Expected a discriminator over the same outcomes as p. "
            f"Received: discriminator of shape {discriminator.shape}, p of shape {p.shape}."
        )
    return _expected_log(p, discriminator) + _expected_log(q, 1.0 - discriminator)


def optimal_discriminator(p, q):
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
        return lambda x: _share(p.log_pdf(x), q.log_pdf(x))
    p, q = checks.distributions(p, q)
    with np.errstate(divide="ignore"):
        return _share(np.log(p), np.log(q))


def best_value(p, q):
    """Returns max over D of V = 2·JSD(P, Q) − log 4, in [−log 4, 0].

    Reference: Theorem 1, Goodfellow et al. 2014, arXiv:1406.2661.
    """
    return 2.0 * divergences.jensen_shannon(p, q) - math.log(4)


def payoffs(discriminators, data, generators):
    """Returns V of every pair, [k, m]: the zero-sum game of finitely many players to choose from.

    With it, `kgan.theory.games.solve_zero_sum` and `duality_gap` apply to a GAN.

    Args:
        discriminators: [k, n], each D in (0, 1) over n outcomes.
        data: [n] probabilities.
        generators: [m, n], each a distribution over the outcomes.

    Example:
        >>> payoffs([[0.5, 0.5]], [0.5, 0.5], [[0.9, 0.1]]).shape
        (1, 1)
    """
    discriminators = checks.numbers("discriminators", discriminators, dimensions=2)
    if (discriminators <= 0).any() or (discriminators >= 1).any():
        raise InputError(
            "Expected discriminators in (0, 1), for payoffs must be finite. "
            f"Received: discriminators={checks.show(discriminators)}."
        )
    generators = checks.numbers("generators", generators, dimensions=2)
    pairs = [checks.distributions(data, generator) for generator in generators]
    if discriminators.shape[1] != len(pairs[0][0]):
        raise InputError(
            "Expected discriminators over the same outcomes as data. Received: "
            f"discriminators of shape {discriminators.shape}, {len(pairs[0][0])} outcomes."
        )
    real = np.log(discriminators) @ pairs[0][0]
    fake = np.log1p(-discriminators) @ np.array([q for _, q in pairs]).T
    return real[:, None] + fake


def _share(log_p, log_q):
    both = np.logaddexp(log_p, log_q)
    somewhere = both > -np.inf
    share = np.full(both.shape, 0.5)
    share[somewhere] = np.exp(log_p[somewhere] - both[somewhere])
    return share


def _checked(discriminator):
    discriminator = np.atleast_1d(checks.numbers("discriminator", discriminator))
    if (discriminator < 0).any() or (discriminator > 1).any():
        raise InputError(
            "Expected a discriminator in [0, 1]. "
            f"Received: discriminator={checks.show(discriminator)}; apply the sigmoid to scores."
        )
    return discriminator


def _expected_log(masses, probabilities):
    impossible = probabilities == 0
    # A D that rounds to 1 does so where Q has 1e-16 of P's mass: that is not being wrong.
    if masses[impossible].sum() > 1e-15:
        return -math.inf
    return float(np.dot(masses[~impossible], np.log(probabilities[~impossible])))
