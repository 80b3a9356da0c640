"""What a packing critic is shown."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.losses import regularizers
from kgan.models.pacgan import PacGAN
from kgan.random import RandomStream
from tests.games import dense, fit

RNG = RandomStream(0, tf.constant(0, tf.int64))


def points_gan(packing=2, **options):
    return PacGAN(
        packing=packing,
        image_shape=(2,),
        latent_size=3,
        generator=dense(3, 2, seed=1),
        discriminator=dense(2 * packing, 1, seed=2),
        **options,
    )


def test_neighbours_are_joined_along_their_channels():
    gan = PacGAN(packing=2, image_shape=(16, 16, 3), width=4)
    images = np.arange(4 * 16 * 16 * 3, dtype="float32").reshape(4, 16, 16, 3)
    packs = gan.augment(tf.constant(images), RNG).numpy()
    assert packs.shape == (2, 16, 16, 6)
    np.testing.assert_array_equal(packs[1, ..., :3], images[2])
    np.testing.assert_array_equal(packs[1, ..., 3:], images[3])


def test_points_are_joined_too_and_the_critic_scores_packs():
    gan = points_gan(packing=3)
    points = np.arange(12, dtype="float32").reshape(6, 2)
    packs = gan.augment(tf.constant(points), RNG)
    np.testing.assert_array_equal(packs, points.reshape(2, 6))
    kernel = gan.discriminator.get_weights()[0]
    np.testing.assert_allclose(
        gan.judge(packs, {})["scores"], points.reshape(2, 6) @ kernel, rtol=1e-6
    )


def test_a_penalty_sees_packs(monkeypatch):
    """R1 of a linear critic is ½‖w‖² over the whole pack."""
    gan = points_gan(regularizers={"r1": {"weight": 1.0}})
    gan.compile({name: keras.optimizers.SGD(0.0) for name in ("generator", "discriminator")})
    expected = 0.5 * np.square(gan.discriminator.get_weights()[0]).sum()
    history = fit(gan, batch_size=4)
    np.testing.assert_allclose(history["discriminator_r1"], expected, rtol=1e-5)


def test_the_builder_widens_the_critic_only():
    gan = PacGAN(packing=4, image_shape=(2,), network="mlp_points", width=8)
    assert gan.discriminator.input_shape == (None, 8)
    assert gan.sample([0]).shape == (1, 2)


@pytest.mark.parametrize("count", [3, 5])
def test_batches_that_packs_do_not_fill_are_refused(count):
    gan = points_gan()
    gan.compile()
    with pytest.raises(InputError, match=f"packs of 2. Received: {count}.*batch_size"):
        gan.fit(tf.zeros((count, 2)), batch_size=count, verbose=0)


def test_packing_is_a_whole_number_and_kept_in_the_config():
    with pytest.raises(InputError, match="packing=0"):
        points_gan(packing=0)
    gan = PacGAN(packing=3, image_shape=(2,), network="mlp_points", width=4)
    again = PacGAN.from_config(gan.get_config())
    assert again.packing == 3 and again.discriminator.input_shape == (None, 6)
    assert [p.name for p in gan.regularizers] == [regularizers.r1(1.0).name]
