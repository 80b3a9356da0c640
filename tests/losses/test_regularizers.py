"""Penalties on critics whose gradient is known: value, gradient at zero, laziness, purity."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.losses import regularizers
from kgan.losses.regularizers import REGULARIZERS, Context, find_slopes
from kgan.random import RandomStream
from kgan.values import build_values

WEIGHTS = np.array([[3.0], [4.0]], "float32")  # a linear critic whose gradient's norm is 5


def linear(points):
    return points @ WEIGHTS


def pay(regularizer, critic, real, fake, step=0):
    """Returns what a critic pays, by the pass of which its slopes come when it pays each round."""

    def judge(images):
        return {"scores": critic(images)}

    seen = regularizers.run_critic(judge, real, fake, slopes=find_slopes((regularizer,)))
    return regularizer(Context(RandomStream(0, tf.constant(step, tf.int64)), seen))


@pytest.fixture
def points(random):
    return tf.constant(random.normal(size=(6, 2)), tf.float32), tf.constant(
        random.normal(size=(6, 2)), tf.float32
    )


def test_r1_of_a_linear_critic_is_half_its_squared_norm(points):
    np.testing.assert_allclose(pay(regularizers.r1(weight=1.0), linear, *points), 12.5, rtol=1e-6)


@pytest.mark.parametrize("target, expected", [(1.0, 16.0), (0.0, 25.0), (5.0, 0.0)])
def test_gradient_penalty_of_a_linear_critic(points, target, expected):
    penalty = regularizers.gradient_penalty(weight=1.0, target=target)
    np.testing.assert_allclose(pay(penalty, linear, *points), expected, rtol=1e-5, atol=1e-9)


def test_one_sided_penalty_forgives_small_norms(points):
    for target, expected in ((6.0, 0.0), (3.0, 4.0)):
        penalty = regularizers.gradient_penalty(weight=1.0, target=target, one_sided=True)
        np.testing.assert_allclose(pay(penalty, linear, *points), expected, rtol=1e-5)


def test_r1_looks_at_real_and_r2_at_fake_images():
    def half_square(x):
        return 0.5 * tf.square(x)

    real, fake = tf.fill((4, 1), 2.0), tf.fill((4, 1), 3.0)
    assert float(pay(regularizers.r1(1.0), half_square, real, fake)) == 2.0
    assert float(pay(regularizers.r2(1.0), half_square, real, fake)) == 4.5


def test_dragan_of_a_linear_critic_and_where_it_looks(random):
    seen = []

    def critic(x):
        seen.append(x.numpy())
        return x @ WEIGHTS

    real = tf.constant(random.normal(size=(50000, 2)) * 3.0, tf.float32)
    value = pay(regularizers.dragan(weight=1.0, scale=0.5), critic, real, real)
    np.testing.assert_allclose(value, 16.0, rtol=1e-5)
    np.testing.assert_allclose((seen[-1] - real.numpy()).std(), 0.5, rtol=0.02)


def test_gradient_penalty_looks_between_real_and_fake():
    """critic(x) = x²/2 has gradient x, so with target 0 the penalty is E x̂² on [1, 3]."""
    real, fake = tf.fill((20000, 1), 1.0), tf.fill((20000, 1), 3.0)
    seen = []

    def critic(x):
        seen.append(x.numpy())
        return 0.5 * tf.square(x)

    value = pay(regularizers.gradient_penalty(weight=1.0, target=0.0), critic, real, fake)
    # ∫ x²/2 over [1, 3] = 13/3, with the spread of 20,000 uniform draws.
    np.testing.assert_allclose(value, 13 / 3, rtol=0.02)
    counts = np.histogram(seen[-1], 4, (1, 3))[0]
    np.testing.assert_allclose(counts, 5000, atol=5 * np.sqrt(3750))


def test_norms_are_per_sample_over_all_axes():
    images = tf.constant(np.arange(24, dtype="float32").reshape(2, 2, 2, 3))
    norms = regularizers.square_gradient_norms(
        lambda x: 0.5 * tf.reduce_sum(tf.square(x), axis=(1, 2, 3)), images
    )
    expected = np.square(images.numpy()).reshape(2, -1).sum(axis=1)
    np.testing.assert_allclose(norms, expected, rtol=1e-6)


def test_a_patch_critics_score_is_the_mean_of_its_patches(points):
    def patches(x):
        return tf.tile((x @ WEIGHTS)[:, None, None, :], (1, 3, 3, 1))

    np.testing.assert_allclose(pay(regularizers.r1(1.0), patches, *points), 12.5, rtol=1e-6)


@pytest.mark.parametrize("name", ["r1", "r2", "gradient_penalty", "dragan"])
def test_gradients_at_a_zero_critic_are_finite(points, name):
    weights = tf.Variable(np.zeros((2, 1), "float32"))
    with tf.GradientTape() as tape:
        value = pay(REGULARIZERS[name](weight=1.0), lambda x: x @ weights, *points)
    assert np.isfinite(tape.gradient(value, weights)).all()


def test_r1_gradient_in_the_weights(points):
    """½‖w‖² has gradient w; times the weight 10."""
    weights = tf.Variable(WEIGHTS)
    with tf.GradientTape() as tape:
        value = pay(regularizers.r1(weight=10.0), lambda x: x @ weights, *points)
    np.testing.assert_allclose(tape.gradient(value, weights), 10 * WEIGHTS, rtol=1e-6)


def test_lazy_penalties_keep_their_mean(points):
    lazy = regularizers.r1(weight=2.0, every=4)
    values = [float(pay(lazy, linear, *points, step)) for step in range(8)]
    np.testing.assert_allclose(values, [100, 0, 0, 0, 100, 0, 0, 0], rtol=1e-6)
    assert np.mean(values) == pytest.approx(float(pay(regularizers.r1(2.0), linear, *points)))


def test_a_half_life_halves_the_weight(points):
    fading = regularizers.r1(weight=2.0, half_life=10)
    values = [float(pay(fading, linear, *points, step)) for step in (0, 10, 30)]
    np.testing.assert_allclose(values, [25.0, 12.5, 3.125], rtol=1e-6)


def test_a_pass_of_its_own_does_not_move_batch_statistics(points):
    network = keras.Sequential([keras.Input((2,)), keras.layers.BatchNormalization()])
    seen = regularizers.run_critic(lambda x: {"scores": network(x, training=True)}, *points)
    before = [weight.numpy() for weight in network.weights]
    context = Context(RandomStream(0, tf.constant(0, tf.int64)), seen)
    for regularizer in (regularizers.r1(1.0, every=2), regularizers.gradient_penalty(1.0)):
        regularizer(context)
    for old, new in zip(before, network.weights, strict=True):
        np.testing.assert_array_equal(old, new.numpy())


def test_penalties_are_built_from_a_config():
    (built,) = build_values("regularizer", REGULARIZERS, {"r1": {"weight": 3.0, "every": 8}})
    assert (built.name, built.weight, built.every) == ("r1", 3.0, 8)


@pytest.mark.parametrize(
    "config, message",
    [
        ({"r2d2": {}}, "Known, nearest first: r2"),
        ({"r1": {"wieght": 1.0}}, "Known, nearest first: weight"),
        ({"r1": {"weight": -1.0}}, "Received: weight=-1.0"),
        ({"r1": {"weight": 1.0, "every": 0}}, "every=0"),
        ({"r1": {"weight": 1.0, "half_life": 0}}, "half_life=0"),
        ({"r1": {}}, "weight"),
        ({"gradient_penalty": {"target": -1.0}}, "target=-1.0"),
        ({"dragan": {"scale": 0.0}}, "scale=0.0"),
    ],
)
def test_bad_configs_say_what_is_known(config, message):
    with pytest.raises(InputError, match=message):
        build_values("regularizer", REGULARIZERS, config)
