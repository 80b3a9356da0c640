"""SRGAN: pixels alone first, then the game; any size; the compact network starts at the source."""

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.images import join_columns
from kgan.models.srgan import SRGAN
from kgan.networks import super_resolution


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("factor", [2, 4])
def test_any_size_is_enlarged(compact, factor, random):
    build = super_resolution.build_compact_upscaler if compact else super_resolution.build_upscaler
    network = build((8, 8, 3), (8 * factor, 8 * factor, 3), 4, 1)
    source = random.uniform(-1, 1, (2, 7, 11, 3)).astype("float32")
    images = network({"source": source})
    assert images.shape == (2, 7 * factor, 11 * factor, 3)
    assert np.abs(images).max() <= 1


def test_a_compact_network_of_zeros_repeats_the_source(random):
    network = super_resolution.build_compact_upscaler((4, 4, 1), (8, 8, 1), 4, 1)
    network.set_weights([np.zeros_like(w) for w in network.get_weights()])
    source = random.uniform(-1, 1, (1, 4, 4, 1)).astype("float32")
    expected = source.repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_allclose(network({"source": source}), expected, atol=1e-6)


@pytest.mark.parametrize("shape", [(24, 24, 1), (16, 32, 1), (4, 4, 1)])
def test_other_factors_are_refused(shape):
    with pytest.raises(InputError, match="times as large"):
        super_resolution.build_upscaler((8, 8, 1), shape)


def test_the_first_phase_pays_pixels_alone(random):
    gan = SRGAN.example(pretraining_steps=2, width=2)
    gan.compile()
    source, target = (random.uniform(-1, 1, (4, n, n, 1)).astype("float32") for n in (8, 32))
    critic = [w.copy() for w in gan.discriminator.get_weights()]
    for step in range(3):
        logs = gan.train_on_batch({"source": source, "target": target}, return_dict=True)
        same = all(map(np.array_equal, critic, gan.discriminator.get_weights()))
        assert same == (step < 2)
        assert (float(logs["generator_adversarial"]) == 0) == (step < 2)


def test_a_preview_shows_small_and_grey_pictures_beside_large_ones():
    small = np.float32([[[[0.5]]], [[[-1.0]]]])
    joined = join_columns([small, np.ones((2, 2, 2, 3))])
    assert joined.shape == (2, 2, 4, 3)
    np.testing.assert_array_equal(joined[0, :, :2], 0.5)
    np.testing.assert_array_equal(joined[:, :, 2:], 1.0)


def test_a_preview_of_a_model_that_enlarges(random):
    gan = SRGAN.example(width=2)
    sizes = {"source": 8, "target": 32}
    batch = {k: random.integers(0, 256, (4, n, n, 1), np.uint8) for k, n in sizes.items()}
    assert gan.preview(6, batch).shape == (2, 32, 96, 1)
