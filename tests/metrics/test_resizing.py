"""Two resizes: by hand, and apart where it matters."""

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.metrics import _resizing


def test_tf1_reads_at_multiples_and_repeats_the_edge():
    row = np.array([0.0, 100.0]).reshape(1, 1, 2, 1) * np.ones((1, 2, 1, 1))
    resized = _resizing.resize_tf1(row, 4)
    np.testing.assert_allclose(resized[0, :, :, 0], [[0.0, 50.0, 100.0, 100.0]] * 4, atol=1e-5)


def test_tf1_shrinks_by_leaving_pixels_out():
    stripes = np.tile([0, 255], (1, 8, 4)).astype(np.uint8)[..., None]
    assert _resizing.resize_tf1(stripes, 4).max() == 0.0


def test_clean_shrinks_by_averaging():
    stripes = np.tile([0, 255], (1, 8, 4)).astype(np.uint8)[..., None]
    inner = _resizing.resize_clean(stripes, 4)[0, :, 1:3, 0]
    np.testing.assert_allclose(inner, 127.5, atol=20.0)


def test_clean_is_pillows_bicubic_of_each_channel(random):
    from PIL import Image

    images = random.integers(0, 256, size=(2, 9, 13, 3), dtype=np.uint8)
    resized = _resizing.resize_clean(images, 20)
    assert resized.shape == (2, 20, 20, 3) and resized.dtype == np.float32
    for index, channel in ((0, 0), (1, 2)):
        plane = Image.fromarray(images[index, :, :, channel].astype(np.float32))
        expected = plane.resize((20, 20), Image.Resampling.BICUBIC)
        np.testing.assert_array_equal(resized[index, :, :, channel], np.asarray(expected))


@pytest.mark.parametrize("name", ["clean", "tf1"])
def test_pictures_of_the_right_size_stay(name, random):
    images = random.integers(0, 256, size=(2, 5, 5, 1), dtype=np.uint8)
    np.testing.assert_array_equal(_resizing.choose_resize(name)(images, 5), images)


def test_unknown_resize():
    with pytest.raises(InputError, match="Unknown resize"):
        _resizing.choose_resize("nearest")
