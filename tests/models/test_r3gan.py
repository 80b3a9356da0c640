"""R3GAN: pairs, penalties at both kinds of image, blocks that begin as nothing, sizes."""

import numpy as np
import pytest
import tensorflow as tf

from kgan.models import R3GAN
from kgan.networks import r3gan
from tests.games import batch_for, linear_gan


def test_each_real_image_is_paired_and_both_slopes_are_paid():
    gan = linear_gan(R3GAN)
    rng, batch = gan.random_stream(), gan.name_batch(batch_for(gan, 8))
    fake = gan.generate(batch, rng)
    losses = gan.discriminator_loss(batch, fake, rng)
    kernel = gan.discriminator.get_weights()[0]
    gaps = (batch["image"].numpy() - fake.numpy()) @ kernel
    np.testing.assert_allclose(losses["adversarial"], np.log1p(np.exp(-gaps)).mean(), rtol=1e-5)
    slope = 0.5 * np.square(kernel).sum()
    np.testing.assert_allclose([losses["r1"], losses["r2"]], [slope, slope], rtol=1e-5)
    paid = gan.generator_loss(batch, fake, rng)["adversarial"]
    np.testing.assert_allclose(paid, np.log1p(np.exp(gaps)).mean(), rtol=1e-5)


@pytest.mark.parametrize("shape", [(16, 16, 1), (24, 32, 3)])
def test_blocks_begin_as_nothing_and_scores_keep_their_size(shape, random):
    colors = random.normal(size=(64, 1, 1, shape[2])).astype("float32")
    images = np.broadcast_to(colors, (64, *shape))
    critics = [r3gan.build_discriminator(shape, 4, blocks) for blocks in (1, 3)]
    for critic in critics:
        spread = critic(images).numpy().std()
        assert 0.05 < spread < 20
    generator = r3gan.build_generator(shape, 8, 4, 2)
    made = generator(random.normal(size=(64, 8)).astype("float32")).numpy()
    assert made.shape == (64, *shape) and 0.1 < made.std() < 10
    zeros = [w for w in generator.trainable_weights if w.shape[0] == 1 and not w.numpy().any()]
    assert len(zeros) >= 2 * 3


def test_samples_are_cut_to_the_range_of_images():
    gan = R3GAN.example()
    gan.generator.layers[-1].kernel.assign(100.0 * gan.generator.layers[-1].kernel)
    images = gan.sample(range(4))
    assert np.abs(images).max() == 1.0
    shown = gan.generate({"image": tf.zeros((4, 16, 16, 1))}, gan.random_stream())
    assert np.abs(shown).max() > 1.0  # the critic is shown them as they are
