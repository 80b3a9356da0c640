"""Sizes of feature maps, by hand."""

import keras
import pytest

from kgan.errors import InputError
from kgan.networks.shapes import check_image_shape, crop_to, list_sizes


@pytest.mark.parametrize(
    "shape, coarsest, sizes",
    [
        ((32, 32, 1), 4, [(4, 4), (8, 8), (16, 16), (32, 32)]),
        ((64, 48, 3), 4, [(4, 3), (8, 6), (16, 12), (32, 24), (64, 48)]),
        ((72, 40, 3), 4, [(9, 5), (18, 10), (36, 20), (72, 40)]),
        ((72, 72, 3), 4, [(5, 5), (9, 9), (18, 18), (36, 36), (72, 72)]),
        ((16, 16, 3), 8, [(8, 8), (16, 16)]),
        ((8, 8, 3), 8, [(8, 8)]),
    ],
)
def test_sizes_halve_until_the_shorter_side_is_near_the_coarsest(shape, coarsest, sizes):
    assert list_sizes(shape, coarsest) == sizes


def test_what_a_doubling_has_too_much_is_cut_at_the_end():
    x = keras.Input((6, 4, 1))
    assert crop_to(x, (6, 4)) is x
    cut = keras.Model(x, crop_to(x, (5, 4)))(
        keras.ops.reshape(keras.ops.arange(24.0), (1, 6, 4, 1))
    )
    assert keras.ops.convert_to_numpy(cut).ravel().tolist() == list(range(20))


@pytest.mark.parametrize(
    "shape, supported",
    [
        ((40, 44, 3), "H and W 16 to 64 in steps of 8 and 1 to 3 channels"),
        ((72, 16, 3), "16 to 64"),
        ((8, 16, 3), "16 to 64"),
        ((16, 16, 4), "1 to 3 channels"),
        ((16, 16), "16 to 64"),
    ],
)
def test_other_shapes_are_refused(shape, supported):
    with pytest.raises(InputError, match=supported):
        check_image_shape(shape, least=16, most=64, channels=(1, 2, 3))
