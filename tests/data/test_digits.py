"""The digits are scikit-learn's: enlarged, split and labelled without changing what they are."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from kgan.data._digits import digits
from kgan.errors import InputError


@pytest.mark.parametrize(("size", "mean", "worst"), [(8, 0.04, 0.04), (16, 0.25, 3), (32, 0.4, 3)])
def test_block_averages_are_the_original_picture(size, mean, worst):
    images = digits(size, "all").arrays()["image"][..., 0]
    block = size // 8
    averages = images.reshape(-1, 8, block, 8, block).mean(axis=(2, 4)) * (16 / 255)
    error = np.abs(averages - load_digits().images)
    assert error.mean() < mean and error.max() < worst


def test_enlarging_is_smooth():
    # Repeating pixels would leave whole blocks flat.
    image = digits(32, "all").arrays(limit=1)["image"][0, :, :, 0].astype(int)
    assert np.abs(np.diff(image, axis=1)).max() < 128


def test_splits_are_disjoint_stratified_and_complete():
    train, test, whole = (digits(8, split).arrays() for split in ("train", "test", "all"))
    assert len(train["label"]) == 1437 and len(test["label"]) == 360
    both = np.concatenate([train["image"], test["image"]]).reshape(1797, 64)
    everything = whole["image"].reshape(1797, 64)
    np.testing.assert_array_equal(both[np.lexsort(both.T)], everything[np.lexsort(everything.T)])
    shares = np.bincount(test["label"]) / np.bincount(whole["label"])
    np.testing.assert_allclose(shares, 0.2, rtol=0, atol=0.005)


def test_labels_are_scikit_learns():
    source = digits(8, "all")
    np.testing.assert_array_equal(source.arrays()["label"], load_digits().target)
    assert source.classes == tuple("0123456789")


def test_dataset():
    dataset = digits(size=16, split="test").dataset(50)
    assert dataset.cardinality() == 7
    batch = next(iter(dataset))
    assert batch["image"].shape == (50, 16, 16, 1) and batch["image"].dtype == "uint8"


@pytest.mark.parametrize(
    ("options", "message"),
    [({"size": 7}, "Received: size=7"), ({"split": "valid"}, "Received: split='valid'")],
)
def test_mistakes_are_named(options, message):
    with pytest.raises(InputError, match=message):
        digits(**options)
