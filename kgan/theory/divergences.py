"""Entropy, cross-entropy and divergences of discrete distributions and of 1-D densities.

P and Q are either two arrays of probabilities over the same outcomes (any shape, summing to
one), or two `kgan.theory.densities.Density`, integrated by quadrature to about 1e-9. Results
are in nats, or in bits (nats / log 2) with `bits=True`; `inf` where the divergence is infinite.
0·log 0 = 0 throughout. P is the data, Q the model.

Conventions, where the literature has several ("the paper" is Table 1 of Nowozin et al. 2016,
arXiv:1606.00709):

* Jensen–Shannon is the mean of two KLs, in [0, log 2]: half of the paper's.
* Squared Hellinger is ∫ (√p − √q)², in [0, 2], as in the paper; some authors halve it.
* Pearson is ∫ (p − q)²/q and Neyman ∫ (q − p)²/p: the paper's f, (u − 1)² and (1 − u)²/u, give
  these, and its numbers are these; its column of integrals has the two interchanged.

Example:
    >>> round(kl([0.5, 0.5], [0.25, 0.75], bits=True), 12)
    0.207518749639
"""

import math
from collections.abc import Callable

import numpy as np

from kgan.errors import InputError, UnknownNameError
from kgan.theory import densities
from kgan.theory import f_divergences as table
from kgan.theory.densities import Distribution
from kgan.theory.f_divergences import FDivergence
from kgan.theory.validation import check_distributions

# The contribution of a place where p > 0 and q > 0, from log p and log q, so that the tails of
# densities count although p and q themselves leave the range of float64.
_CONTRIBUTIONS = {
    "kl": lambda lp, lq: np.exp(lp) * (lp - lq),
    "reverse_kl": lambda lp, lq: np.exp(lq) * (lq - lp),
    "pearson": lambda lp, lq: np.square(np.exp(lp - 0.5 * lq) - np.exp(0.5 * lq)),
    "neyman": lambda lp, lq: np.square(np.exp(lq - 0.5 * lp) - np.exp(0.5 * lp)),
    "squared_hellinger": lambda lp, lq: np.square(np.exp(0.5 * lp) - np.exp(0.5 * lq)),
    "jeffrey": lambda lp, lq: (np.exp(lp) - np.exp(lq)) * (lp - lq),
    "jensen_shannon": lambda lp, lq: _jensen_shannon_contribution(lp, lq),
    "total_variation": lambda lp, lq: 0.5 * np.abs(np.exp(lp) - np.exp(lq)),
}
NAMES = tuple(_CONTRIBUTIONS)
# How often the range of a tail is doubled before its integral counts as infinite.
_DOUBLINGS = 40


def _jensen_shannon_contribution(log_p, log_q):
    log_middle = np.logaddexp(log_p, log_q) - math.log(2)
    return 0.5 * (np.exp(log_p) * (log_p - log_middle) + np.exp(log_q) * (log_q - log_middle))


def entropy(p: Distribution, bits: bool = False) -> float:
    """Returns H(P) = −Σ p log p, or −∫ p log p: the least mean code length of outcomes of P.

    Reference: Section 6, Shannon 1948, A mathematical theory of communication.
    """
    return cross_entropy(p, p, bits)


def cross_entropy(p: Distribution, q: Distribution, bits: bool = False) -> float:
    """Returns −Σ p log q, or −∫ p log q: the mean code length of P's outcomes in Q's code.

    It is H(P) + KL(P‖Q), and the loss of a classifier.
    """

    def contribution(log_p, log_q):
        return -np.exp(log_p) * log_q

    return _total(contribution, p, q, 0.0, math.inf, bits)


def kl(p: Distribution, q: Distribution, bits: bool = False) -> float:
    """Returns KL(P‖Q) = ∫ p log(p/q); inf where Q lacks what P has.

    Reference: Kullback and Leibler 1951, On information and sufficiency.
    """
    return divergence("kl", p, q, bits)


