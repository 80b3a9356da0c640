"""Pictures of every kind for networks of every kind, by hand, and as in a graph."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kgan.models.core.picture_kinds import fit_picture, restore_picture


def picture_of(random, channels, height=3, width=4):
    return random.integers(0, 256, (height, width, channels), np.uint8)


def graph(function, channels):
    pictures = tf.TensorSpec((None, None, None), tf.uint8)
    return tf.function(lambda picture: function(picture, channels), input_signature=[pictures])


@pytest.mark.parametrize("own", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_a_picture_becomes_what_the_network_takes(own, channels, random):
    """Pillow's conversions, from the picture's mode to the network's."""
    picture = picture_of(random, own)
    modes = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
    colours = picture[..., : 1 if own < 3 else 3]
    image = Image.fromarray(colours[..., 0] if own < 3 else colours)
    expected = np.asarray(image.convert(modes[channels - 1 + channels % 2])).reshape(3, 4, -1)
    if channels % 2 == 0:
        alpha = picture[..., -1:] if own % 2 == 0 else np.full((3, 4, 1), 255, np.uint8)
        expected = np.concatenate([expected, alpha], axis=2)
    np.testing.assert_array_equal(fit_picture(picture, channels), expected)
    np.testing.assert_array_equal(graph(fit_picture, channels)(picture), expected)


@pytest.mark.parametrize("own", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_what_is_made_becomes_what_the_picture_was(own, channels, random):
    picture, made = picture_of(random, own), picture_of(random, channels)
    back = restore_picture(made, picture, channels).numpy()
    assert back.shape == picture.shape and back.dtype == np.uint8
    if own % 2 == 0:  # its own alpha, or the one that the network makes
        alpha = picture if channels % 2 else made
        np.testing.assert_array_equal(back[..., -1], alpha[..., -1])
    if own >= 3 and channels >= 3:
        np.testing.assert_array_equal(back[..., :3], made[..., :3])
    if own >= 3 and channels < 3:
        np.testing.assert_array_equal(back[..., :3], made[..., :1].repeat(3, axis=2))


def test_grey_stays_grey_in_its_own_channels(random):
    made = picture_of(random, 3)
    luma = np.asarray(Image.fromarray(made).convert("L"))[..., None]
    grey = picture_of(random, 1)
    np.testing.assert_array_equal(restore_picture(made, grey, 3), luma)
    stored = np.repeat(grey, 3, axis=2)
    np.testing.assert_array_equal(restore_picture(made, stored, 3), luma.repeat(3, axis=2))
    coloured = stored.copy()
    coloured[0, 0, 0] ^= 1
    np.testing.assert_array_equal(restore_picture(made, coloured, 3), made)


def test_a_network_that_colours_is_left_its_colours(random):
    made = picture_of(random, 3)
    np.testing.assert_array_equal(restore_picture(made, picture_of(random, 1), 1), made)
    with_alpha = picture_of(random, 2)
    back = restore_picture(made, with_alpha, 1).numpy()
    np.testing.assert_array_equal(back, np.concatenate([made, with_alpha[..., 1:]], axis=2))


def test_alpha_grows_with_the_picture():
    picture = np.full((2, 3, 4), 200, np.uint8)
    picture[..., 3] = 64
    back = restore_picture(np.zeros((8, 12, 3), np.uint8), picture, 3).numpy()
    assert back.shape == (8, 12, 4) and (back[..., 3] == 64).all()
