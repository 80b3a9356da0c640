"""What Keras gets to gather from replicas."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.models.core.replication import shape_for_logs
from tests.games import assert_same, dataset_for, linear_gan, weights


class Workers(tf.distribute.MultiWorkerMirroredStrategy):
    """A strategy of workers that are nowhere."""

    def __init__(self, replicas):
        self.replicas = replicas

    @property
    def num_replicas_in_sync(self):
        return self.replicas


@pytest.mark.parametrize(("replicas", "shape"), [(2, (1,)), (1, ())])
def test_several_workers_give_losses_an_axis_to_be_averaged_along(monkeypatch, replicas, shape):
    workers = Workers(replicas)
    monkeypatch.setattr(tf.distribute, "get_strategy", lambda: workers)
    loss = shape_for_logs({"generator_loss": tf.constant(3.0)})["generator_loss"]
    assert (loss.shape, float(tf.reduce_sum(loss))) == (shape, 3.0)


def test_replicas_of_one_process_give_scalars(two_replicas):
    with two_replicas.scope():
        assert shape_for_logs({"generator_loss": tf.constant(3.0)})["generator_loss"].shape == ()


def test_the_average_counts_the_images_of_all_moves():
    """Half-life 8: half of the distance is left after 8 images, though the critic took 6 first."""
    gan = linear_gan(ema_half_life=8, discriminator_steps=4)
    gan.compile({"generator": keras.optimizers.SGD(1.0)}, run_eagerly=True)
    gan.step.assign(1000)  # its half-life has long been reached
    start = weights([gan.generator])
    gan.fit(dataset_for(gan, 8, 1), shuffle=False, verbose=0)
    expected = [0.5 * (old + new) for old, new in zip(start, weights([gan.generator]), strict=True)]
    assert_same(weights([gan.ema_generator]), expected, rtol=1e-5, atol=1e-7)


def test_the_average_counts_the_images_of_all_replicas(two_replicas):
    """Half-life 10, one round of 8 images: 2^−0.8 of the distance is left, whoever reads them."""
    with two_replicas.scope():
        gan = linear_gan(ema_half_life=10)
        gan.compile({"generator": keras.optimizers.SGD(1.0)})
    gan.step.assign(1000)
    start = weights([gan.generator])
    gan.fit(dataset_for(gan, 8, 1), shuffle=False, verbose=0)
    keep = 0.5 ** (8 / 10)
    moved = weights([gan.generator])
    assert any(np.abs(new - old).max() > 1e-3 for old, new in zip(start, moved, strict=True))
    expected = [new + keep * (old - new) for old, new in zip(start, moved, strict=True)]
    assert_same(weights([gan.ema_generator]), expected, rtol=1e-5, atol=1e-7)
