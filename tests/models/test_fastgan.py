"""FastGAN: what decoders are asked for, what is paid, and what is logged only."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.models import FastGAN
from kgan.models.fastgan import cut
from tests.games import batch_for, fit, plain

SHAPE = (16, 16, 1)


@pytest.fixture(scope="module")
def gan():
    return FastGAN.example(reconstruction_weight=3.0, augmentations={})


def play(gan, seed=0):
    batch = gan.name_batch(batch_for(gan, 4, seed))
    rng = gan.random_stream()
    return batch, gan.discriminator_loss(batch, gan.generate(batch, rng), rng)


def paint(gan, value):
    """Has both decoders paint one value, which tanh takes as it is near 0."""
    for decoder in gan.decoders.values():
        last = [layer for layer in decoder.layers if layer.weights][-1]
        last.kernel.assign(tf.zeros_like(last.kernel) + value)


def test_the_whole_and_a_part_are_compared(gan):
    """Decoders that paint grey miss by the images' own mean squares."""
    paint(gan, 0.0)
    batch, losses = play(gan)
    images = batch["image"].numpy()
    whole = images.reshape(4, 8, 2, 8, 2, 1).mean(axis=(2, 4))
    # One of the 5x5 places of a 4x4 part in an 8x8 feature map; a step there is two pixels.
    parts = [images[:, r : r + 8, c : c + 8] for r in range(0, 9, 2) for c in range(0, 9, 2)]
    possible = [np.square(whole).mean() + np.square(part).mean() for part in parts]
    error = float(losses["reconstruction"]) / 3.0
    place = int(np.argmin(np.abs(np.array(possible) - error)))
    np.testing.assert_allclose(error, possible[place], rtol=1e-5)
    each = [np.square(x).mean(axis=(1, 2, 3)) for x in (whole, parts[place])]
    decibels = np.mean([10.0 * np.log10(4.0 / one) for one in each])
    np.testing.assert_allclose(losses["psnr"], decibels, rtol=1e-5)


def test_decibels_are_logged_and_not_paid(gan):
    plain(gan).run_eagerly = True
    logs = {name: values[0] for name, values in fit(gan, batches=1).items()}
    paid = logs["discriminator_adversarial"] + logs["discriminator_reconstruction"]
    np.testing.assert_allclose(logs["discriminator_loss"], paid, rtol=1e-6)
    assert 1.0 < logs["discriminator_psnr"] < 20.0


def test_decoders_learn_with_the_critic_and_generated_images_are_not_described(gan):
    critic, _ = gan.players()
    learns = {id(variable) for variable in critic.variables}
    for decoder in gan.decoders.values():
        assert {id(variable) for variable in decoder.trainable_variables} <= learns
    batch, rng = gan.name_batch(batch_for(gan, 4)), gan.random_stream()
    errors = [
        float(gan.discriminator_loss(batch, tf.fill((4, *SHAPE), value), rng)["reconstruction"])
        for value in (-1.0, 1.0)
    ]
    assert errors[0] == errors[1]
    assert set(gan.generator_loss(batch, batch["image"], rng)) == {"adversarial"}


def test_the_same_place_in_maps_and_images():
    rows, columns = np.meshgrid(np.arange(16), np.arange(24), indexing="ij")
    images = tf.constant(np.stack([rows, columns], axis=-1)[None], "float32")
    maps = images[:, ::2, ::2] / 2.0
    place = tf.constant([3, 5])
    small = cut(maps, place, (8, 12), (4, 6))
    large = cut(images, place, (8, 12), (8, 12))
    assert small.shape == (1, 4, 6, 2) and large.shape == (1, 8, 12, 2)
    np.testing.assert_array_equal(large[0, ::2, ::2], 2.0 * small[0])
    assert small[0, 0, 0].numpy().tolist() == [3.0, 5.0]


def test_kernels_of_the_critic_have_norm_one():
    gan = FastGAN.example()
    for layer in gan.discriminator.layers:
        if isinstance(layer, keras.layers.SpectralNormalization):
            kernel = layer.kernel.numpy().reshape(-1, layer.kernel.shape[-1])
            assert np.linalg.svd(kernel, compute_uv=False)[0] == pytest.approx(1.0, abs=5e-3)


def test_a_critic_without_feature_maps_is_refused():
    critic = keras.Sequential([keras.Input(SHAPE), keras.layers.Flatten(), keras.layers.Dense(1)])
    with pytest.raises(InputError, match="Expected a discriminator with scores, fine, coarse"):
        FastGAN.example(discriminator=critic)
