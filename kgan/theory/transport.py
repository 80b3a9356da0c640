"""Optimal transport: Wasserstein distances and plans, exact where exactness can be had.

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

from kgan.errors import InputError
from kgan.theory import checks, densities


class TransportPlan(NamedTuple):
    """An optimal plan between two discrete distributions.

    Attributes:
        value: the least mean cost, Σ plan · cost.
        plan: [n, m] masses that move from outcome i of P to outcome j of Q; its rows sum to p,
            its columns to q.
        p_potential: [n], the price of mass at P's outcomes, and
        q_potential: [m], at Q's, with p_potential[i] + q_potential[j] <= cost[i, j] and
            Σ p·p_potential + Σ q·q_potential = value (Kantorovich duality). For a distance as
            cost, p_potential is an optimal critic.
    """

    value: float
    plan: np.ndarray
    p_potential: np.ndarray
    q_potential: np.ndarray


class Assignment(NamedTuple):
    """An optimal pairing of two samples of one size.

    Attributes:
        distance: W of the order asked for, in the units of the samples.
        partner: [n] int, sample i of x goes to sample `partner[i]` of y.
    """

    distance: float
    partner: np.ndarray


class ParallelLines(NamedTuple):
    """What each distance says about two parallel lines, in nats where it is a divergence."""

    wasserstein: float
    jensen_shannon: float
    kl: float
    reverse_kl: float
    total_variation: float


def wasserstein(x, y, order=1, x_weights=None, y_weights=None):
    """Returns W of two samples on the line, exactly: quantile goes to quantile.

    Args:
        x: [n] positions.
        y: [m] positions; m may differ from n.
        order: >= 1.
        x_weights: [n] probabilities of the positions, even if None.
        y_weights: [m].

    Raises:
        InputError: for empty or NaN samples, weights that are no distribution, order < 1.

    Reference: Remark 2.30, Peyré and Cuturi 2019, arXiv:1803.00567.
    """
    order = checks.scalar("order", order, minimum=1.0)
    x, x_levels = _steps("x", x, x_weights)
    y, y_levels = _steps("y", y, y_weights)
    levels = np.sort(np.concatenate([x_levels, y_levels]))
    widths = np.diff(levels, prepend=0.0)
    # Between two levels both quantile functions are constant; the middle tells their values.
    middles = levels - 0.5 * widths
    from_x = x[np.minimum(np.searchsorted(x_levels, middles), len(x) - 1)]
    from_y = y[np.minimum(np.searchsorted(y_levels, middles), len(y) - 1)]
    return float(np.dot(widths, np.abs(from_x - from_y) ** order) ** (1.0 / order))


def _steps(name, positions, weights):
    """Returns sorted positions and the cumulated probability at each."""
    positions = checks.numbers(name, positions, dimensions=1)
    if weights is None:
        weights = np.full(len(positions), 1.0 / len(positions))
    weights = checks.distribution(f"{name}_weights", weights)
    if weights.shape != positions.shape:
        raise InputError(
            f"Expected one weight a position. Received: {name} of shape {positions.shape}, "
            f"{name}_weights of shape {weights.shape}."
        )
    rank = np.argsort(positions, kind="stable")
    levels = np.cumsum(weights[rank])
    return positions[rank], levels / levels[-1]


def wasserstein_of_densities(p, q, order=1, panels=20_000):
    """Returns W of two densities on the line through their quantile functions.

    Args:
        p, q: `kgan.theory.densities.Density`.
        order: >= 1.
        panels: even panels of each support on which the quantile function is taken as straight;
            the relative error is about (support / panels / scale)², 1e-5 for a Gaussian.
    """
    order = checks.scalar("order", order, minimum=1.0)
    densities.check_pair(p, q)
    x, x_levels = _quantiles(p, checks.whole("panels", panels, 2))
    y, y_levels = _quantiles(q, panels)
    # Between two levels both are straight: the quadrature is exact for orders 1 and 2, but for
    # order 1 where they cross.
    levels, widths = densities.grid(x_levels, y_levels)
    gaps = np.abs(np.interp(levels, x_levels, x) - np.interp(levels, y_levels, y))
    return float(np.dot(widths, gaps**order) ** (1.0 / order))


def _quantiles(density, panels):
    """Returns positions and the cumulated probability there, both rising."""
    support = np.linspace(density.edges[0], density.edges[-1], panels + 1)
    edges = np.unique(np.concatenate([support, density.edges]))
    nodes, weights = densities.grid(edges)
    masses = (weights * density.pdf(nodes)).reshape(len(edges) - 1, -1).sum(axis=1)
    # Rounded, so that two levels are the same or far enough apart to divide by.
    levels = np.round(np.concatenate([[0.0], np.cumsum(masses)]) / masses.sum(), 14)
    rising = np.concatenate([[True], np.diff(levels) > 0])
    # Where no mass is, the quantile function jumps: keep both ends of a flat part.
    starts = np.concatenate([rising[1:], [False]]) | rising
    return edges[starts], levels[starts]


def cost_matrix(x, y, order=1):
    """Returns |x_i − y_j|^order, [n, m], for positions [n] or [n, d]."""
    x, y = (checks.numbers(name, value) for name, value in (("x", x), ("y", y)))
    x, y = (value[:, None] if value.ndim == 1 else value for value in (x, y))
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1]:
        raise InputError(
            "Expected positions x [n, d] and y [m, d]. "
            f"Received: x of shape {x.shape}, y of shape {y.shape}."
        )
    order = checks.scalar("order", order, minimum=1.0)
    return np.linalg.norm(x[:, None, :] - y[None, :, :], axis=-1) ** order


def transport_plan(p, q, cost):
    """Returns the optimal `TransportPlan` between discrete distributions: a linear programme.

    Args:
        p: [n] probabilities.
        q: [m].
        cost: [n, m], of moving a unit of mass, e.g. from `cost_matrix`.

    Raises:
        InputError: for p or q that are no distributions, or a cost of another shape.

    Reference: Sections 2.3 and 2.5, Peyré and Cuturi 2019, arXiv:1803.00567.
    """
    from scipy import optimize, sparse

    p, q = checks.distribution("p", p), checks.distribution("q", q)
    cost = checks.numbers("cost", cost)
    if p.ndim != 1 or q.ndim != 1 or cost.shape != (len(p), len(q)):
        raise InputError(
            "Expected p [n], q [m] and cost [n, m]. "
            f"Received: shapes p {p.shape}, q {q.shape}, cost {cost.shape}."
        )
    # Both sides must hold the same mass to the last digit, or there is no plan.
    p, q = p / p.sum(), q / q.sum()
    rows = sparse.kron(sparse.eye_array(len(p)), np.ones((1, len(q))))
    columns = sparse.kron(np.ones((1, len(p))), sparse.eye_array(len(q)))
    # In units of the largest cost, for the solver's tolerances are absolute.
    unit = np.abs(cost).max() or 1.0
    found = optimize.linprog(
        cost.ravel() / unit,
        A_eq=sparse.vstack([rows, columns]).tocsr(),
        b_eq=np.concatenate([p, q]),
        bounds=(0, None),
        method="highs",
    )
    if not found.success:
        raise InputError(
            f"Expected a cost of moderate size. Received: cost={checks.show(cost)}; "
            f"the linear programme says: {found.message}"
        )
    prices = unit * found.eqlin.marginals
    plan = np.maximum(found.x, 0.0).reshape(cost.shape)
    return TransportPlan(float(unit * found.fun), plan, prices[: len(p)], prices[len(p) :])


def assign(x, y, order=1):
    """Returns the optimal `Assignment` between two samples of the same size, in any dimension.

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
            "take transport_plan for other sizes."
        )
    rows, partner = linear_sum_assignment(cost)
    mean = float(cost[rows, partner].mean())
    return Assignment(mean ** (1.0 / float(order)), partner)


