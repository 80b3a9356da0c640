"""Games of two players in strategic form: payoffs, best responses, Nash equilibria, values.

The row player picks a row, the column player a column, both at once; each maximises its own
payoff. A mixed strategy is a distribution over a player's actions. A game is zero-sum if one
player's gain is the other's loss; then maximin = minimax (von Neumann 1928), the game's value.

Example:
    >>> find_pure_equilibria(PRISONERS_DILEMMA)
    [(1, 1)]
"""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kgan.errors import InputError, UnknownNameError
from kgan.theory.validation import check_array, check_distribution
from kgan.types import Array

# Support enumeration visits every pair of supports: 12,869 of them for eight actions each.
MAXIMUM_ACTIONS = 8
# How much worse than the best an action may be and still count as best, as a fraction of the span
# of the player's payoffs.
_TOLERANCE = 1e-9


class BimatrixGame(NamedTuple):
    """A game of two players.

    Attributes:
        row_payoffs: [m, n], the row player's.
        column_payoffs: [m, n], the column player's.
        row_actions: names of the m rows.
        column_actions: names of the n columns.
    """

    row_payoffs: Array
    column_payoffs: Array
    row_actions: tuple[str, ...] = ()
    column_actions: tuple[str, ...] = ()


class Equilibrium(NamedTuple):
    """A Nash equilibrium: neither player gains by another strategy while the other keeps its own.

    Attributes:
        row: [m] probabilities.
        column: [n] probabilities.
        row_payoff: the row player's mean payoff.
        column_payoff: the column player's.
    """

    row: Array
    column: Array
    row_payoff: float
    column_payoff: float


class ZeroSumSolution(NamedTuple):
    """The solution of a zero-sum game.

    Attributes:
        value: the row player's least payoff with `row`, and its greatest against `column`.
        row: [m] probabilities.
        column: [n] probabilities.
    """

    value: float
    row: Array
    column: Array


def make_game(
    row_payoffs: ArrayLike,
    column_payoffs: ArrayLike,
    row_actions: Sequence[str] = (),
    column_actions: Sequence[str] = (),
) -> BimatrixGame:
    """Returns the `BimatrixGame` of two payoff matrices [m, n]."""
    row_payoffs = check_array("row_payoffs", row_payoffs, dimensions=2)
    column_payoffs = check_array("column_payoffs", column_payoffs, dimensions=2)
    if row_payoffs.shape != column_payoffs.shape:
        raise InputError(
            "Expected two payoff matrices of one shape. Received: "
            f"row_payoffs {row_payoffs.shape}, column_payoffs {column_payoffs.shape}."
        )
    for name, actions, count in (
        ("row_actions", row_actions, row_payoffs.shape[0]),
        ("column_actions", column_actions, row_payoffs.shape[1]),
    ):
        if actions and len(actions) != count:
            raise InputError(f"Expected {count} names for {name}. Received: {name}={actions!r}.")
    return BimatrixGame(row_payoffs, column_payoffs, tuple(row_actions), tuple(column_actions))


def make_zero_sum_game(
    payoffs: ArrayLike, row_actions: Sequence[str] = (), column_actions: Sequence[str] = ()
) -> BimatrixGame:
    """Returns the game in which the column player pays `payoffs` [m, n] to the row player."""
    payoffs = check_array("payoffs", payoffs, dimensions=2)
    return make_game(payoffs, -payoffs, row_actions, column_actions)


# Payoffs are minus the years in prison. Each confesses whatever the other does, although silence
# would be better for both: an equilibrium need not be good (Tucker 1950).
PRISONERS_DILEMMA = make_game(
    [[-1.0, -10.0], [0.0, -5.0]],
    [[-1.0, 0.0], [-10.0, -5.0]],
    ("silent", "confess"),
    ("silent", "confess"),
)
# No pure equilibrium: a player that can be predicted loses. Simultaneous gradient play circles.
MATCHING_PENNIES = make_zero_sum_game(
    [[1.0, -1.0], [-1.0, 1.0]], ("heads", "tails"), ("heads", "tails")
)


def find_best_responses(bimatrix: BimatrixGame, player: str, opponent: ArrayLike) -> list[int]:
    """Returns the pure actions that are best against a strategy of the other player.

    Args:
        bimatrix: the game.
        player: `"row"` or `"column"`, the one that responds.
        opponent: the other's mixed strategy, probabilities.
    """
    payoffs = _normalize(_own_payoffs(bimatrix, player))
    opponent = _check_strategy("opponent", opponent, payoffs.shape[1])
    expected = payoffs @ opponent
    return [int(i) for i in np.flatnonzero(expected >= expected.max() - _TOLERANCE)]


def find_pure_equilibria(bimatrix: BimatrixGame) -> list[tuple[int, int]]:
    """Returns the `(row, column)` action pairs that are Nash equilibria; there may be none.

    Reference: Nash 1950, Equilibrium points in n-person games.
    """
    rows, columns = _normalize(bimatrix.row_payoffs), _normalize(bimatrix.column_payoffs)
    best = rows >= rows.max(axis=0) - _TOLERANCE
    best &= columns >= columns.max(axis=1, keepdims=True) - _TOLERANCE
    return [(int(i), int(j)) for i, j in np.argwhere(best)]


