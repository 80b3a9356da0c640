"""Projected GAN's critic: four scales of frozen, mixed features, and what it refuses."""

import itertools

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.networks import projected
from kgan.random import seed_initializers


def build(shape=(16, 16, 3), **options):
    with seed_initializers(3):
        return projected.build_discriminator(shape, 4, "random", **{"feature_size": 32, **options})


@pytest.mark.parametrize("shape", [(16, 16, 1), (24, 32, 3), (40, 24, 3)])
def test_four_scales_each_half_of_the_finer_one(shape):
    projection = build(shape).get_layer("projection")
    sides = [tuple(output.shape[1:3]) for output in projection.output]
    assert len(sides) == 4
    for finer, coarser in itertools.pairwise(sides):
        assert coarser == tuple(-(-side // 2) for side in finer)
    assert min(sides[0]) * 2 >= 32  # the network was shown that much
    assert [output.shape[3] for output in projection.output] == [4, 4, 8, 16]


def test_critics_alone_are_trainable():
    critic = build()
    projection = critic.get_layer("projection")
    frozen = {id(variable) for variable in projection.weights}
    assert len(frozen) == 5 * 2 + 8  # the network's, and two mixtures at each scale
    assert not frozen & {id(variable) for variable in critic.trainable_variables}
    assert len(critic.trainable_variables) == 4 + 3  # a kernel of scores each, one halving


def test_each_scale_gives_as_many_scores_where_maps_are_large_enough():
    assert build(feature_size=128).output.shape == (None, 4 * 25)


def test_coarse_features_reach_fine_mixtures(random):
    """A pixel of the picture's middle moves the finest mixture at both ends, 45 pixels away."""
    projection = build(feature_size=64).get_layer("projection")
    images = random.uniform(-1, 1, (1, 16, 16, 3)).astype("float32")
    changed = images.copy()
    changed[:, 12, 12] += 0.5
    finest, *_ = (
        np.abs(one - two).max(axis=3) for one, two in zip(
            *(map(np.asarray, projection(x)) for x in (images, changed)), strict=True
        )
    )  # fmt: skip
    assert finest[0, 0, 0] > 0 and finest[0, -1, -1] > 0


def test_the_seed_decides_the_mixtures():
    one, again = (build().get_weights() for _ in range(2))
    for first, second in zip(one, again, strict=True):
        np.testing.assert_array_equal(first, second)
    with seed_initializers(4):
        other = projected.build_discriminator((16, 16, 3), 4, "random", 32)
    differ = [np.abs(a - b).max() > 0 for a, b in zip(one, other.get_weights(), strict=True)]
    assert any(differ)


def test_grey_pictures_are_shown_as_grey_ones_in_colour(random):
    grey = random.uniform(-1, 1, (2, 16, 16, 1)).astype("float32")
    one, three = (build((16, 16, channels)) for channels in (1, 3))
    np.testing.assert_allclose(one(grey), three(np.repeat(grey, 3, axis=3)), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("channels", [2, 4])
def test_other_channels_are_refused(channels):
    with pytest.raises(InputError, match="Expected images of 1 or 3 channels"):
        build((16, 16, channels))


def test_an_unknown_network_is_refused():
    with pytest.raises(InputError, match=r"Unknown frozen network\. Received: 'vgg'"):
        projected.build_discriminator((16, 16, 3), 4, "vgg")
