"""Equilibria worked by hand, the theorem of von Neumann, and the GAN as a game."""

import math

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.theory import densities, divergences, games, gan_game

BATTLE = games.make_game([[3.0, 0.0], [0.0, 2.0]], [[2.0, 0.0], [0.0, 3.0]])
ROCK_PAPER_SCISSORS = [[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]


def test_prisoners_dilemma():
    dilemma = games.PRISONERS_DILEMMA
    assert games.find_pure_equilibria(dilemma) == [(1, 1)]
    (only,) = games.find_equilibria(dilemma)
    assert (only.row_payoff, only.column_payoff) == (-5.0, -5.0)
    assert games.find_dominated_strategies(dilemma, "row") == [0]
    assert games.find_dominated_strategies(dilemma, "column") == [0]
    # The dilemma: what both get at the equilibrium is worse for both than silence.
    assert (dilemma.row_payoffs[0, 0] > only.row_payoff) and (
        dilemma.column_payoffs[0, 0] > only.column_payoff
    )


def test_matching_pennies_has_only_the_mixed_equilibrium():
    assert games.find_pure_equilibria(games.MATCHING_PENNIES) == []
    (only,) = games.find_equilibria(games.MATCHING_PENNIES)
    np.testing.assert_allclose(only.row, [0.5, 0.5], atol=1e-15)
    np.testing.assert_allclose(only.column, [0.5, 0.5], atol=1e-15)


def test_battle_of_the_sexes_has_three():
    found = games.find_equilibria(BATTLE)
    assert games.find_pure_equilibria(BATTLE) == [(0, 0), (1, 1)]
    assert len(found) == 3
    np.testing.assert_allclose(found[2].row, [0.6, 0.4], atol=1e-12)
    np.testing.assert_allclose(found[2].column, [0.4, 0.6], atol=1e-12)
    assert found[2].row_payoff == pytest.approx(1.2)


def test_best_responses():
    assert games.find_best_responses(BATTLE, "row", [0.4, 0.6]) == [0, 1]
    assert games.find_best_responses(BATTLE, "row", [0.5, 0.5]) == [0]
    assert games.find_best_responses(BATTLE, "column", [0.5, 0.5]) == [1]


def test_an_action_may_be_beaten_only_by_a_mixture():
    payoffs = [[4.0, 0.0], [0.0, 4.0], [1.0, 1.0]]
    game = games.make_game(payoffs, np.zeros((3, 2)))
    assert games.find_dominated_strategies(game, "row") == [2]
    assert games.find_dominated_strategies(game, "column") == []


def test_no_player_gains_by_deviating_from_any_equilibrium(random):
    for _ in range(10):
        game = games.make_game(random.normal(size=(3, 4)), random.normal(size=(3, 4)))
        found = games.find_equilibria(game)
        assert len(found) % 2 == 1  # Wilson's oddness theorem, almost surely
        for one in found:
            assert (game.row_payoffs @ one.column).max() <= one.row_payoff + 1e-8
            assert (one.row @ game.column_payoffs).max() <= one.column_payoff + 1e-8
        pure = {
            (int(one.row.argmax()), int(one.column.argmax()))
            for one in found
            if min(one.row.max(), one.column.max()) > 1 - 1e-12
        }
        assert pure == set(games.find_pure_equilibria(game))


@pytest.mark.parametrize("unit", [1e-12, 1e12])
def test_a_games_unit_changes_nothing_but_its_payoffs(random, unit):
    rows, columns = random.normal(size=(2, 3, 4))
    plain, scaled = games.make_game(rows, columns), games.make_game(unit * rows, unit * columns)
    assert games.find_pure_equilibria(scaled) == games.find_pure_equilibria(plain)
    for one, other in zip(games.find_equilibria(scaled), games.find_equilibria(plain), strict=True):
        np.testing.assert_allclose(one.row, other.row, atol=1e-9)
        np.testing.assert_allclose(one.row_payoff, unit * other.row_payoff, rtol=1e-9)
        np.testing.assert_allclose(one.column_payoff, unit * other.column_payoff, rtol=1e-9)
    dilemma = games.make_game(*(unit * part for part in games.PRISONERS_DILEMMA[:2]))
    assert games.find_dominated_strategies(dilemma, "row") == [0]
    assert games.find_best_responses(dilemma, "row", [0.5, 0.5]) == [1]
    value = games.solve_zero_sum(unit * np.array([[3.0, -1.0], [-2.0, 1.0]])).value
    np.testing.assert_allclose(value, unit / 7, rtol=1e-9)
    shifted = games.solve_zero_sum(1e6 + np.array([[3.0, -1.0], [-2.0, 1.0]])).value
    np.testing.assert_allclose(shifted - 1e6, 1 / 7, rtol=1e-6)


def test_equal_payoffs_are_all_best():
    even = games.make_game(np.ones((2, 2)), np.ones((2, 2)))
    assert games.find_pure_equilibria(even) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert (
        len(games.find_equilibria(even)) == 4 and games.find_dominated_strategies(even, "row") == []
    )
    assert games.solve_zero_sum(np.ones((2, 3))).value == 1.0


def test_zero_sum_values(random):
    solution = games.solve_zero_sum(ROCK_PAPER_SCISSORS)
    assert solution.value == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(solution.row, np.full(3, 1 / 3), atol=1e-9)
    # Worked by hand: value (ad − bc)/(a + d − b − c) without a saddle point.
    assert games.solve_zero_sum([[3.0, -1.0], [-2.0, 1.0]]).value == pytest.approx(1 / 7)
    payoffs = random.normal(size=(6, 9))
    solution = games.solve_zero_sum(payoffs)
    assert (solution.row @ payoffs).min() == pytest.approx(solution.value, abs=1e-9)
    assert (payoffs @ solution.column).max() == pytest.approx(solution.value, abs=1e-9)
    assert games.duality_gap(payoffs, solution.row, solution.column) == pytest.approx(0, abs=1e-9)
    assert games.duality_gap(payoffs, np.full(6, 1 / 6), np.full(9, 1 / 9)) > 0.1


def test_gap_of_pure_strategies_by_hand():
    assert games.duality_gap([[1.0, -1.0], [-1.0, 1.0]], [1, 0], [1, 0]) == 2.0


def test_gan_value_is_best_at_the_optimal_discriminator(random):
    p, q = random.dirichlet(np.ones(5)), random.dirichlet(np.ones(5))
    best = gan_game.optimal_discriminator(p, q)
    np.testing.assert_allclose(best, p / (p + q), rtol=1e-12)
    top = gan_game.value(best, p, q)
    assert top == pytest.approx(2 * divergences.jensen_shannon(p, q) - math.log(4), abs=1e-12)
    assert gan_game.best_value(p, q) == pytest.approx(top, abs=1e-12)
    for _ in range(20):
        assert gan_game.value(random.uniform(0.01, 0.99, 5), p, q) < top


def test_gan_value_by_hand():
    assert gan_game.value([0.5, 0.5], [1, 0], [0, 1]) == pytest.approx(-math.log(4))
    assert gan_game.value([1.0, 0.0], [1, 0], [0, 1]) == 0.0
    assert gan_game.value([0.0, 0.5], [1, 0], [0, 1]) == -math.inf
    assert gan_game.best_value([1, 0], [0, 1]) == pytest.approx(0.0, abs=1e-15)
    # A discriminator that rounds to 1 where Q has almost nothing is not wrong there.
    near = [1 - 1e-18, 1e-18], [1e-18, 1 - 1e-18]
    best = gan_game.optimal_discriminator(*near)
    assert best[0] == 1.0 and gan_game.value(best, *near) == pytest.approx(0.0, abs=1e-15)
    assert gan_game.optimal_discriminator([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]).tolist() == [1, 0, 0.5]


@pytest.mark.parametrize(
    "p, q",
    [
        (densities.gaussian(0.0, 1.0), densities.gaussian(1.0, 2.0)),
        (densities.uniform(0.0, 1.0), densities.uniform(0.5, 2.0)),
        (densities.gaussian(0.0, 0.1), densities.gaussian(8.0, 0.1)),
        (densities.gaussian(0.0, 0.8), densities.gaussian(1.2, 0.8)),
    ],
)
def test_gan_value_by_quadrature(p, q):
    best = gan_game.optimal_discriminator(p, q)
    assert gan_game.value(best, p, q) == pytest.approx(gan_game.best_value(p, q), abs=1e-9)
    assert gan_game.value(lambda x: 0.8 * best(x) + 0.1, p, q) < gan_game.best_value(p, q)


def test_the_gan_on_a_grid_has_its_equilibrium_at_the_data():
    data = np.array([0.3, 0.7])
    shares = np.linspace(0.1, 0.9, 9)
    generators = np.stack([shares, 1 - shares], axis=1)
    grid = np.linspace(0.05, 0.95, 19)
    discriminators = np.array([(a, b) for a in grid for b in grid])
    payoffs = gan_game.payoffs(discriminators, data, generators)
    one = gan_game.value(discriminators[7], data, generators[3])
    assert payoffs[7, 3] == pytest.approx(one, abs=1e-14)
    solution = games.solve_zero_sum(payoffs)
    assert solution.value == pytest.approx(-math.log(4), abs=1e-9)
    at_data = np.eye(9)[2]
    ignorant = np.eye(361)[9 * 19 + 9]
    assert games.duality_gap(payoffs, ignorant, at_data) == pytest.approx(0, abs=1e-9)
    assert games.duality_gap(payoffs, ignorant, np.eye(9)[8]) > 0.1


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: games.make_game([[1.0]], [[1.0, 2.0]]), "of one shape"),
        (
            lambda: games.make_zero_sum_game([[1.0, 2.0]], ("a",), ("b",)),
            "2 names for column_actions",
        ),
        (lambda: games.make_game([[math.inf]], [[1.0]]), "finite numbers for row_payoffs"),
        (lambda: games.find_best_responses(BATTLE, "rows", [1, 0]), "Unknown player"),
        (lambda: games.find_best_responses(BATTLE, "row", [1.0]), "each of 2 actions"),
        (lambda: games.find_best_responses(BATTLE, "row", [0.5, 0.6]), "sums to 1.1"),
        (lambda: games.find_equilibria(games.make_zero_sum_game(np.eye(9))), "at most 8 actions"),
        (lambda: games.solve_zero_sum([]), "2 axes"),
        (lambda: gan_game.value([1.5], [1.0], [1.0]), r"in \[0, 1\].*sigmoid"),
        (lambda: gan_game.value([0.5], [0.5, 0.5], [1.0, 0.0]), "same outcomes as p"),
        (lambda: gan_game.value([0.5], *[densities.uniform(0, 1)] * 2), "function of"),
        (lambda: gan_game.payoffs([[0.0]], [1.0], [[1.0]]), r"\(0, 1\)"),
        (lambda: gan_game.payoffs([[0.5, 0.5]], [1.0], [[1.0]]), "same outcomes as data"),
    ],
)
def test_bad_input_is_refused_in_one_line(call, message):
    with pytest.raises(InputError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
