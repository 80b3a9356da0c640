"""Batch normalization over replicas: the moments of the whole batch, as one replica has them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.layers import synchronized_batch_norm
from kgan.layers.conditional import ConditionalBatchNormalization
from kgan.layers.normalization import batch_normalization, has_synchronized
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
    with synchronized_batch_norm(chosen):
        layer = batch_normalization(momentum=0.5)
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
    with synchronized_batch_norm():
        assert batch_normalization().synchronized
        with synchronized_batch_norm(False):
            assert not batch_normalization().synchronized
    assert not batch_normalization().synchronized


def test_networks_follow_the_choice_and_keep_it():
    for variant, options in ((DCGAN, {}), (ProjectionGAN, {"classes": ("a", "b")})):
        with synchronized_batch_norm():
            gan = variant.example(**options)
        assert has_synchronized(gan.generator)
        assert has_synchronized(keras.models.clone_model(gan.generator))
        assert not has_synchronized(variant.example(**options).generator)
    layer = ConditionalBatchNormalization(3, synchronized=True)
    assert ConditionalBatchNormalization.from_config(layer.get_config()).normalization.synchronized


def test_a_game_of_two_replicas_equals_one_of_the_whole_batch(two_replicas):
    with two_replicas.scope(), synchronized_batch_norm():
        two = plain(DCGAN.example())
    one = plain(DCGAN.example())
    for gan in (one, two):
        fit(gan, batch_size=8, batches=2)
    for player, other in zip(one.players(), two.players(), strict=True):
        assert_same(weights(player.networks), weights(other.networks), atol=1e-6)


def test_a_lazy_penalty_on_such_a_critic_is_refused(two_replicas):
    with two_replicas.scope(), synchronized_batch_norm():
        gan = DCGAN.example()
        gan.penalties = (regularizers.r1(1.0, every=4),)
        with pytest.raises(InputError, match=r"Received: r1 with every=4\. Give every: 1") as told:
            gan.compile()
        assert "\n" not in str(told.value)
        gan.penalties = (regularizers.r1(1.0),)
        gan.compile()
    with two_replicas.scope():
        gan = DCGAN.example(penalties={"r1": {"weight": 1.0, "every": 4}})
        gan.compile()
    with synchronized_batch_norm():
        gan = DCGAN.example(penalties={"r1": {"weight": 1.0, "every": 4}})
    gan.compile()
    gan.fit(dataset_for(gan, 4, 1), verbose=0)  # alone it works
