"""Phases: a player that does not play in a round pays nothing and learns nothing."""

import itertools

import keras
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.models.core.optimizers import build_optimizers
from kgan.models.core.player import Player
from kgan.random import RandomStream

ROUNDS = {(0, None): [True] * 5, (2, None): [False] * 2 + [True] * 3, (1, 3): [False, True, True]}


def loss(batch, fake, rng):
    return {"one": tf.constant(1.0), "two": tf.constant(2.0)}


@pytest.mark.parametrize("phase, playing", ROUNDS.items())
def test_a_player_plays_from_its_start_to_its_stop(phase, playing):
    player = Player("policy", (), loss, start=phase[0], stop=phase[1])
    playing = [*playing, *[phase[1] is None] * (5 - len(playing))]
    for step, plays in enumerate(playing):
        assert player.plays(step) == plays
        losses = player.losses({}, None, RandomStream(0, tf.constant(step, tf.int64), 0, 1))
        assert float(sum(losses.values())) == 3.0 * plays


def test_without_a_phase_every_term_keeps_its_name():
    assert set(Player("generator", (), loss).losses({}, None, None)) == {"one", "two"}


def test_reports_are_not_paid():
    player = Player("generator", (), loss, reports=("two",))
    losses = player.losses({}, None, None)
    assert set(losses) == {"one", "two"} and float(player.add(losses)) == 1.0


@pytest.mark.parametrize("scaled", [False, True])
def test_an_optimizer_counts_from_the_players_start(scaled):
    """Adam's first moves, along one gradient, are each as long as its rate, when it is new."""
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    player = Player("policy", (network,), loss, start=3)
    adam = keras.optimizers.Adam(0.1, epsilon=1e-9)
    optimizer = build_optimizers((player,), {"policy": adam}, scaled)["policy"]
    (weight,) = player.variables
    places = [float(weight.value[0, 0])]
    for step in range(6):
        gradient = tf.constant([[1.0 if player.plays(step) else 0.0]])
        player.move(optimizer, [optimizer.scale_loss(gradient)], tf.constant(step, tf.int64))
        places.append(float(weight.value[0, 0]))
    moves = [before - after for before, after in itertools.pairwise(places)]
    assert moves == pytest.approx([0.0] * 3 + [0.1] * 3, abs=1e-5)
    assert int(adam.iterations.value) == 3


@pytest.mark.parametrize("accumulation", [None, 2])
@pytest.mark.parametrize("scaled", [False, True])
def test_a_player_that_has_stopped_stands_still_to_the_bit(scaled, accumulation):
    """Adam's moments would carry it on, though its gradients are zeros."""
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    player = Player("learner", (network,), loss, start=2, stop=6)
    adam = keras.optimizers.Adam(0.1, gradient_accumulation_steps=accumulation)
    optimizer = build_optimizers((player,), {"learner": adam}, scaled)["learner"]
    move = tf.function(lambda gradient, step: player.move(optimizer, [gradient], step))
    states = []
    for step in range(10):
        gradient = tf.constant([[1.0 if player.plays(step) else 0.0]])
        move(optimizer.scale_loss(gradient), tf.constant(step, tf.int64))
        states.append([v.numpy().tolist() for v in (*player.variables, *optimizer.variables)])
    assert all(state == states[5] for state in states[6:])
    assert states[1] == states[0] != states[5]
    assert int(adam.iterations) == (4 if accumulation is None else 2)


def test_replicas_keep_what_does_not_play(two_replicas):
    with two_replicas.scope():
        network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
        player = Player("learner", (network,), loss, stop=1)
        optimizer = build_optimizers(
            (player,), {"learner": keras.optimizers.Adam(0.1)}, scaled=False
        )["learner"]

    def move(step):
        player.move(optimizer, [tf.constant([[1.0]])], step)

    @tf.function(autograph=False)
    def play(step):
        two_replicas.run(move, args=(step,))

    places = [float(network.weights[0].numpy()[0, 0])]
    for step in range(3):
        play(tf.constant(step, tf.int64))
        places.append(float(network.weights[0].numpy()[0, 0]))
    assert places[1] != places[0] and places[3] == places[2] == places[1]


@pytest.mark.parametrize("value", [tf.zeros((3,)), tf.constant(1), None])
def test_a_term_that_is_no_float_scalar_is_named(value):
    player = Player("generator", (), lambda *_: {"one": tf.constant(1.0), "odd": value})
    with pytest.raises(InputError, match="Expected the generator's term odd as a float scalar"):
        player.add(player.losses({}, None, None))
