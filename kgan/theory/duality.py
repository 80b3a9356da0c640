"""Numerical convex conjugates, and the variational bound on an f-divergence.

f*(t) = sup_u {u·t − f(u)}; f** = f for a convex, lower semicontinuous f. With it
D_f(P‖Q) >= F(T) = E_P[T(x)] − E_Q[f*(T(x))] for every critic T, with equality at T* = f'(p/q)
(Section 2.2, Nowozin et al. 2016, arXiv:1606.00709); an f-GAN's critic maximises F.

Example:
    >>> from kgan.theory import f_divergences
    >>> round(numerical_conjugate(f_divergences.KL.f, 1.0), 9)
    1.0
"""

import math
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import ArrayLike

from kgan.errors import InputError
from kgan.theory import densities
from kgan.theory.densities import Density
from kgan.theory.f_divergences import FDivergence, get_f_divergence
from kgan.theory.validation import check_array, check_scalar, format_value
from kgan.types import Array

# Even steps of the map below: exp(±40) spans every ratio of densities that matters.
_STEPS = np.linspace(-40.0, 40.0, 1601)


def numerical_conjugate(
    function: Callable, t: float, domain: tuple[float, float] = (0.0, math.inf)
) -> float:
    """Returns sup over u in `domain` of u·t − function(u): a grid, then a bounded search.

    Args:
        function: convex, of positions [n]; with f* and its domain the result is f**.
        t: a number.
        domain: `(low, high)`; the ends themselves are not evaluated.

    Returns:
        A float, exact to about 1e-9; `inf` where the supremum is at an infinite end.

    Reference: Section 12, Rockafellar 1970, Convex analysis.
    """
    from scipy.optimize import minimize_scalar

    t = check_scalar("t", t)
    try:
        ends = np.ravel(np.asarray(domain, dtype=np.float64))
    except (TypeError, ValueError):  # of text, of complex numbers, of rows of many lengths
        ends = np.array([])
    if ends.size != 2 or not ends[0] < ends[1]:
        raise InputError(f"Expected domain=(low, high), low < high. Received: domain={domain!r}.")
    low, high = ends

    def position(step):
        """Maps the whole line onto the domain."""
        if math.isinf(low) and math.isinf(high):
            return np.sinh(step)
        if math.isinf(high):
            return low + np.exp(step)
        if math.isinf(low):
            return high - np.exp(-step)
        return low + (high - low) / (1.0 + np.exp(-step))

    def negative(step):
        u = position(step)
        return function(u) - u * t

    steps = _STEPS
    if math.isfinite(low) and math.isfinite(high):
        # Closer to the ends than this, float64 cannot tell a point from the end itself.
        steps = 0.8 * _STEPS
    elif math.isfinite(high) and high != 0:
        steps = _STEPS[_STEPS < 34.0]
    u = position(steps)
    with np.errstate(over="ignore"):
        prices = function(u)
    values = u * t - prices
    # Far out, u·t and f(u) may cancel to a few digits: rounding must not decide the maximum.
    rounding = 4 * np.finfo(float).eps * (np.abs(u * t) + np.abs(prices))
    best, last = int(np.argmax(values - rounding)), len(steps) - 1
    at_infinity = (best == 0 and math.isinf(low)) or (best == last and math.isinf(high))
    if at_infinity and values[best] > 1e12:
        return math.inf
    around = steps[max(best - 1, 0)], steps[min(best + 1, last)]
    least = minimize_scalar(negative, bounds=around, method="bounded", options={"xatol": 1e-10})
    return float(max(values[best], -least.fun))


def variational_bound(
    divergence: FDivergence | str, real_outputs: ArrayLike, fake_outputs: ArrayLike
) -> float:
    """Returns the estimate mean T(x) − mean f*(T(x')) from samples.

    Args:
        divergence: an `FDivergence`, or its name.
        real_outputs: T at samples of P, any shape, *after* the output activation.
        fake_outputs: T at samples of Q, any shape.

    Returns:
        An unbiased estimate of F(T), which is a lower bound of D_f; it may itself exceed D_f.

    Raises:
        InputError: for outputs outside the domain of f*, or none.

    Reference: Section 2.2, Nowozin et al. 2016, arXiv:1606.00709.
    """
    row = _row(divergence)
    real, fake = (
        _check_domain(row, name, check_array(name, outputs))
        for name, outputs in (("real_outputs", real_outputs), ("fake_outputs", fake_outputs))
    )
    return float(np.mean(real) - np.mean(row.conjugate(fake)))


def variational_bound_by_quadrature(
    divergence: FDivergence | str,
    critic: Callable[[Array], Array],
    p: Density,
    q: Density,
    breakpoints: Iterable[float] = (),
) -> float:
    """Returns F(T) = ∫ p T − ∫ q f*(T) exactly, for a critic given as a function.

    Args:
        divergence: an `FDivergence`, or its name.
        critic: maps positions [n] to T [n] in the domain of f*.
        p, q: `kgan.theory.densities.Density`.
        breakpoints: where the critic jumps or has a kink.

    Raises:
        InputError: for values of the critic outside the domain of f*.
    """
    row = _row(divergence)

    def conjugate(x):
        return row.conjugate(_check_domain(row, "critic", np.asarray(critic(x), np.float64)))

    real = densities.expectation(critic, p, breakpoints)
    return real - densities.expectation(conjugate, q, breakpoints)


def optimal_critic(
    divergence: FDivergence | str, p: Density, q: Density
) -> Callable[[Array], Array]:
    """Returns T* = f'(p/q) as a function of x: the critic at which the bound is the divergence.

    Args:
        divergence: an `FDivergence`, or its name.
        p, q: `kgan.theory.densities.Density`.

    Reference: Section 2.2, Nowozin et al. 2016, arXiv:1606.00709.
    """
    row = _row(divergence)
    densities.check_pair(p, q)

    def critic(x):
        # Ratios beyond exp(±300) lie where both densities are negligible.
        log_ratio = np.clip(p.log_pdf(x) - q.log_pdf(x), -300.0, 300.0)
        outputs = row.derivative(np.exp(log_ratio))
        # f' reaches the open end of its range only by rounding.
        high = math.inf if _has_ends(row) else row.domain[1]
        return np.minimum(outputs, np.nextafter(high, -np.inf))

    return critic


def _has_ends(row):
    """Returns whether the ends of the domain belong to it: those of a bounded one do."""
    return math.isfinite(row.domain[0])


def _row(divergence):
    return divergence if isinstance(divergence, FDivergence) else get_f_divergence(divergence)


def _check_domain(row, name, outputs):
    low, high = row.domain
    inside = (outputs >= low) & (outputs <= high if _has_ends(row) else outputs < high)
    if not inside.all():
        raise InputError(
            f"Expected {name} in the domain ({low:g}, {high:g}) of the conjugate of {row.name}. "
            f"Received: {name}={format_value(outputs[~inside])}; apply the divergence's activation."
        )
    return outputs
