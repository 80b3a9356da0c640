"""REINFORCE against the gradient of an expectation that is known."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.losses.policy_gradient import accumulate_rewards, policy_gradient, reinforce


@pytest.mark.parametrize("before", [0.0, 0.4])
def test_a_bandits_gradient_is_that_of_the_expected_reward(before):
    """p = (1/4, 3/4): choices in just these shares make the mean over choices the expectation."""
    logits = tf.Variable(np.log([0.25, 0.75]).astype("float32"))
    choices, paid = np.array([[0], [1], [1], [1]]), np.float32([[1.0], [0.2], [0.2], [0.2]])
    rewards = np.concatenate([np.full_like(paid, before), paid], axis=1)
    with tf.GradientTape() as tape:
        chosen = tf.gather(tf.nn.log_softmax(logits), choices)
        loss = policy_gradient(chosen, rewards)
    assert float(loss) == pytest.approx(-(0.25 * 1.0 + 0.75 * 0.2))
    # dE/dlogit₀ = p₀ p₁ (r₀ − r₁), whatever was expected before
    expected = 0.25 * 0.75 * (1.0 - 0.2)
    np.testing.assert_allclose(tape.gradient(loss, logits), [-expected, expected], atol=1e-6)


def test_each_choice_is_paid_what_it_adds():
    chosen = tf.Variable(np.zeros((2, 3), "float32"))
    rewards = np.float32([[0.5, 0.1, 0.2, 0.3], [0.5, 0.4, 0.5, 0.9]])
    with tf.GradientTape() as tape:
        loss = policy_gradient(chosen, rewards)
    added = np.float32([[-0.4, 0.1, 0.1], [-0.1, 0.1, 0.4]])
    np.testing.assert_allclose(tape.gradient(loss, chosen), -added / 2, atol=1e-6)
    assert float(loss) == pytest.approx(-0.6)  # of the last choices, when all is said


def test_rewards_are_constants():
    value = tf.Variable(0.5)
    with tf.GradientTape() as tape:
        loss = policy_gradient(tf.ones((1, 1)), tf.reshape(value, (1, 1)) * [[1.0, 2.0]])
    assert tape.gradient(loss, value) is None
    assert keras.ops.dtype(loss) == "float32"


def test_returns_are_discounted_sums():
    returns = accumulate_rewards(np.float32([[1.0, 0.0, 4.0], [0.0, 1.0, 1.0]]), 0.5)
    np.testing.assert_allclose(returns, [[2.0, 2.0, 4.0], [0.75, 1.5, 1.0]])
    np.testing.assert_allclose(accumulate_rewards(np.ones((1, 2)), 0.0), [[1.0, 1.0]])


def test_advantages_weight_the_choices():
    chosen = tf.Variable(np.zeros((2, 2), "float32"))
    advantages = np.float32([[1.0, -2.0], [0.5, 0.0]])
    with tf.GradientTape() as tape:
        loss = reinforce(chosen, advantages, np.float32(0.25))
    np.testing.assert_allclose(tape.gradient(loss, chosen), -advantages / 2)
    assert float(loss) == -0.25
