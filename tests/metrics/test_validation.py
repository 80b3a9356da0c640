"""What metrics refuse, each in one line that says what was expected and received."""

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.images import to_uint8
from kgan.metrics import _validation


@pytest.mark.parametrize(
    "values, message",
    [
        (np.zeros((1, 3)), "at least 2 samples for real. Received: 1"),
        (np.zeros(4), r"\[N, D\].*shape=\(4,\)"),
        (np.zeros((4, 0)), r"shape=\(4, 0\)"),
        ([[1.0, 2.0], [np.nan, 0.0], [np.inf, 0.0]], "NaN or infinity in 2 of 3 samples"),
        ([["a", "b"], ["c", "d"]], "Expected numbers for real"),
        ([[1j, 0.0], [0.0, 1.0]], "Received: real of complex128"),
        ([[1.0], [1.0, 2.0]], "rows of many lengths"),
        ([[1e200], [-2e200]], r"numbers up to 1e\+50 for real.*Received: 2e\+200 as the largest"),
        ([[0.0], [-2e-200]], r"not all below 1e-50. Received: 2e-200 as the largest"),
    ],
)
def test_rows_refused(values, message):
    with pytest.raises(InputError, match=message) as raised:
        _validation.check_rows("real", values)
    assert "\n" not in str(raised.value)


def test_rows_keep_float32_and_widen_integers():
    assert _validation.check_rows("real", np.zeros((2, 2), np.float32)).dtype == np.float32
    assert _validation.check_rows("real", [[1, 2], [3, 4]]).dtype == np.float64


def test_nan_is_found_in_a_late_block():
    values = np.zeros((5000, 2))
    values[4999, 1] = np.nan
    with pytest.raises(InputError, match="in 1 of 5000"):
        _validation.check_rows("real", values)


@pytest.mark.parametrize(
    "values, message",
    [
        (np.full((2, 4, 4, 3), 200.0), r"\[200, 200\]. They look like 0..255 kept as floats"),
        (np.full((2, 4, 4, 3), -7.0), r"Received: \[-7, -7\]. Nothing was scaled"),
        (np.zeros((2, 4, 4, 3), np.int32), "Received: int32"),
        (np.zeros((2, 4, 4)), r"\[N, H, W, C\]"),
        (np.full((2, 4, 4, 1), np.nan), "NaN or infinity in 2 of 2"),
        (np.zeros((0, 4, 4, 1)), "at least 1 images for fake. Received: 0"),
    ],
)
def test_images_refused(values, message):
    with pytest.raises(InputError, match=message):
        _validation.check_images("fake", values)


def test_images_of_two_kinds_are_not_compared():
    with pytest.raises(InputError, match=r"real=\(4, 4, 3\), fake=\(4, 4, 1\)"):
        _validation.check_image_pair(np.zeros((2, 4, 4, 3)), np.zeros((2, 4, 4, 1)))


def test_the_two_ranges_are_one_scale():
    levels = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(to_uint8(_validation.to_unit(levels)), levels)
    np.testing.assert_array_equal(to_uint8(np.array([-1.0, 1.0])), [0, 255])
    np.testing.assert_array_equal(_validation.to_unit(np.array([0, 255], np.uint8)), [-1.0, 1.0])


@pytest.mark.parametrize("values", [[0, -1], [0.0, 1.0], [0]])
def test_labels_refused(values):
    with pytest.raises(InputError, match="Expected labels"):
        _validation.check_labels("labels", values, 2)


def test_images_in_0_to_1_are_announced_once(random, capsys):
    _validation._announce_unit_range.cache_clear()
    images = random.uniform(size=(16, 4, 4, 1))
    for _ in range(2):
        _validation.check_images("real", images)
    assert capsys.readouterr().err.startswith(
        "real images are in [0, 1], and are taken as they are"
    )
    _validation._announce_unit_range.cache_clear()
    _validation.check_images("real", images - 0.1)
    _validation.check_images("real", images[:1])  # one may be as light
    _validation.check_images("real", np.ones((16, 4, 4, 1)))
    assert capsys.readouterr().err == ""
