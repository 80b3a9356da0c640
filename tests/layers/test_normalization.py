"""Normalization over replicas, by class, and of each image, against formulas and Keras' layers."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.layers import synchronize_batch_norm
from kgan.layers.normalization import (
    ConditionalBatchNormalization,
    InstanceNormalization,
    StyledInstanceNormalization,
    has_synchronized_batch_norm,
    make_batch_normalization,
)
from kgan.losses import regularizers
from kgan.models import DCGAN, ProjectionGAN
from tests.games import assert_same, dataset_for, fit, plain, weights


def normalized(layer, x, strategy=None):
    """Returns what a layer makes of x [B, C], and the gradient of a sum of cubes on x."""

    @tf.function
    def of(rows):
        with tf.GradientTape() as tape:
            tape.watch(rows)
            y = layer(rows, training=True)
            total = tf.reduce_sum(y**3 * tf.range(1.0, 1.0 + x.shape[1]))
        return y, tape.gradient(total, rows)

    if strategy is None:
        return [values.numpy() for values in of(tf.constant(x))]
    halves = np.split(x, 2)
    rows = strategy.experimental_distribute_values_from_function(
        lambda context: tf.constant(halves[context.replica_id_in_sync_group])
    )
    made = tf.function(lambda: strategy.run(of, args=(rows,)))()
    return [np.concatenate(strategy.experimental_local_results(values)) for values in made]


def layer_for(x, chosen=True):
    with synchronize_batch_norm(chosen):
        layer = make_batch_normalization(momentum=0.5)
    layer.build(x.shape)
    return layer


def test_two_replicas_normalize_by_the_whole_batch(random, two_replicas):
    x = random.normal(0.5, 1.0, (8, 5)).astype("float32")
    one = layer_for(x)
    with two_replicas.scope():
        two, own = layer_for(x), layer_for(x, chosen=False)
    expected = normalized(one, x)
    for found, value in zip(normalized(two, x, two_replicas), expected, strict=True):
        np.testing.assert_allclose(found, value, rtol=1e-5, atol=2e-5)
    assert_same(weights([one]), weights([two]), atol=1e-6)
    np.testing.assert_allclose(weights([one])[2], 0.5 * x.mean(axis=0), rtol=1e-5)
    assert np.abs(normalized(own, x, two_replicas)[0] - expected[0]).max() > 0.1


def test_the_choice_ends_with_the_block():
    with synchronize_batch_norm():
        assert make_batch_normalization().synchronized
        with synchronize_batch_norm(False):
            assert not make_batch_normalization().synchronized
    assert not make_batch_normalization().synchronized


def test_networks_follow_the_choice_and_keep_it():
    for variant, options in ((DCGAN, {}), (ProjectionGAN, {"classes": ("a", "b")})):
        with synchronize_batch_norm():
            gan = variant.example(**options)
        assert has_synchronized_batch_norm(gan.generator)
        assert has_synchronized_batch_norm(keras.models.clone_model(gan.generator))
        assert not has_synchronized_batch_norm(variant.example(**options).generator)
    layer = ConditionalBatchNormalization(3, synchronized=True)
    assert ConditionalBatchNormalization.from_config(layer.get_config()).normalization.synchronized


def test_a_game_of_two_replicas_equals_one_of_the_whole_batch(two_replicas):
    with two_replicas.scope(), synchronize_batch_norm():
        two = plain(DCGAN.example())
    one = plain(DCGAN.example())
    for gan in (one, two):
        fit(gan, batch_size=8, batches=2)
    for player, other in zip(one.players(), two.players(), strict=True):
        assert_same(weights(player.networks), weights(other.networks), atol=1e-6)


def test_a_lazy_penalty_on_such_a_critic_is_refused(two_replicas):
    with two_replicas.scope(), synchronize_batch_norm():
        gan = DCGAN.example()
        gan.regularizers = (regularizers.r1(1.0, every=4),)
        with pytest.raises(InputError, match=r"Received: r1 with every=4\. Give every: 1") as told:
            gan.compile()
        assert "\n" not in str(told.value)
        gan.regularizers = (regularizers.r1(1.0),)
        gan.compile()
    with two_replicas.scope():
        gan = DCGAN.example(regularizers={"r1": {"weight": 1.0, "every": 4}})
        gan.compile()
    with synchronize_batch_norm():
        gan = DCGAN.example(regularizers={"r1": {"weight": 1.0, "every": 4}})
    gan.compile()
    gan.fit(dataset_for(gan, 4, 1), verbose=0)  # alone it works


LABEL = np.array([1, 0, 1, 2])


def conditional_layer(x):
    layer = ConditionalBatchNormalization(3, momentum=0.5, epsilon=1e-5)
    layer([x, LABEL])
    return layer


def test_conditional_normalisation_starts_as_plain_and_then_each_class_has_its_own(random):
    x = random.normal(size=(4, 2, 2, 5)).astype("float32") * 3 + 1
    layer = conditional_layer(x)
    mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
    plain = (x - mean) / np.sqrt(variance + 1e-5)
    np.testing.assert_allclose(layer([x, LABEL], training=True), plain, rtol=1e-4, atol=1e-5)
    gain, shift = random.normal(size=(2, 3, 5)).astype("float32")
    layer.gain.assign(gain)
    layer.shift.assign(shift)
    expected = plain * (1 + gain[LABEL])[:, None, None] + shift[LABEL][:, None, None]
    np.testing.assert_allclose(layer([x, LABEL], training=True), expected, rtol=1e-4, atol=1e-5)


def test_conditional_normalisation_uses_moving_statistics(random):
    x = random.normal(size=(4, 6)).astype("float32") + 2
    layer = conditional_layer(x)
    layer([x, LABEL], training=True)
    mean, variance = 0.5 * x.mean(0), 0.5 + 0.5 * x.var(0)
    expected = (x - mean) / np.sqrt(variance + 1e-5)
    np.testing.assert_allclose(layer([x, LABEL]), expected, rtol=1e-4, atol=1e-5)


def test_config_round_trip_of_conditional_normalisation():
    layer = ConditionalBatchNormalization(3, momentum=0.8, epsilon=1e-4)
    again = ConditionalBatchNormalization.from_config(layer.get_config())
    assert (again.classes, again.momentum, again.epsilon) == (3, 0.8, 1e-4)


def parted(layer, random, channels=3):
    """Builds a layer whose channels have gains and shifts of their own."""
    layer.build((None, 8, 6, channels))
    layer.gamma.assign(random.normal(size=channels))
    layer.beta.assign(random.normal(size=channels))
    return layer


def exact(x, layer, epsilon):
    x = x.astype(np.float64)
    mean, variance = (f(x, axis=(1, 2), keepdims=True) for f in (np.mean, np.var))
    return layer.gamma.numpy() * (x - mean) / np.sqrt(variance + epsilon) + layer.beta.numpy()


def test_instance_normalisation_is_the_formula_and_keras_layer(random):
    x = (2.0 + 3.0 * random.normal(size=(4, 8, 6, 3))).astype("float32")
    ours = parted(InstanceNormalization(epsilon=0.25), random)
    np.testing.assert_allclose(ours(x), exact(x, ours, 0.25), rtol=1e-5, atol=1e-5)
    theirs = keras.layers.GroupNormalization(groups=-1, epsilon=0.25)
    theirs.build(x.shape)
    theirs.set_weights(ours.get_weights())
    np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-5, atol=1e-5)


def test_each_image_is_normalised_on_its_own(random):
    x = random.normal(size=(4, 8, 6, 3)).astype("float32")
    layer = parted(InstanceNormalization(), random)
    np.testing.assert_allclose(layer(x)[1:2], layer(x[1:2]), rtol=1e-6, atol=1e-6)


def test_a_channel_that_hardly_varies_stays_accurate(random):
    x = (0.1 + 1e-3 * random.normal(size=(4, 64, 64, 3))).astype("float32")
    layer = parted(InstanceNormalization(), random)
    np.testing.assert_allclose(layer(x), exact(x, layer, 1e-5), rtol=0, atol=3e-5)


def test_half_precision_goes_through_float32(random):
    layer = InstanceNormalization(dtype="mixed_float16")
    x = (300.0 * random.normal(size=(2, 8, 6, 3))).astype("float16")  # squares beyond float16
    made = layer(x)
    assert made.dtype == "float16"
    np.testing.assert_allclose(made, exact(x, layer, 1e-5), rtol=0, atol=3e-3)


def test_config_round_trip_of_instance_normalisation():
    layer = InstanceNormalization(epsilon=0.5)
    assert InstanceNormalization.from_config(layer.get_config()).get_config() == layer.get_config()


def test_a_style_scales_and_shifts_what_is_normalized(random):
    x = random.normal(3.0, 2.0, (2, 5, 4, 3)).astype("float32")
    style = np.float32([[1.0, 0.0], [0.0, 2.0]])
    layer = StyledInstanceNormalization()
    plain_instances = layer([x, style]).numpy()  # at the start
    mean, variance = x.mean((1, 2), keepdims=True), x.var((1, 2), keepdims=True)
    expected = (x - mean) / np.sqrt(variance + 1e-5)
    np.testing.assert_allclose(plain_instances, expected, atol=1e-5)
    kernel = random.normal(size=(2, 6)).astype("float32")
    layer.kernel.assign(kernel)
    told = style @ kernel
    gain, shift = told[:, None, None, :3], told[:, None, None, 3:]
    np.testing.assert_allclose(layer([x, style]), expected * (1 + gain) + shift, atol=1e-5)
    assert layer.compute_output_shape((x.shape, style.shape)) == x.shape
