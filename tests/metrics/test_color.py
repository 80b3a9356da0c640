"""Colours against published differences, and colourfulness by hand."""

import numpy as np
import pytest

from kgan import metrics
from kgan.errors import InputError

# Of the table in Sharma, Wu and Dalal 2005: two colours in L*a*b* and their difference.
PUBLISHED = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, 3.1571, -77.2803), (50, 0, -82.7485), 2.8615),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
    ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
    ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (58, 24, 15), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((90.8027, -2.0831, 1.4410), (91.1528, -1.6435, 0.0447), 1.4441),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


def test_differences_are_those_in_print():
    one, other, expected = (np.array(column) for column in zip(*PUBLISHED, strict=True))
    np.testing.assert_allclose(metrics.ciede2000(one, other), expected, atol=5e-5)
    np.testing.assert_allclose(metrics.ciede2000(other, one), expected, atol=5e-5)


def test_black_and_white_differ_by_a_hundred():
    black, white = np.zeros((2, 4, 4, 3), np.uint8), np.full((2, 4, 4, 3), 255, np.uint8)
    assert metrics.color_difference(black, white) == pytest.approx(100.0, abs=0.01)
    half = np.where(np.arange(4)[:, None, None] < 2, black, white)
    assert metrics.color_difference(black, half) == pytest.approx(50.0, abs=0.01)
    floats = white / np.float32(127.5) - 1.0
    assert metrics.color_difference(white, floats) == 0.0
    with pytest.raises(InputError, match=r"of 3 channels\. Received: 1\."):
        metrics.color_difference(black[..., :1], white[..., :1])


def test_colourfulness_by_hand():
    """Half red, half green: R − G is ±255 around 0, (R + G)/2 − B is 127.5 everywhere."""
    image = np.zeros((1, 2, 2, 3), np.uint8)
    image[0, 0, :, 0] = image[0, 1, :, 1] = 255
    assert metrics.colorfulness(image) == pytest.approx(255 + 0.3 * 127.5)
    grey = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 1), np.uint8).repeat(3, axis=3)
    assert metrics.colorfulness(grey) == 0.0
    both = np.concatenate([image, grey[:1, :2, :2]])
    assert metrics.colorfulness(both) == pytest.approx((255 + 0.3 * 127.5) / 2)
