"""One-dimensional densities as values, and quadrature over them.

A density comes with the edges of panels on which it is smooth and well resolved; an integral over
two densities uses the panels of both (composite Gauss–Legendre, ten nodes a panel). So a narrow
peak beside a wide one costs no accuracy, and a jump lies between panels.

Example:
    >>> p = mixture([0.5, 0.5], means=[-1.0, 2.0], scales=[0.1, 1.0])
    >>> round(expectation(lambda x: x, p), 12)
    0.5
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from kgan.errors import InputError
from kgan.theory.validation import check_array, check_distribution, check_whole, format_value
from kgan.types import Array

# How far a density's integral may be from one before it is refused.
MASS_TOLERANCE = 1e-6
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(10)
# A Gaussian's panels, in standard deviations: even to ±12, then wider to ±38, where the density
# (not its logarithm) leaves the range of float64.
_TAIL = np.linspace(13.0, 38.0, 26)
_GAUSSIAN_EDGES = np.concatenate([-_TAIL[::-1], np.linspace(-12.0, 12.0, 73), _TAIL])


class Density(NamedTuple):
    """A probability density on the line.

    Attributes:
        log_pdf: maps float64 positions of any shape to log density; −inf where there is none.
        edges: [n] rising; panels on which `log_pdf` is smooth. The first and last bound the
            support: the mass beyond them is negligible.
    """

    log_pdf: Callable[[Array], Array]
    edges: Array

    def pdf(self, x: ArrayLike) -> Array:
        """Returns the density at x."""
        return np.exp(self.log_pdf(np.asarray(x, dtype=np.float64)))


Distribution: TypeAlias = ArrayLike | Density  # probabilities of outcomes, or a density


def gaussian(mean: float, scale: float) -> Density:
    """Returns N(mean, scale²); `scale` is the standard deviation, > 0."""
    return mixture([1.0], [mean], [scale])


def mixture(weights: ArrayLike, means: ArrayLike, scales: ArrayLike) -> Density:
    """Returns the mixture Σ wᵢ N(meanᵢ, scaleᵢ²).

    Args:
        weights: [k] probabilities.
        means: [k].
        scales: [k] standard deviations, > 0.
    """
    weights = check_distribution("weights", weights)
    means, scales = (
        check_array("means", means, 1),
        check_array("scales", scales, 1),
    )
    if not weights.shape == means.shape == scales.shape or (scales <= 0).any():
        raise InputError(
            "Expected weights, means and scales of one length, scales > 0. "
            f"Received: weights={format_value(weights)}, means={format_value(means)}, "
            f"scales={format_value(scales)}."
        )
    weights, means, scales = (part[weights > 0] for part in (weights, means, scales))
    constants = np.log(weights) - np.log(scales) - 0.5 * np.log(2 * np.pi)

    def log_pdf(x):
        standard = (np.asarray(x, dtype=np.float64)[..., None] - means) / scales
        terms = constants - 0.5 * np.square(standard)
        # logsumexp by hand: SciPy's costs more than the quadrature itself.
        top = terms.max(axis=-1, keepdims=True)
        return top[..., 0] + np.log(np.exp(terms - top).sum(axis=-1))

    return Density(log_pdf, np.unique(means[:, None] + scales[:, None] * _GAUSSIAN_EDGES))


def uniform(low: float, high: float) -> Density:
    """Returns the uniform density on [low, high]."""
    low, high = check_array("low", low, 0), check_array("high", high, 0)
    if not low < high:
        raise InputError(f"Expected low < high. Received: low={low}, high={high}.")
    height = -np.log(high - low)

    def log_pdf(x):
        x = np.asarray(x, dtype=np.float64)
        return np.where((x >= low) & (x <= high), height, -np.inf)

    return Density(log_pdf, np.linspace(low, high, 17))


def from_pdf(
    pdf: Callable[[Array], Array], support: tuple[float, float], panels: int = 400
) -> Density:
    """Returns the density of a function.

    Args:
        pdf: maps positions [n] to densities [n], >= 0; vectorised.
        support: `(low, high)` outside which it is taken to be zero.
        panels: even panels of the quadrature; the function should be smooth on each.

    Raises:
        InputError: if it does not integrate to one on its support, or the support is empty.
    """
    support = check_array("support", support, 1)
    if len(support) != 2 or not support[0] < support[1]:
        raise InputError(
            f"Expected support=(low, high), low < high. Received: support={format_value(support)}."
        )
    low, high = support
    panels = check_whole("panels", panels, 1)

    def log_pdf(x):
        x = np.asarray(x, dtype=np.float64)
        values = np.where((x >= low) & (x <= high), pdf(x), 0.0)
        if np.isnan(values).any() or (values < 0).any():
            raise InputError(f"Expected pdf(x) >= 0. Received: pdf={pdf!r}, negative or NaN.")
        with np.errstate(divide="ignore"):
            return np.log(values)

    density = Density(log_pdf, np.linspace(low, high, panels + 1))
    check_mass("pdf", density, *make_quadrature(density.edges))
    return density


def make_quadrature(*edges: ArrayLike) -> tuple[Array, Array]:
    """Returns nodes [n] and weights [n] of the quadrature on the panels of all `edges`."""
    joined = np.unique(np.concatenate([np.asarray(some, dtype=np.float64) for some in edges]))
    centres, halves = (joined[1:] + joined[:-1]) / 2, np.diff(joined) / 2
    nodes = (centres[:, None] + halves[:, None] * _NODES).ravel()
    return nodes, (halves[:, None] * _WEIGHTS).ravel()


def check_density(name: str, value: ArrayLike) -> None:
    """Raises `InputError` if the value is not a `Density`."""
    if not isinstance(value, Density):
        raise InputError(
            f"Expected a Density for {name}, e.g. from gaussian, mixture or from_pdf. "
            f"Received: {name}={format_value(value)}."
        )


def check_mass(name: str, density: Density, nodes: Array, weights: Array) -> None:
    """Raises `InputError` if the density does not integrate to one on this grid."""
    mass = float(np.dot(weights, density.pdf(nodes)))
    if not abs(mass - 1) <= MASS_TOLERANCE:
        raise InputError(
            f"Expected a density that integrates to 1 for {name}. Received: {name} with integral "
            f"{mass:.9g} on its support; normalise it, widen the support, or give more panels."
        )


def check_pair(p: Density, q: Density) -> tuple[Array, Array]:
    """Returns nodes and weights of the quadrature over both; raises unless each has mass one."""
    for name, density in (("p", p), ("q", q)):
        if not isinstance(density, Density):
            raise InputError(
                "Expected two arrays of probabilities or two Density values. "
                f"Received: {name}={format_value(density)}."
            )
    nodes, weights = make_quadrature(p.edges, q.edges)
    check_mass("p", p, nodes, weights)
    check_mass("q", q, nodes, weights)
    return nodes, weights


def expectation(
    function: Callable[[Array], Array], density: Density, breakpoints: Iterable[float] = ()
) -> float:
    """Returns E[function(x)] for x of the density, by quadrature; ±inf where function is.

    Args:
        function: maps positions [n] to values [n]. Where the density is zero it is ignored.
        density: a `Density`.
        breakpoints: where `function` jumps or has a kink.
    """
    check_density("density", density)
    inside = [x for x in breakpoints if density.edges[0] < x < density.edges[-1]]
    nodes, weights = make_quadrature(density.edges, inside)
    check_mass("density", density, nodes, weights)
    weights = weights * density.pdf(nodes)
    values = np.asarray(function(nodes), dtype=np.float64)
    with np.errstate(invalid="ignore"):
        return float(np.sum(np.where(weights > 0, weights * values, 0.0)))
