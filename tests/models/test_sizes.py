"""Variants at sizes that are not square and not powers of two: trained, exported, sampled."""

import numpy as np
import pytest

from kgan.data import arrays
from kgan.export import publish
from kgan.models import DCGAN, FastGAN, ProjectedGAN, StyleGAN2


def play(gan, tmp_path, batch=2):
    """Two rounds, samples, and an artefact that is checked."""
    gan.compile()
    pictures = np.random.default_rng(0).integers(0, 256, (2 * batch, *gan.image_shape), np.uint8)
    gan.fit(arrays(pictures).dataset(batch), epochs=1, verbose=0)
    assert gan.rounds == 2
    images = gan.sample(range(3))
    assert images.shape == (3, *gan.image_shape) and np.isfinite(images).all()
    assert publish(gan, tmp_path / "artefact").farthest < 1e-4


def test_dcgan_at_64x48(tmp_path):
    play(DCGAN(image_shape=(64, 48, 3), latent_size=8, width=4), tmp_path)


@pytest.mark.slow
def test_stylegan2_at_24x40(tmp_path):
    gan = StyleGAN2(image_shape=(24, 40, 3), latent_size=8, width=4, mapping_layers=2)
    play(gan, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("variant", [FastGAN, ProjectedGAN])
def test_few_pictures_at_24x32(variant, tmp_path):
    play(variant.example(image_shape=(24, 32, 3)), tmp_path)


@pytest.mark.slow
def test_dcgan_at_256(tmp_path):
    play(DCGAN(image_shape=(256, 256, 3), width=16), tmp_path)


@pytest.mark.slow
def test_stylegan2_at_256x128(tmp_path):
    play(StyleGAN2(image_shape=(256, 128, 3), latent_size=64, width=16), tmp_path)
