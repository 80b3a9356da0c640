"""Learning rates that fall from where a player starts."""

import keras
import pytest

from kgan.models.players import Player
from kgan.training.schedules import scheduled


def rates(schedule, steps):
    return [float(schedule(step)) for step in steps]


def test_a_constant_rate_is_a_number():
    assert scheduled("constant", 0.1, 100, Player("generator", (), None, start=7)) == 0.1


@pytest.mark.parametrize(
    "name, expected",
    [("linear", [0.1, 0.05, 0.0, 0.0]), ("cosine", [0.1, 0.05, 0.0, 0.0])],
)
def test_a_rate_falls_to_0_at_the_last_move(name, expected):
    player = Player("discriminator", (), None, moves=5)
    found = rates(scheduled(name, 0.1, 20, player), (0, 50, 100, 120))
    assert found == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("name", ["linear", "cosine"])
def test_it_stays_until_the_player_starts(name):
    schedule = scheduled(name, 0.1, 50, Player("policy", (), None, start=30))
    found = rates(schedule, (0, 29, 30, 40, 50))
    assert found == pytest.approx([0.1, 0.1, 0.1, 0.05, 0.0], abs=1e-7)
    assert rates(schedule, (35,))[0] < 0.1


def test_a_run_that_ends_before_a_player_starts_is_no_error():
    schedule = scheduled("linear", 0.1, 10, Player("policy", (), None, start=30))
    assert rates(schedule, (10,)) == pytest.approx([0.1])


def test_it_is_kept_with_its_optimizer():
    schedule = scheduled("cosine", 0.1, 50, Player("policy", (), None, start=30))
    optimizer = keras.optimizers.Adam(schedule)
    again = keras.optimizers.Adam.from_config(optimizer.get_config())
    schedules = [one.get_config()["learning_rate"] for one in (optimizer, again)]
    assert schedules[0] == schedules[1]
    assert schedules[0]["config"]["start"] == 30
