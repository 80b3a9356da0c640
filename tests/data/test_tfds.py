"""A dataset built on the spot and read back, and what is said when there is none; no network."""

import numpy as np
import pytest

from kgan.data._tfds import tfds
from kgan.errors import InputError

library = pytest.importorskip("tensorflow_datasets")


def pixels(number):
    return (np.arange(64).reshape(8, 8, 1) + number).astype(np.uint8)


class TinyTest(library.core.GeneratorBasedBuilder):
    """Ten 8x8 pictures of two classes."""

    VERSION = library.core.Version("1.0.0")
    name = "kgan_tiny"
    # A class of a package makes the library look for the package's files.
    __module__ = "kgan_tiny"

    def _info(self):
        features = library.features.FeaturesDict(
            {
                "picture": library.features.Image(shape=(8, 8, 1)),
                "kind": library.features.ClassLabel(names=["even", "odd"]),
            }
        )
        return library.core.DatasetInfo(builder=self, features=features)

    def _split_generators(self, manager):
        return {"train": self._generate_examples()}

    def _generate_examples(self):
        for number in range(10):
            yield number, {"picture": pixels(number), "kind": number % 2}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("tfds"))
    TinyTest(data_dir=folder).download_and_prepare()
    return folder


def test_pictures_and_labels_come_back_as_they_were_written(folder):
    source = tfds("kgan_tiny", data_dir=folder)
    whole = source.arrays()
    assert source.count == 10 and source.classes == ("even", "odd")
    # The library stores examples in the order of their hashes: compare as sets.
    numbers = whole["image"][:, 0, 0, 0].astype(int)
    assert sorted(numbers) == list(range(10))
    for number, image, label in zip(numbers, whole["image"], whole["label"], strict=True):
        np.testing.assert_array_equal(image, pixels(number))
        assert label == number % 2


def test_split_and_size(folder):
    source = tfds("kgan_tiny", split="train[:40%]", size=4, data_dir=folder)
    assert source.count == 4
    assert source.arrays()["image"].shape == (4, 4, 4, 1)
    batches = tfds("kgan_tiny", data_dir=folder).dataset(5)
    assert batches.cardinality() == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "kgan_tinny"}, "Received: name='kgan_tinny'"),
        ({"name": "kgan_tiny", "split": "valid"}, "Received: 'valid'. Known, nearest first: train"),
        ({"name": "kgan_tiny", "image_key": "kind"}, "nearest first: picture"),
    ],
)
def test_mistakes_are_named(folder, options, message):
    with pytest.raises(InputError, match=message):
        tfds(**options, data_dir=folder)


def test_no_network_says_what_to_do(tmp_path, monkeypatch):
    def offline(self, **_):
        raise ConnectionError("no route to host\nand more")

    monkeypatch.setattr(TinyTest, "download_and_prepare", offline)
    with pytest.raises(InputError, match=r"no route to host\. Check the network, run `tfds build"):
        tfds("kgan_tiny", data_dir=str(tmp_path))