def reverse_kl(p: Distribution, q: Distribution, bits: bool = False) -> float:
    """Returns KL(Q‖P) = ∫ q log(q/p); inf where Q has what P lacks."""
    return divergence("reverse_kl", p, q, bits)


def jensen_shannon(p: Distribution, q: Distribution, bits: bool = False) -> float:
    """Returns ½ KL(P‖M) + ½ KL(Q‖M), M = ½(P + Q), in [0, log 2], in [0, 1] bits.

    Reference: Lin 1991, Divergence measures based on the Shannon entropy.
    """
    return divergence("jensen_shannon", p, q, bits)


def total_variation(p: Distribution, q: Distribution) -> float:
    """Returns ½ ∫ |p − q|, in [0, 1]: how much mass must move."""
    return divergence("total_variation", p, q)


def squared_hellinger(p: Distribution, q: Distribution) -> float:
    """Returns ∫ (√p − √q)², in [0, 2]."""
    return divergence("squared_hellinger", p, q)


def pearson(p: Distribution, q: Distribution) -> float:
    """Returns Pearson's χ²(P‖Q) = ∫ (p − q)²/q; the paper's integral is `pearson(q, p)`."""
    return divergence("pearson", p, q)


def neyman(p: Distribution, q: Distribution) -> float:
    """Returns Neyman's χ²(P‖Q) = ∫ (q − p)²/p = `pearson(q, p)`."""
    return divergence("neyman", p, q)


def jeffrey(p: Distribution, q: Distribution, bits: bool = False) -> float:
    """Returns KL(P‖Q) + KL(Q‖P) = ∫ (p − q) log(p/q).

    Reference: Jeffreys 1946, An invariant form for the prior probability.
    """
    return divergence("jeffrey", p, q, bits)


def divergence(name: str, p: Distribution, q: Distribution, bits: bool = False) -> float:
    """Returns the divergence called `name`, one of `NAMES`.

    Args:
        name: e.g. `"kl"`.
        p, q: two arrays of probabilities of one shape, or two `Density`.
        bits: divide by log 2; for divergences with a logarithm.

    Raises:
        InputError: for an unknown name, or p and q that are not two distributions.
    """
    if name not in _CONTRIBUTIONS:
        raise UnknownNameError("divergence", name, NAMES)
    row = table.get_f_divergence(name)
    half = 0.5 if name == "jensen_shannon" else 1.0
    breakpoints = _crossings if name == "total_variation" else None
    at_zero, slope = half * row.at_zero, half * row.slope_at_infinity
    return _total(_CONTRIBUTIONS[name], p, q, at_zero, slope, bits, breakpoints)


def f_divergence(
    f: FDivergence | str | Callable,
    p: Distribution,
    q: Distribution,
    at_zero: float | None = None,
    slope_at_infinity: float | None = None,
    bits: bool = False,
) -> float:
    """Returns D_f(P‖Q) = ∫ q f(p/q).

    Args:
        f: an `FDivergence`, its name, or any function of u > 0, vectorised, smooth if p and q are
            densities, and called with ratios u in exp(±300).
        p, q: as for `divergence`.
        at_zero: f(0), needed if f is a function and Q has outcomes that P has not.
        slope_at_infinity: lim f(u)/u, needed if P has outcomes that Q has not.
        bits: divide by log 2.

    Raises:
        InputError: as `divergence`, and if one of the two limits is needed and missing.

    Reference: Section 2.1, Nowozin et al. 2016, arXiv:1606.00709.
    """
    if isinstance(f, str):
        f = table.get_f_divergence(f)
    if not callable(f) and not isinstance(f, FDivergence):
        raise InputError(f"Expected an FDivergence, its name, or a function. Received: f={f!r}.")
    if isinstance(f, FDivergence):
        if table.F_DIVERGENCES.get(f.name) is f:
            return _of_row(f, p, q, bits)
        f, at_zero, slope_at_infinity = f.f, f.at_zero, f.slope_at_infinity

    def contribution(log_p, log_q):
        # q f(u) where u <= 1 and p f(u)/u beyond: no product of a huge and a tiny number.
        u = np.exp(np.clip(log_p - log_q, -300.0, 300.0))
        return np.where(u > 1, np.exp(log_p) / u, np.exp(log_q)) * f(u)

    return _total(contribution, p, q, at_zero, slope_at_infinity, bits)