def find_equilibria(bimatrix: BimatrixGame) -> list[Equilibrium]:
    """Returns all Nash equilibria, pure and mixed, of a nondegenerate game.

    By support enumeration: for each pair of supports of the same size, the strategies that make
    the other player indifferent, if they are probabilities and no action outside pays more. In a
    degenerate game (more best responses than mixed actions) whole segments may be equilibria, of
    which only ends are returned.

    Raises:
        InputError: if a player has more than `MAXIMUM_ACTIONS` actions.

    Reference: von Stengel 2007, Equilibrium computation for two-player games.
    """
    m, n = bimatrix.row_payoffs.shape
    if max(m, n) > MAXIMUM_ACTIONS:
        raise InputError(
            f"Expected at most {MAXIMUM_ACTIONS} actions a player. "
            f"Received: {m} rows, {n} columns; solve_zero_sum has no such limit."
        )
    equilibria = []
    for size in range(1, min(m, n) + 1):
        for rows in itertools.combinations(range(m), size):
            for columns in itertools.combinations(range(n), size):
                candidate = _solve_on_supports(bimatrix, rows, columns)
                if candidate is not None:
                    equilibria.append(candidate)
    return equilibria


def _solve_on_supports(bimatrix, rows, columns):
    row_scaled, column_scaled = (
        _normalize(bimatrix.row_payoffs),
        _normalize(bimatrix.column_payoffs),
    )
    block = np.ix_(rows, columns)
    mixed_columns = _make_indifferent(row_scaled[block])
    mixed_rows = _make_indifferent(column_scaled[block].T)
    if mixed_columns is None or mixed_rows is None:
        return None
    row, column = (np.zeros(actions) for actions in bimatrix.row_payoffs.shape)
    row[list(rows)], column[list(columns)] = mixed_rows, mixed_columns
    for values, own in ((row_scaled @ column, row), (row @ column_scaled, column)):
        if values.max() > values @ own + _TOLERANCE:
            return None
    payoffs = (float(row @ part @ column) for part in bimatrix[:2])
    return Equilibrium(row, column, *payoffs)


def _make_indifferent(payoffs):
    """Returns the opponent's strategy, all positive, at which all rows pay the same, or None."""
    size = len(payoffs)
    system = np.block([[payoffs, -np.ones((size, 1))], [np.ones((1, size)), np.zeros((1, 1))]])
    if np.linalg.matrix_rank(system) <= size:
        return None
    strategy = np.linalg.solve(system, np.append(np.zeros(size), 1.0))[:size]
    return strategy if (strategy > _TOLERANCE).all() else None


def find_dominated_strategies(bimatrix: BimatrixGame, player: str) -> list[int]:
    """Returns the actions that some mixture of others beats whatever the opponent does.

    Args:
        bimatrix: the game.
        player: `"row"` or `"column"`.

    Reference: Fudenberg and Tirole 1991, Game theory (strict dominance).
    """
    payoffs = _normalize(_own_payoffs(bimatrix, player))
    # A mixture beats an action if its excess is positive against every action of the opponent.
    margins = [_maximin(payoffs - own)[1] for own in payoffs]
    return [action for action, margin in enumerate(margins) if margin > _TOLERANCE]


def solve_zero_sum(payoffs: ArrayLike) -> ZeroSumSolution:
    """Returns the `ZeroSumSolution` of payoffs [m, n] to the row player: two linear programmes.

    Reference: von Neumann 1928, Zur Theorie der Gesellschaftsspiele; Dantzig 1951.
    """
    payoffs = check_array("payoffs", payoffs, dimensions=2)
    row, value = _maximin(_normalize(payoffs))
    column, _ = _maximin(_normalize(-payoffs.T))
    return ZeroSumSolution(float(payoffs.min() + np.ptp(payoffs) * value), row, column)


def _maximin(payoffs):
    from scipy.optimize import linprog

    m, n = payoffs.shape
    solution = linprog(
        np.append(np.zeros(m), -1.0),
        A_ub=np.column_stack([-payoffs.T, np.ones(n)]),
        b_ub=np.zeros(n),
        A_eq=[[*np.ones(m), 0.0]],
        b_eq=[1.0],
        bounds=[(0, None)] * m + [(None, None)],
        method="highs",
    )
    strategy = np.maximum(solution.x[:m], 0.0)
    return strategy / strategy.sum(), float(-solution.fun)


def duality_gap(payoffs: ArrayLike, row: ArrayLike, column: ArrayLike) -> float:
    """Returns max over rows against `column` − min over columns against `row`, >= 0.

    It is the sum of what both players could gain by best responses, zero exactly at an
    equilibrium: a measure of convergence, which the loss itself is not.

    Args:
        payoffs: [m, n] to the row player.
        row: [m] mixed strategy.
        column: [n] mixed strategy.

    Reference: Grnarova et al. 2019, arXiv:1811.05512.
    """
    payoffs = check_array("payoffs", payoffs, dimensions=2)
    row = _check_strategy("row", row, payoffs.shape[0])
    column = _check_strategy("column", column, payoffs.shape[1])
    return float((payoffs @ column).max() - (row @ payoffs).min())


def _normalize(payoffs):
    """Returns payoffs scaled to [0, 1]: the same game, but one tolerance fits all units."""
    span = np.ptp(payoffs)
    return (payoffs - payoffs.min()) / (span if span > 0 else 1.0)


def _own_payoffs(bimatrix, player):
    """Returns payoffs [own actions, opponent's actions]."""
    if player not in ("row", "column"):
        raise UnknownNameError("player", player, ("row", "column"))
    return bimatrix.row_payoffs if player == "row" else bimatrix.column_payoffs.T


def _check_strategy(name, probabilities, actions):
    strategy = check_distribution(name, probabilities)
    if strategy.shape != (actions,):
        raise InputError(
            f"Expected a probability for each of {actions} actions for {name}. "
            f"Received: {name} of shape {strategy.shape}."
        )
    return strategy
