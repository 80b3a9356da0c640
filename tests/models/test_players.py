"""Phases: a player that does not play in a round pays nothing and learns nothing."""

import pytest
import tensorflow as tf

from kgan.models.players import Player
from kgan.random import Draws

ROUNDS = {(0, None): [True] * 5, (2, None): [False] * 2 + [True] * 3, (1, 3): [False, True, True]}


def loss(batch, fake, rng):
    return {"one": tf.constant(1.0), "two": tf.constant(2.0)}


@pytest.mark.parametrize("phase, playing", ROUNDS.items())
def test_a_player_plays_from_its_start_to_its_stop(phase, playing):
    player = Player("policy", (), loss, start=phase[0], stop=phase[1])
    playing = [*playing, *[phase[1] is None] * (5 - len(playing))]
    for step, plays in enumerate(playing):
        assert player.plays(step) == plays
        losses = player.losses({}, None, Draws(0, tf.constant(step, tf.int64), 0, 1))
        assert float(sum(losses.values())) == 3.0 * plays


def test_without_a_phase_every_term_keeps_its_name():
    assert set(Player("generator", (), loss).losses({}, None, None)) == {"one", "two"}