def _of_row(row, p, q, bits):
    # By the contributions above, which count tails where p/q itself overflows.
    if row is table.GAN:
        return 2.0 * jensen_shannon(p, q, bits) - (2.0 if bits else math.log(4.0))
    if row is table.JENSEN_SHANNON:
        return 2.0 * jensen_shannon(p, q, bits)
    return divergence(row.name, p, q, bits)


def _total(contribution, p, q, at_zero, slope, bits, breakpoints=None):
    """Returns the sum or integral of a contribution over the places where p and q are positive.

    `at_zero` is added for each mass of q without p, and `slope` for each mass of p without q.
    """
    continuous = isinstance(p, densities.Density) or isinstance(q, densities.Density)
    if continuous:
        nodes, weights = densities.check_pair(p, q)
        if breakpoints is not None:
            nodes, weights = densities.make_quadrature(p.edges, q.edges, breakpoints(p, q, nodes))
        log_p, log_q = p.log_pdf(nodes), q.log_pdf(nodes)
    else:
        p, q = check_distributions(p, q)
        with np.errstate(divide="ignore"):
            log_p, log_q = np.log(p.ravel()), np.log(q.ravel())
        weights = np.ones(p.size)
    in_p, in_q = log_p > -np.inf, log_q > -np.inf
    both = in_p & in_q
    with np.errstate(over="ignore"):
        values = contribution(log_p[both], log_q[both])
        total = float(np.dot(weights[both], values))
        if continuous and math.isfinite(total):
            low, high = min(p.edges[0], q.edges[0]), max(p.edges[-1], q.edges[-1])
            total += _beyond(contribution, p, q, low, low - high)
            total += _beyond(contribution, p, q, high, high - low)
    for name, price, where, log_mass in (
        ("at_zero", at_zero, in_q & ~in_p, log_q),
        ("slope_at_infinity", slope, in_p & ~in_q, log_p),
    ):
        mass = float(np.dot(weights[where], np.exp(log_mass[where])))
        if mass > 0 and price is None:
            raise InputError(
                f"Expected {name}, since one of p and q is zero where the other is not. "
                f"Received: {name}=None."
            )
        total += price * mass if mass > 0 else 0.0
    return total / math.log(2) if bits else total


def _beyond(contribution, p, q, start, width):
    """Returns the integral from an end of the panels outwards, inf if it does not converge.

    Both densities are negligible there, but p²/q may not be. Each stretch is twice as long as the
    last, until one adds nothing.

    Args:
        contribution, p, q: as for `_total`.
        start: the end.
        width: of the first stretch, negative to the left.
    """
    total = 0.0
    for _ in range(_DOUBLINGS):
        x, weights = densities.make_quadrature(np.linspace(start, start + width, 65))
        log_p, log_q = p.log_pdf(x), q.log_pdf(x)
        if not (np.isfinite(log_p).all() and np.isfinite(log_q).all()):
            return total
        part = float(np.dot(weights, contribution(log_p, log_q)))
        total += part
        if not 1e-14 < abs(part) < math.inf:
            return total
        start, width = start + width, 2.0 * width
    return math.inf


def _crossings(p, q, nodes):
    """Returns where p = q: there |p − q| has a kink, which must lie between panels."""
    from scipy.optimize import brentq

    def difference(x):
        return float(p.pdf(x) - q.pdf(x))

    signs = np.sign(p.pdf(nodes) - q.pdf(nodes))
    changes = np.flatnonzero(signs[:-1] * signs[1:] < 0)
    return [brentq(difference, nodes[i], nodes[i + 1]) for i in changes]
