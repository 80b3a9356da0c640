"""Optimal transport: Wasserstein distances and plans, exact where possible.

W_k(P, Q) = (inf over couplings of E |x − y|^k)^(1/k), in the units of x. Order k = 1 is the
earth mover's distance, the one a Lipschitz critic measures: W₁ = sup E_P f − E_Q f over f with
slope at most 1 (Kantorovich and Rubinstein; Eq. 2 of Arjovsky et al. 2017, arXiv:1701.07875).

Example:
    >>> wasserstein([0.0, 1.0], [5.0, 6.0])
    5.0
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kgan.errors import InputError
from kgan.theory import densities
from kgan.theory.densities import Density
from kgan.theory.validation import (
    check_array,
    check_distribution,
    check_gaussians,
    check_scalar,
    check_whole,
    format_value,
)
from kgan.types import Array


class TransportPlan(NamedTuple):
    """An optimal plan between two discrete distributions.

    Attributes:
        value: the least mean cost, Σ plan · cost.
        plan: [n, m] masses that move from outcome i of P to outcome j of Q; its rows sum to p,
            its columns to q.
        p_potential: [n], the dual variables of P's outcomes. If the cost is a distance, they are
            an optimal critic.
        q_potential: [m], those of Q's, with p_potential[i] + q_potential[j] <= cost[i, j] and
            Σ p·p_potential + Σ q·q_potential = value (Kantorovich duality).
    """

    value: float
    plan: Array
    p_potential: Array
    q_potential: Array


class Assignment(NamedTuple):
    """An optimal pairing of two samples of one size.

    Attributes:
        distance: W of the given order, in the units of the samples.
        partner: [n] int, sample i of x goes to sample `partner[i]` of y.
    """

    distance: float
    partner: Array


class ParallelLines(NamedTuple):
    """The distances of two parallel lines, the divergences in nats."""

    wasserstein: float
    jensen_shannon: float
    kl: float
    reverse_kl: float
    total_variation: float


def wasserstein(
    x: ArrayLike,
    y: ArrayLike,
    order: float = 1,
    x_weights: ArrayLike | None = None,
    y_weights: ArrayLike | None = None,
) -> float:
    """Returns W of two samples on the line, exactly, by pairing their quantiles.

    Args:
        x: [n] positions.
        y: [m] positions; m may differ from n.
        order: >= 1.
        x_weights: [n] probabilities of the positions, all equal if None.
        y_weights: [m].

    Raises:
        InputError: for empty or NaN samples, weights that are not a distribution, order < 1.

    Reference: Remark 2.30, Peyré and Cuturi 2019, arXiv:1803.00567.
    """
    order = check_scalar("order", order, minimum=1.0)
    x, x_levels = _sort_by_position("x", x, x_weights)
    y, y_levels = _sort_by_position("y", y, y_weights)
    levels = np.sort(np.concatenate([x_levels, y_levels]))
    widths = np.diff(levels, prepend=0.0)
    # Between two levels both quantile functions are constant: evaluate them in the middle.
    middles = levels - 0.5 * widths
    from_x = x[np.minimum(np.searchsorted(x_levels, middles), len(x) - 1)]
    from_y = y[np.minimum(np.searchsorted(y_levels, middles), len(y) - 1)]
    return float(np.dot(widths, np.abs(from_x - from_y) ** order) ** (1.0 / order))


def _sort_by_position(name, positions, weights):
    """Returns sorted positions and the cumulative probability at each."""
    positions = check_array(name, positions, dimensions=1)
    if weights is None:
        weights = np.full(len(positions), 1.0 / len(positions))
    weights = check_distribution(f"{name}_weights", weights)
    if weights.shape != positions.shape:
        raise InputError(
            f"Expected one weight per position. Received: {name} of shape {positions.shape}, "
            f"{name}_weights of shape {weights.shape}."
        )
    rank = np.argsort(positions, kind="stable")
    levels = np.cumsum(weights[rank])
    return positions[rank], levels / levels[-1]


def wasserstein_of_densities(
    p: Density, q: Density, order: float = 1, panels: int = 20_000
) -> float:
    """Returns W of two densities on the line, by their quantile functions.

    Args:
        p, q: `kgan.theory.densities.Density`.
        order: >= 1.
        panels: number of equal panels of each support, on each of which the quantile function is
            taken as linear; the relative error is about (support / panels / scale)², 1e-5 for a
            Gaussian.
    """
    order = check_scalar("order", order, minimum=1.0)
    densities.check_pair(p, q)
    x, x_levels = _quantiles(p, check_whole("panels", panels, 2))
    y, y_levels = _quantiles(q, panels)
    # Between two levels both are linear: the quadrature is exact for orders 1 and 2, except for
    # order 1 where they cross.
    levels, widths = densities.make_quadrature(x_levels, y_levels)
    gaps = np.abs(np.interp(levels, x_levels, x) - np.interp(levels, y_levels, y))
    return float(np.dot(widths, gaps**order) ** (1.0 / order))


def _quantiles(density, panels):
    """Returns positions and the cumulative probability there, both rising."""
    support = np.linspace(density.edges[0], density.edges[-1], panels + 1)
    edges = np.unique(np.concatenate([support, density.edges]))
    nodes, weights = densities.make_quadrature(edges)
    masses = (weights * density.pdf(nodes)).reshape(len(edges) - 1, -1).sum(axis=1)
    # Rounded, so that two levels are equal or far enough apart to divide by their difference.
    levels = np.round(np.concatenate([[0.0], np.cumsum(masses)]) / masses.sum(), 14)
    rising = np.concatenate([[True], np.diff(levels) > 0])
    # Where there is no mass the quantile function jumps: keep both ends of a flat part.
    starts = np.concatenate([rising[1:], [False]]) | rising
    return edges[starts], levels[starts]


def cost_matrix(x: ArrayLike, y: ArrayLike, order: float = 1) -> Array:
    """Returns |x_i − y_j|^order, [n, m], for positions [n] or [n, d]."""
    x, y = (check_array(name, value) for name, value in (("x", x), ("y", y)))
    x, y = (value[:, None] if value.ndim == 1 else value for value in (x, y))
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1]:
        raise InputError(
            "Expected positions x [n, d] and y [m, d]. "
            f"Received: x of shape {x.shape}, y of shape {y.shape}."
        )
    order = check_scalar("order", order, minimum=1.0)
    return np.linalg.norm(x[:, None, :] - y[None, :, :], axis=-1) ** order


def find_transport_plan(p: ArrayLike, q: ArrayLike, cost: ArrayLike) -> TransportPlan:
    """Returns the optimal plan between discrete distributions, by linear programming.

    Args:
        p: [n] probabilities.
        q: [m].
        cost: [n, m], of moving a unit of mass, e.g. from `cost_matrix`.

    Raises:
        InputError: for p or q that are not distributions, or a cost of another shape.

    Reference: Sections 2.3 and 2.5, Peyré and Cuturi 2019, arXiv:1803.00567.
    """
    from scipy import optimize, sparse

    p, q = check_distribution("p", p), check_distribution("q", q)
    cost = check_array("cost", cost)
    if p.ndim != 1 or q.ndim != 1 or cost.shape != (len(p), len(q)):
        raise InputError(
            "Expected p [n], q [m] and cost [n, m]. "
            f"Received: shapes p {p.shape}, q {q.shape}, cost {cost.shape}."
        )
    # Both must have the same mass to the last digit, or there is no plan.
    p, q = p / p.sum(), q / q.sum()
    rows = sparse.kron(sparse.eye_array(len(p)), np.ones((1, len(q))))
    columns = sparse.kron(np.ones((1, len(p))), sparse.eye_array(len(q)))
    # In units of the largest cost, because the solver's tolerances are absolute.
    unit = np.abs(cost).max() or 1.0
    solution = optimize.linprog(
        cost.ravel() / unit,
        A_eq=sparse.vstack([rows, columns]).tocsr(),
        b_eq=np.concatenate([p, q]),
        bounds=(0, None),
        method="highs",
    )
    if not solution.success:
        raise InputError(
            f"Expected a cost of moderate size. Received: cost={format_value(cost)}; "
            f"the solver reports: {solution.message}"
        )
    potentials = unit * solution.eqlin.marginals
    plan = np.maximum(solution.x, 0.0).reshape(cost.shape)
    value = float(unit * solution.fun)
    return TransportPlan(value, plan, potentials[: len(p)], potentials[len(p) :])


def assign(x: ArrayLike, y: ArrayLike, order: float = 1) -> Assignment:
    """Returns the optimal pairing of two samples of the same size, in any dimension.

    Args:
        x: [n] or [n, d].
        y: [n] or [n, d].
        order: >= 1.
    """
    from scipy.optimize import linear_sum_assignment

    cost = cost_matrix(x, y, order)
    if cost.shape[0] != cost.shape[1]:
        raise InputError(
            f"Expected as many x as y. Received: {cost.shape[0]} x, {cost.shape[1]} y; "
            "use find_transport_plan for other sizes."
        )
    rows, partner = linear_sum_assignment(cost)
    mean = float(cost[rows, partner].mean())
    return Assignment(mean ** (1.0 / float(order)), partner)


def gaussian_wasserstein2(
    mean_p: ArrayLike, covariance_p: ArrayLike, mean_q: ArrayLike, covariance_q: ArrayLike
) -> float:
    """Returns W₂ of two Gaussians: the root of |μp − μq|² + tr(Σp + Σq − 2(Σp^½ Σq Σp^½)^½).

    Args: as in `kgan.theory.gaussians`; a covariance may be singular.

    Reference: Dowson and Landau 1982, The Fréchet distance between multivariate normal
    distributions. Its square, on Inception features, is the FID.
    """
    p, q = check_gaussians(mean_p, covariance_p, mean_q, covariance_q, singular=True)
    (mean_p, covariance_p), (mean_q, covariance_q) = p, q
    root = _square_root(covariance_p)
    cross = np.trace(_square_root(root @ covariance_q @ root))
    squared = np.square(mean_p - mean_q).sum()
    squared += np.trace(covariance_p) + np.trace(covariance_q) - 2.0 * cross
    return math.sqrt(max(float(squared), 0.0))


def _square_root(matrix):
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T


def parallel_line_distances(theta: float) -> ParallelLines:
    """Returns the distances between the segments {0} × [0, 1] and {θ} × [0, 1] in the plane.

    W₁ = |θ|; for θ ≠ 0 the supports are disjoint, so JS = log 2, KL = reverse KL = inf and
    TV = 1 however near they are: of the five, only W₁ gives a generator a gradient.

    Reference: Example 1, Arjovsky et al. 2017, arXiv:1701.07875.
    """
    theta = check_scalar("theta", theta)
    if theta == 0:
        return ParallelLines(0.0, 0.0, 0.0, 0.0, 0.0)
    return ParallelLines(abs(theta), math.log(2), math.inf, math.inf, 1.0)
