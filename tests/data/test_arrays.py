"""Arrays are taken as they are, or refused with what was wrong."""

import numpy as np
import pytest

from kgan.data._arrays import arrays
from kgan.errors import InputError

UINT8 = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
NAN = np.array([0.0, np.nan], np.float32).reshape(2, 1, 1)


def test_values_channel_axis_and_labels():
    source = arrays(UINT8, labels=[1, 0])
    whole = source.arrays()
    np.testing.assert_array_equal(whole["image"], UINT8[..., np.newaxis])
    np.testing.assert_array_equal(whole["label"], np.array([1, 0], np.int32))
    assert whole["label"].dtype == np.int32 and source.classes == ("0", "1")


def test_floats_become_float32():
    images = np.linspace(-1, 1, 16).reshape(4, 2, 2, 1)
    whole = arrays(images).arrays()
    assert whole["image"].dtype == np.float32
    np.testing.assert_allclose(whole["image"], images, rtol=0, atol=1e-7)


def test_dict_of_named_arrays():
    batch = next(iter(arrays({"image": UINT8, "tokens": [[5], [6]]}).dataset(2, shuffle=False)))
    np.testing.assert_array_equal(batch["tokens"], [[5], [6]])
    np.testing.assert_array_equal(batch["image"][..., 0], UINT8)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"images": np.full([2, 2, 2], 1.5)}, r"Received: image in \[1.5, 1.5\]"),
        ({"images": np.full([2, 2, 2], 255.0)}, "or pass uint8"),
        ({"images": NAN}, r"NaN or infinity at \[1, 0, 0, 0\]"),
        ({"images": np.zeros([2, 2, 2], np.int64)}, "Received: image of int64"),
        ({"images": np.zeros([2, 2], np.uint8)}, r"Received: shape=\(2, 2\)"),
        ({"images": UINT8, "labels": [0]}, "image of length 2, label of length 1"),
        ({"images": UINT8, "labels": [0.0, 1.0]}, "Received: label of float64"),
        ({"images": UINT8, "labels": [-1, 0]}, r"Received: label in \[-1, 0\]"),
        ({"images": UINT8, "labels": [0, 2], "classes": ("a", "b")}, "Name all 3"),
        ({"images": UINT8[:0]}, "image of length 0"),
        ({"images": {"label": [0], "image": UINT8[:1]}, "labels": [0]}, "labels once"),
        ({"images": {"x": ["a"]}}, "Received: x of <U1"),
        ({"images": {"x": [1.0]}, "mirror": True}, "named 'image' to mirror. Received: x"),
    ],
)
def test_mistakes_are_named(arguments, message):
    with pytest.raises(InputError, match=message):
        arrays(**arguments)


def test_images_in_0_to_1_are_announced(random):
    images = random.uniform(size=(4, 3, 3, 1))
    (note,) = arrays(images).notes
    assert "image is in [0, 1], and is taken as it is" in note
    assert arrays(images - 0.5).notes == arrays(np.zeros((4, 3, 3, 1))).notes == ()


def test_labels_with_gaps_are_named():
    images = np.zeros((6, 2, 2, 1), np.uint8)
    assert arrays(images, labels=[0, 2, 4] * 2).notes == ("2 of 5 classes with no example: 1, 3",)
    assert arrays(images, labels=[0, 1, 2] * 2).notes == ()
