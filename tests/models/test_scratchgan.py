"""ScratchGAN: what a token is paid, the running mean, and that it learns without likelihood."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.models.language_model import language_model_of
from kgan.models.scratchgan import ScratchGAN
from tests.games import assert_same, batch_for, fit, weights


def judging(gan, score):
    """Makes the critic say `score` of tokens, however it is trained."""
    gan.judge = lambda tokens, batch: {"scores": score(tf.convert_to_tensor(tokens))}
    return gan


def test_a_token_is_paid_by_what_follows_above_the_mean(monkeypatch):
    gan = ScratchGAN.example(discount=0.5, baseline_keep=0.25)
    gan.baseline.assign([1.0, 0.0, -1.0, 0.5])
    score = np.float32([[2.0, 0.0, -1.0, 1.0], [0.0, 1.0, 3.0, -2.0]])
    judging(gan, lambda tokens: tf.constant(score))
    tokens = tf.constant([[1, 2, 3, 0], [4, 4, 0, 0]])
    model = language_model_of(gan.generator)
    with tf.GradientTape() as tape:
        losses = gan.generator_loss({}, tokens, gan.random_stream())
    got = tape.gradient(losses["reward"], model.bias.value)

    rewards = 2.0 / (1.0 + np.exp(-score)) - 1.0
    weights_of = np.array([[0.5 ** max(s - t, 0) * (s >= t) for t in range(4)] for s in range(4)])
    returns = rewards @ weights_of
    baseline = 0.25 * np.array([1.0, 0.0, -1.0, 0.5]) + 0.75 * returns.mean(axis=0)
    np.testing.assert_allclose(gan.baseline, baseline, rtol=1e-5)
    np.testing.assert_allclose(losses["reward"], -rewards.mean(), rtol=1e-5)
    with tf.GradientTape() as tape:
        chosen = model.log_probabilities(tokens)
        paid = -tf.reduce_sum((returns - baseline).astype("float32") * chosen) / 2.0
    np.testing.assert_allclose(got, tape.gradient(paid, model.bias.value), rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(losses["entropy"], -tf.reduce_sum(chosen) / 2.0, rtol=1e-5)


def test_entropy_is_logged_and_not_paid():
    gan = ScratchGAN.example()
    gan.compile(run_eagerly=True)
    logs = fit(gan, batches=1)
    assert logs["generator_loss"] == logs["generator_reward"]
    np.testing.assert_allclose(logs["generator_entropy"], 4 * np.log(7), rtol=0.05)


def test_the_critic_scores_what_it_has_read_so_far():
    gan = ScratchGAN.example()
    tokens = np.array([[1, 2, 3, 4], [1, 2, 5, 4]])
    one, other = gan.judge(tf.constant(tokens), {})["scores"].numpy()
    assert gan.discriminator.output_shape == (None, 4)
    np.testing.assert_allclose(one[:2], other[:2], rtol=1e-6)
    assert (np.abs(one - other)[2:] > 1e-6).all()


def test_held_out_texts_leave_the_mean_where_it_is():
    gan = ScratchGAN.example()
    gan.compile(run_eagerly=True)
    gan.baseline.assign([3.0] * 4)
    gan.test_step(batch_for(gan, 4))
    np.testing.assert_array_equal(gan.baseline, [3.0] * 4)


@pytest.mark.slow
def test_the_generator_learns_the_token_that_a_critic_rewards():
    gan = ScratchGAN.example()
    critic = gan.discriminator

    def score(tokens):
        return tf.cast(tokens == 3, tf.float32) * 4.0 - 2.0 + 0.0 * critic(tokens)

    judging(gan, score)
    gan.compile({"generator": keras.optimizers.Adam(0.1)}, run_eagerly=True)
    fit(gan, batch_size=64, batches=20)
    assert (gan.sample(range(64)) == 3).mean() > 0.8


def test_it_begins_as_its_language_model_does():
    one, other = ScratchGAN.example(seed=3), ScratchGAN.example(seed=3, width=8)
    assert_same(weights([one.generator]), weights([other.generator]))


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"discount": 1.5}, r"discount in \[0, 1\]. Received: 1.5"),
        ({"baseline_keep": 1.0}, r"baseline_keep in \[0, 1\). Received: 1.0"),
        ({"width": 0}, "width >= 1. Received: width=0"),
    ],
)
def test_options_out_of_range_are_refused(wrong, message):
    with pytest.raises(InputError, match=message):
        ScratchGAN.example(**wrong)
