"""The Lipschitz constant of a trained, spectrally normalised critic."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.models.sngan import SNGAN
from tests.games import fit


def norms(critic):
    """Returns the exact largest singular value of every kernel."""
    kernels = [v.numpy() for v in critic.trainable_variables if v.name == "kernel"]
    return [np.linalg.norm(k.reshape(-1, k.shape[-1]), 2) for k in kernels]


@pytest.mark.slow
def test_its_slope_stays_below_the_product_of_norms_which_are_one(random):
    gan = SNGAN(image_shape=(2,), latent_size=2, network="mlp_points", width=32)
    rates = {name: keras.optimizers.Adam(1e-3) for name in ("discriminator", "generator")}
    gan.compile(rates)
    fit(gan, batch_size=80, batches=40)
    assert len(norms(gan.discriminator)) == 3
    np.testing.assert_allclose(norms(gan.discriminator), 1.0, atol=0.01)
    points = tf.constant(random.normal(size=(5000, 2)) * 3, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(points)
        total = tf.reduce_sum(gan.discriminator(points))
    slopes = np.linalg.norm(tape.gradient(total, points), axis=1)
    assert 0 < slopes.max() <= 1.01 * np.prod(norms(gan.discriminator))


def test_residual_critics_are_normalised_too_and_scoring_moves_nothing():
    gan = SNGAN.example(network="resnet", discriminator_steps=1)
    gan.compile()
    fit(gan, batch_size=20, batches=3)
    assert len(norms(gan.discriminator)) == 8
    np.testing.assert_allclose(norms(gan.discriminator), 1.0, atol=0.01)
    before = gan.discriminator.get_weights()
    gan.discriminator(np.ones((2, 16, 16, 1), "float32"), training=True)
    for old, new in zip(before, gan.discriminator.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
