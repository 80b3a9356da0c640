"""Colour is added in L*a*b*, and the lightness of the source comes back."""

import numpy as np

from kgan.layers.lab import Colorize, lab_to_rgb, rgb_to_lab

# sRGB in 0..255 → CIE L*a*b* (D65, 2°), as published for the corners of the cube.
KNOWN = {
    (255, 0, 0): (53.24, 80.09, 67.20),
    (0, 255, 0): (87.73, -86.18, 83.18),
    (0, 0, 255): (32.30, 79.19, -107.86),
    (255, 255, 255): (100.0, 0.0, 0.0),
    (128, 128, 128): (53.59, 0.0, 0.0),
    (0, 0, 0): (0.0, 0.0, 0.0),
}


def test_lab_of_known_colors():
    rgb = np.float32(list(KNOWN)) / 127.5 - 1.0
    np.testing.assert_allclose(rgb_to_lab(rgb), np.float32(list(KNOWN.values())), atol=0.02)


def test_there_and_back_is_the_same(random):
    rgb = random.uniform(-1, 1, (1000, 3)).astype("float32")
    np.testing.assert_allclose(lab_to_rgb(rgb_to_lab(rgb)), rgb, atol=1e-3)


def test_the_lightness_of_the_source_comes_back_whatever_the_color(random):
    grey = np.tile(np.arange(256, dtype="float32")[:, None, None, None], (1, 1, 64, 1)) / 127.5 - 1
    color = random.uniform(-1, 1, (256, 1, 64, 2)).astype("float32")
    images = np.asarray(Colorize()([grey, color]))
    assert images.min() >= -1 and images.max() <= 1
    wanted = np.asarray(rgb_to_lab(np.repeat(grey, 3, axis=-1)))[..., 0]
    np.testing.assert_allclose(np.asarray(rgb_to_lab(images))[..., 0], wanted, atol=0.05)
    pixels = np.rint((images + 1) * 127.5).astype("float32") / 127.5 - 1
    difference = np.abs(np.asarray(rgb_to_lab(pixels))[..., 0] - wanted)
    assert difference.max() <= 100 / 255
