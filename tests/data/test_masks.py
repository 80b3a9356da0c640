"""Holes are a function of the number, thick, and of every size that LaMa has."""

import numpy as np
from scipy import ndimage

from kgan.data._masks import draw_mask


def test_a_number_is_a_hole():
    first = draw_mask(64, 48, 5)
    assert first.shape == (64, 48, 1) and set(np.unique(first)) == {0, 255}
    np.testing.assert_array_equal(draw_mask(64, 48, 5), first)
    assert (draw_mask(64, 48, 6) != first).any()


def test_holes_are_thick_and_neither_nothing_nor_all():
    masks = np.stack([draw_mask(64, 64, number)[..., 0] > 0 for number in range(300)])
    shares = masks.mean(axis=(1, 2))
    assert 0.1 < shares.mean() < 0.5 and shares.min() > 0 and shares.max() < 1
    opened = [ndimage.binary_opening(mask, np.ones((3, 3))).sum() / mask.sum() for mask in masks]
    assert np.mean(opened) > 0.95  # a line of one or two pixels would vanish
    # Everywhere about as often.
    assert masks.mean(axis=0).min() > 0.03


def test_holes_grow_with_the_picture():
    shares = [
        np.mean([draw_mask(side, side, n).mean() for n in range(100)]) / 255 for side in (32, 128)
    ]
    assert abs(shares[0] - shares[1]) < 0.1