def gaussian_wasserstein2(mean_p, covariance_p, mean_q, covariance_q):
    """Returns W₂ of two Gaussians: the root of |μp − μq|² + tr(Σp + Σq − 2(Σp^½ Σq Σp^½)^½).

    Args: as in `kgan.theory.gaussians`; a covariance may be singular.

    Reference: Dowson and Landau 1982, The Fréchet distance between multivariate normal
    distributions. Its square, on Inception features, is the FID.
    """
    p, q = checks.gaussians(mean_p, covariance_p, mean_q, covariance_q, singular=True)
    (mean_p, covariance_p), (mean_q, covariance_q) = p, q
    root = _square_root(covariance_p)
    cross = np.trace(_square_root(root @ covariance_q @ root))
    squared = np.square(mean_p - mean_q).sum()
    squared += np.trace(covariance_p) + np.trace(covariance_q) - 2.0 * cross
    return math.sqrt(max(float(squared), 0.0))


def _square_root(matrix):
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T


def parallel_lines(theta):
    """Returns the distances between the segments {0} × [0, 1] and {θ} × [0, 1] in the plane.

    W₁ = |θ|; for θ ≠ 0 the supports are disjoint, so JS = log 2, KL = reverse KL = inf and
    TV = 1 however near they lie: of the five, only W₁ tells a generator where to go.

    Reference: Example 1, Arjovsky et al. 2017, arXiv:1701.07875.
    """
    theta = checks.scalar("theta", theta)
    if theta == 0:
        return ParallelLines(0.0, 0.0, 0.0, 0.0, 0.0)
    return ParallelLines(abs(theta), math.log(2), math.inf, math.inf, 1.0)
