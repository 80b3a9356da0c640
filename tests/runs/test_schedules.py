"""Learning rates that fall from where a player starts."""

import pytest

from kgan.models.core.player import Player
from kgan.runs.build import schedule_rate


def rates(schedule, steps):
    return [float(schedule(step)) for step in steps]


def test_a_constant_rate_is_a_number():
    assert schedule_rate("constant", 0.1, 100, Player("generator", (), None, start=7)) == 0.1


@pytest.mark.parametrize(
    "name, expected",
    [("linear", [0.1, 0.05, 0.0, 0.0]), ("cosine", [0.1, 0.05, 0.0, 0.0])],
)
def test_a_rate_falls_to_0_at_the_last_move(name, expected):
    player = Player("discriminator", (), None, moves=5)
    found = rates(schedule_rate(name, 0.1, 20, player), (0, 50, 100, 120))
    assert found == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("name", ["linear", "cosine"])
def test_a_late_players_moves_are_fewer(name):
    schedule = schedule_rate(name, 0.1, 50, Player("policy", (), None, start=30))
    assert rates(schedule, (0, 10, 20)) == pytest.approx([0.1, 0.05, 0.0], abs=1e-7)


def test_a_run_that_ends_before_a_player_starts_is_no_error():
    schedule = schedule_rate("linear", 0.1, 10, Player("policy", (), None, start=30))
    assert rates(schedule, (0,)) == pytest.approx([0.1])
