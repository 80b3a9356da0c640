"""Virtual batch normalization: an image depends on its latent and the reference alone."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from kgan.errors import InputError
from kgan.layers import (
    DropReference,
    ReferenceBatch,
    VirtualBatchNormalization,
    apply_virtual_batch_normalization,
)
from kgan.models.core import ema
from kgan.models.gan import GAN
from kgan.networks import dcgan, mlp
from kgan.random import seed_initializers
from tests.games import assert_same, fit


@pytest.fixture
def half_precision():
    keras.config.set_dtype_policy("mixed_float16")
    yield
    keras.config.set_dtype_policy("float32")


def virtual(reference_size=6, width=4):
    """A DCGAN generator of 16×16 images from 5 numbers, with virtual batch normalization."""
    with seed_initializers(0):
        generator = dcgan.build_generator((16, 16, 1), latent_size=5, width=width)
        return apply_virtual_batch_normalization(generator, reference_size)


def by_hand(x, reference_size, axis, epsilon, gamma, beta):
    """Section 3.4 in float64: each row with statistics over the reference, or with itself added."""
    axis = axis % x.ndim
    others = tuple(a for a in range(x.ndim) if a != axis)
    shape = [-1 if a == axis else 1 for a in range(x.ndim)]
    reference, rows = x[:reference_size], []
    for index in range(len(x)):
        known = reference
        if index >= reference_size:
            known = np.concatenate([reference, x[index : index + 1]])
        mean = known.mean(others, keepdims=True)
        row = (x[index : index + 1] - mean) / np.sqrt(known.var(others, keepdims=True) + epsilon)
        rows.append(row * gamma.reshape(shape) + beta.reshape(shape))
    return np.concatenate(rows)


@pytest.mark.parametrize(
    "shape, axis", [((9, 5), -1), ((9, 3, 4, 2), -1), ((9, 3, 4, 2), 1), ((4, 5), 1)]
)
def test_rows_are_normalised_by_the_reference_and_themselves(shape, axis, random):
    layer = VirtualBatchNormalization(4, axis=axis, epsilon=0.01)
    layer.build((None, *shape[1:]))
    gamma, beta = random.normal(size=(2, shape[axis]))
    layer.set_weights([gamma, beta])
    x = 3.0 + 2.0 * random.normal(size=shape)
    expected = by_hand(x, 4, axis, 0.01, gamma, beta)
    np.testing.assert_allclose(layer(x.astype("float32")), expected, rtol=1e-4, atol=1e-5)


def test_gradients_are_those_of_the_formula(random):
    x, direction = random.normal(size=(2, 5, 3))
    layer = VirtualBatchNormalization(3, center=False, scale=False)
    given = tf.constant(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(given)
        loss = tf.reduce_sum(layer(given) * direction)

    def value(x):
        return (by_hand(x, 3, -1, 1e-3, np.ones(3), np.zeros(3)) * direction).sum()

    expected = np.zeros_like(x)
    for index in np.ndindex(*x.shape):
        step = np.zeros_like(x)
        step[index] = 1e-6
        expected[index] = (value(x + step) - value(x - step)) / 2e-6
    np.testing.assert_allclose(tape.gradient(loss, given), expected, rtol=1e-3, atol=1e-4)


def test_scale_and_centre_can_be_left_out_and_the_config_comes_back():
    layer = VirtualBatchNormalization(
        3, axis=1, epsilon=0.5, center=False, scale=False, gamma_initializer="zeros"
    )
    layer.build((None, 2, 2))
    assert layer.weights == []
    again = VirtualBatchNormalization.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    layer = VirtualBatchNormalization(3, beta_initializer="ones", gamma_initializer="zeros")
    np.testing.assert_array_equal(layer(np.zeros((4, 2), "float32")), np.ones((4, 2)))


def test_the_reference_goes_before_the_batch_and_away_again():
    inputs = keras.Input((3,))
    added = ReferenceBatch(2)(inputs)
    network = keras.Model(inputs, [added, DropReference(2)(added)])
    for count in (1, 4):
        x = np.full((count, 3), 7.0, "float32")
        rows, back = network(x)
        np.testing.assert_array_equal(rows[:2], network.layers[1].rows)
        np.testing.assert_array_equal(rows[2:], x)
        np.testing.assert_array_equal(back, x)
    assert network.trainable_weights == []
    batch = keras.Input(batch_shape=(5, 3))
    assert ReferenceBatch(2)(batch).shape == (7, 3)
    assert DropReference(2)(batch).shape == (3, 3)


def test_the_reference_is_normal_and_fixed_by_the_seed():
    rows = virtual(reference_size=800).get_layer("reference").rows.numpy()
    np.testing.assert_allclose([rows.mean(), rows.std()], [0.0, 1.0], rtol=0, atol=0.05)
    assert_same(virtual().get_weights(), virtual().get_weights())


def test_an_image_depends_on_its_latent_alone_in_training_too(random):
    generator = virtual()
    before = generator.get_weights()
    latents = random.normal(size=(6, 5)).astype("float32")
    whole = generator(latents, training=True).numpy()
    company = np.concatenate([latents[2:3], 50.0 * latents[:2]])
    for training in (False, True):
        alone = generator(latents[2:3], training=training)
        np.testing.assert_allclose(alone[0], whole[2], rtol=0, atol=1e-5)
        mixed = generator(company, training=training)
        np.testing.assert_allclose(mixed[0], whole[2], rtol=0, atol=1e-5)
    assert np.abs(whole[0] - whole[1]).max() > 1e-3
    assert_same(generator.get_weights(), before)


def test_weights_are_copied_and_the_image_is_that_of_the_formula(random):
    generator = keras.Sequential(
        [
            keras.Input((5,), name="latents"),
            layers.Dense(4),
            layers.BatchNormalization(epsilon=0.02, center=False, name="norm"),
            layers.Reshape((2, 2, 1)),
            layers.Activation("tanh", name="images"),
        ],
        name="mine",
    )
    generator.set_weights([random.normal(size=w.shape) for w in generator.get_weights()])
    new = apply_virtual_batch_normalization(generator, 3)
    latents = random.normal(size=(6, 5))
    rows = np.concatenate([new.get_layer("reference").rows.numpy(), latents])
    kernel, bias, gamma = generator.get_weights()[:3]
    hidden = by_hand(rows @ kernel + bias, 3, -1, 0.02, gamma, np.zeros(4))
    expected = np.tanh(hidden[3:]).reshape(6, 2, 2, 1)
    np.testing.assert_allclose(new(latents.astype("float32")), expected, rtol=1e-4, atol=1e-5)
    assert (new.name, new.input.name, new.layers[-1].name) == ("mine", "latents", "images")
    assert len(new.trainable_weights) == 3


def test_nothing_but_the_normalisation_changes():
    generator = dcgan.build_generator((16, 16, 1), latent_size=5, width=4)
    new = apply_virtual_batch_normalization(generator, 6)
    assert_same(
        [variable.numpy() for variable in new.trainable_variables],
        [variable.numpy() for variable in generator.trainable_variables],
    )
    assert new.output_shape == generator.output_shape
    assert [type(layer) for layer in generator.layers].count(layers.BatchNormalization) == 2
    normalised = [
        layer
        for layer in new.get_layer(generator.name).layers
        if isinstance(layer, VirtualBatchNormalization)
    ]
    assert [layer.epsilon for layer in normalised] == [1e-5, 1e-5]


def test_a_normalisation_in_a_network_inside_is_replaced(random):
    inside = keras.Sequential([keras.Input((3, 2)), layers.BatchNormalization(axis=1)])
    latents = keras.Input((3, 2))
    new = apply_virtual_batch_normalization(keras.Model(latents, inside(latents)), 4)
    x = random.normal(size=(2, 3, 2)).astype("float32")
    rows = np.concatenate([new.get_layer("reference").rows.numpy(), x])
    expected = by_hand(rows, 4, 1, 1e-3, np.ones(3), np.zeros(3))[4:]
    np.testing.assert_allclose(new(x), expected, rtol=1e-4, atol=1e-5)


def test_it_is_saved_cloned_and_compiled(tmp_path, random):
    generator = virtual()
    latents = random.normal(size=(3, 5)).astype("float32")
    expected = generator(latents).numpy()
    generator.save(tmp_path / "generator.keras")
    others = [
        keras.saving.load_model(tmp_path / "generator.keras"),
        ema.copy_network(generator),
        tf.function(generator, input_signature=[tf.TensorSpec((None, 5))]),
        tf.function(generator, jit_compile=True),
    ]
    for other in others:
        np.testing.assert_allclose(other(latents), expected, rtol=0, atol=1e-5)


def test_half_precision_keeps_float32_images(half_precision, random):
    generator = virtual()
    latents = random.normal(size=(3, 5)).astype("float32")
    images = generator(latents)
    assert images.dtype.name == generator.output.dtype == "float32"
    layer = VirtualBatchNormalization(4)
    x = (400 * random.normal(size=(9, 2))).astype("float16")  # squares pass 65504
    y = layer(x)
    assert y.dtype.name == "float16"
    expected = by_hand(x.astype("float64"), 4, -1, 1e-3, np.ones(2), np.zeros(2))
    np.testing.assert_allclose(y, expected, rtol=2e-3, atol=2e-3)


@pytest.mark.slow
def test_a_game_learns_with_it_and_its_average_follows(two_replicas, random):
    with two_replicas.scope():
        gan = GAN((16, 16, 1), latent_size=5, width=4, generator=virtual(), ema_half_life=8)
        gan.compile()
    before = gan.generator.get_weights()
    fit(gan, batch_size=4)
    reference = gan.generator.get_layer("reference").rows.numpy()
    np.testing.assert_array_equal(gan.ema_generator.get_layer("reference").rows, reference)
    np.testing.assert_array_equal(reference, before[0])
    for variable, average in zip(
        gan.generator.trainable_variables, gan.ema_generator.weights[1:], strict=True
    ):
        assert np.abs(variable.numpy() - average.numpy()).max() > 0
    together, alone = gan.sample([1, 2, 3]), gan.sample([2])
    np.testing.assert_allclose(together[1], alone[0], rtol=0, atol=1e-5)


def test_without_batch_normalization_there_is_nothing_to_replace():
    generator = mlp.build_generator((4, 4, 1), latent_size=3, width=4)
    assert apply_virtual_batch_normalization(generator) is generator


def test_what_does_not_fit_is_refused():
    first, second = keras.Input((2,)), keras.Input((2,))
    both = layers.BatchNormalization()(layers.Add()([first, second]))
    with pytest.raises(InputError, match="Received: 2 and 1"):
        apply_virtual_batch_normalization(keras.Model([first, second], both))
    for layer in (ReferenceBatch, DropReference, VirtualBatchNormalization):
        with pytest.raises(InputError, match="size=1"):
            layer(1)
