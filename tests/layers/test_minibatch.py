"""Layers that look at the batch: values against NumPy and by hand, groups, gradients, precision."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.layers import (
    MinibatchDiscrimination,
    MinibatchStandardDeviation,
    add_minibatch_discrimination,
)
from kgan.models.gan import GAN
from kgan.networks import dcgan, mlp, textbook
from kgan.random import seed_initializers
from tests.games import assert_same, fit


@pytest.fixture
def half_precision():
    keras.config.set_dtype_policy("mixed_float16")
    yield
    keras.config.set_dtype_policy("float32")


def discrimination(features, **options):
    """Returns a layer for `features` inputs, and its tensor T [features, kernels, kernel_size]."""
    layer = MinibatchDiscrimination(**options)
    layer.build((None, features))
    return layer, layer.tensor.numpy().reshape(features, layer.kernels, layer.kernel_size)


def nearness(x, tensor):
    """Section 3.2 of the paper, loop by loop."""
    matrices = np.einsum("nf,fbc->nbc", x, tensor)
    out = np.zeros(matrices.shape[:2])
    for i in range(len(x)):
        for j in range(len(x)):
            out[i] += np.exp(-np.abs(matrices[i] - matrices[j]).sum(axis=-1))
    return out


def test_standard_deviation_by_hand():
    x = np.array([[0.0, 5.0], [2.0, 5.0], [1.0, 1.0], [1.0, 9.0]], "float32")
    y = MinibatchStandardDeviation(2)(x)
    # (1 + 0) / 2 and (0 + 4) / 2; epsilon adds half of 1e-4 where there is no variance.
    np.testing.assert_allclose(y[:, 2], [0.50005, 0.50005, 2.00005, 2.00005], rtol=1e-6, atol=0)
    np.testing.assert_array_equal(y[:, :2], x)


@pytest.mark.parametrize("shape", [(12, 5), (12, 3, 4, 2)])
@pytest.mark.parametrize("group_size, groups", [(4, 3), (12, 1), (5, 1), (24, 1), (1, 12)])
def test_standard_deviation_of_consecutive_groups(shape, group_size, groups, random):
    x = random.normal(size=shape).astype("float32")
    y = MinibatchStandardDeviation(group_size)(x).numpy()
    assert y.shape == (*shape[:-1], shape[-1] + 1)
    np.testing.assert_array_equal(y[..., :-1], x)
    for rows, result in zip(np.split(x, groups), np.split(y, groups), strict=True):
        expected = rows.std(axis=0).mean()
        np.testing.assert_allclose(result[..., -1], expected, rtol=1e-5, atol=2e-4)


def test_standard_deviation_of_equal_rows_has_a_finite_gradient():
    x = tf.ones((4, 3))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = MinibatchStandardDeviation()(x)
        loss = tf.reduce_sum(y[:, -1])
    np.testing.assert_allclose(y[:, -1], 1e-4, rtol=1e-5, atol=0)
    np.testing.assert_array_equal(tape.gradient(loss, x), np.zeros((4, 3)))


def test_standard_deviations_gradient_is_the_derivative(random):
    x = random.normal(size=(4, 3)).astype("float32")
    layer = MinibatchStandardDeviation(4)
    with tf.GradientTape() as tape:
        images = tf.constant(x)
        tape.watch(images)
        value = layer(images)[0, -1]
    deviation = x.std(axis=0)
    expected = (x - x.mean(axis=0)) / (4 * deviation) / 3
    np.testing.assert_allclose(tape.gradient(value, images), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("group_size, groups", [(None, 1), (3, 2), (4, 1)])
def test_discrimination_is_the_papers_sum(group_size, groups, random):
    layer, tensor = discrimination(7, kernels=4, kernel_size=3, group_size=group_size)
    x = random.normal(size=(6, 7)).astype("float32")
    y = layer(x).numpy()
    np.testing.assert_array_equal(y[:, :7], x)
    expected = np.concatenate([nearness(rows, tensor) for rows in np.split(x, groups)])
    np.testing.assert_allclose(y[:, 7:], expected, rtol=1e-5, atol=1e-6)


def test_discrimination_tells_collapse_from_variety(random):
    layer, _ = discrimination(3, kernels=2, kernel_size=2)
    one = random.normal(size=(1, 3)).astype("float32")
    x = tf.constant(np.repeat(one, 5, axis=0))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
        loss = tf.reduce_sum(y[:, 3:])
    np.testing.assert_allclose(y[:, 3:], 5.0, rtol=1e-6, atol=0)
    np.testing.assert_array_equal(tape.gradient(loss, x), np.zeros((5, 3)))
    apart = layer(1000.0 * random.normal(size=(5, 3)).astype("float32"))
    np.testing.assert_allclose(apart[:, 3:], 1.0, rtol=1e-6, atol=0)  # itself alone


def test_discriminations_tensor_starts_at_the_scale_of_a_product_with_a_matrix():
    _, tensor = discrimination(400, kernels=20, kernel_size=5)
    np.testing.assert_allclose(tensor.var(), 2 / (400 + 100), rtol=0.05, atol=0)


@pytest.mark.parametrize(
    "layer", [MinibatchStandardDeviation(4), MinibatchDiscrimination(3, 2, group_size=4)]
)
def test_a_layer_comes_back_from_its_config_and_takes_batches_of_any_size(layer, random):
    inputs = keras.Input((6,))
    network = keras.Model(inputs, layer(inputs))
    clone = keras.models.clone_model(network)
    clone.set_weights(network.get_weights())
    traced = tf.function(clone, input_signature=[tf.TensorSpec((None, 6))])
    compiled = tf.function(clone, jit_compile=True)
    for count in (1, 3, 4, 8):
        x = random.normal(size=(count, 6)).astype("float32")
        expected = network(x).numpy()
        assert network.output_shape == (None, expected.shape[1])
        for function in (clone, traced, compiled):
            np.testing.assert_allclose(function(x), expected, rtol=1e-5, atol=1e-6)


def test_half_precision_computes_sums_in_full(half_precision, random):
    x = (200 + 800 * random.normal(size=(4, 3))).astype("float16")  # variances pass 65504
    y = MinibatchStandardDeviation()(x)
    assert y.dtype.name == "float16"
    np.testing.assert_allclose(y[:, -1], x.astype("float64").std(axis=0).mean(), rtol=2e-3, atol=0)
    layer, tensor = discrimination(3, kernels=2, kernel_size=2)
    x = random.normal(size=(4, 3)).astype("float16")
    y = layer(x)
    assert y.dtype.name == "float16"
    np.testing.assert_allclose(y[:, 3:], nearness(x, tensor), rtol=1e-2, atol=1e-2)
    critic = add_minibatch_discrimination(mlp.build_discriminator((4, 4, 1), width=4))
    assert critic(np.ones((2, 4, 4, 1))).dtype.name == critic.output.dtype == "float32"


@pytest.mark.parametrize("builder", [mlp, dcgan, textbook])
def test_a_critic_gets_discrimination_before_its_last_product(builder, random):
    shape = (28, 28, 1) if builder is textbook else (16, 16, 1)
    critic = builder.build_discriminator(shape, width=4)
    with seed_initializers(1):
        new = add_minibatch_discrimination(critic, kernels=6, kernel_size=2, group_size=2)
    with seed_initializers(1):
        again = add_minibatch_discrimination(critic, kernels=6, kernel_size=2, group_size=2)
    assert_same(new.get_weights(), again.get_weights())
    images = random.uniform(-1, 1, (4, *shape)).astype("float32")
    features = keras.Model(critic.inputs[0], critic.layers[-1].input)(images).numpy()
    layer, scores = new.layers[-2:]
    tensor = layer.tensor.numpy().reshape(-1, 6, 2)
    rows = [np.hstack([x, nearness(x, tensor)]) for x in np.split(features, 2)]
    expected = np.vstack(rows) @ scores.kernel.numpy()
    np.testing.assert_allclose(new(images), expected, rtol=1e-3, atol=1e-5)
    assert (new.name, scores.name, new.output_shape) == (critic.name, "scores", (None, 1))
    assert new.layers[1] is critic.layers[0 if builder is textbook else 1]
    scale = critic.layers[-1].kernel.numpy().std()
    assert scores.kernel.numpy().std() < 2 * scale


@pytest.mark.slow
def test_a_game_learns_through_it(two_replicas):
    with two_replicas.scope():
        critic = add_minibatch_discrimination(
            dcgan.build_discriminator((16, 16, 1), width=4), kernels=5, kernel_size=2, group_size=4
        )
        gan = GAN((16, 16, 1), latent_size=4, width=4, discriminator=critic)
        gan.compile()
    before = critic.layers[-2].tensor.numpy()
    assert np.isfinite(fit(gan, batch_size=8)["discriminator_loss"]).all()
    assert np.abs(critic.layers[-2].tensor.numpy() - before).max() > 1e-5


def test_what_does_not_fit_is_refused():
    inputs = keras.Input((4,))
    flat = keras.Sequential([inputs, keras.layers.Dense(2), keras.layers.ReLU()], name="mine")
    with pytest.raises(InputError, match="'mine', which ends in ReLU"):
        add_minibatch_discrimination(flat)
    with pytest.raises(InputError, match="built"):
        add_minibatch_discrimination(keras.Sequential([keras.layers.Dense(1)]))
    pixels = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Dense(1)])
    with pytest.raises(InputError, match=r"input_shape=\(None, 4, 4, 1\)"):
        add_minibatch_discrimination(pixels)
    with pytest.raises(InputError, match="group_size=0"):
        MinibatchStandardDeviation(0)
    with pytest.raises(InputError, match="group_size=0"):
        MinibatchDiscrimination(group_size=0)
    with pytest.raises(InputError, match="kernel_size=0"):
        MinibatchDiscrimination(kernel_size=0)


def test_a_subclass_is_refused():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.last = keras.layers.Dense(1)

        def call(self, inputs):
            return self.last(inputs)

    own = Own()
    own(np.ones((1, 2)))
    with pytest.raises(InputError, match="Own"):
        add_minibatch_discrimination(own)
