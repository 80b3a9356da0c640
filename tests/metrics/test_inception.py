"""The Inception extractors, with stand-ins of the real graphs' signature."""

import tarfile

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.metrics import _inception
from tests.stand_ins import frozen_inception


@pytest.fixture(scope="module")
def frozen():
    return frozen_inception()


def stand_in(pixels):
    """What the stand-in says of [N, H, W, 1] pictures of one grey."""
    colour = pixels[:, 0, 0, :].astype(np.float64).repeat(3, axis=1) / 128.0 - 1.0
    return (colour - 1.0) * 2.0 + 0.5


@pytest.fixture(params=["graph.pb", "graph.tar.gz"])
def path(request, frozen, tmp_path):
    inner = tmp_path / "inceptionv1_for_inception_score.pb"
    inner.write_bytes(frozen)
    if request.param == "graph.pb":
        return inner
    with tarfile.open(tmp_path / request.param, "w:gz") as archive:
        archive.add(inner, inner.name)
    return tmp_path / request.param


@pytest.mark.parametrize("resize", ["clean", "tf1"])
def test_a_frozen_graph_of_2015_runs(path, resize):
    extractor = _inception.inception(path, resize=resize)
    pictures = np.array([0, 100, 255], np.uint8).reshape(3, 1, 1, 1) * np.ones((8, 8, 1), np.uint8)
    features = extractor(pictures)
    np.testing.assert_allclose(features.pooled, stand_in(pictures), rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(features.logits, -features.pooled)
    assert (extractor.name, extractor.resize) == ("inception-2015", resize)
    assert len(extractor.sha256) == 64


class Module(tf.Module):
    def __init__(self, keys):
        super().__init__()
        self.scale = tf.Variable(2.0)
        self.keys = keys

    @tf.function(input_signature=[tf.TensorSpec([None, 299, 299, 3])])
    def __call__(self, images):
        mean = self.scale * tf.reduce_mean(images, axis=(1, 2))
        return dict.fromkeys(self.keys, mean)


@pytest.mark.parametrize("signed", [False, True])
def test_the_saved_model_of_tensorflow_hub_runs(tmp_path, signed):
    module = Module(["pool_3", "logits"])
    signatures = {"serving_default": module.__call__} if signed else None
    tf.saved_model.save(module, str(tmp_path / "hub"), signatures)
    features = _inception.inception(tmp_path / "hub")(np.full((1, 4, 4, 3), 64, np.uint8))
    np.testing.assert_allclose(features.pooled, [[-1.0, -1.0, -1.0]], atol=1e-5)
    assert features.logits.shape == (1, 3)


def test_the_hash_is_checked(path):
    digest = _inception.inception(path).sha256
    _inception.inception(path, sha256=digest)
    with pytest.raises(InputError, match="with sha256=1234"):
        _inception.inception(path, sha256="1234")


def test_other_graphs_are_refused(tmp_path, frozen):
    (tmp_path / "text.pb").write_bytes(b"no graph at all")
    with pytest.raises(InputError, match="Expected the frozen Inception graph"):
        _inception.inception(tmp_path / "text.pb")
    graph = tf.compat.v1.GraphDef.FromString(frozen)
    del graph.node[-1]
    (tmp_path / "other.pb").write_bytes(graph.SerializeToString())
    with pytest.raises(InputError, match="logits"):
        _inception.inception(tmp_path / "other.pb")
    with tarfile.open(tmp_path / "none.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "text.pb", "readme.txt")
    with pytest.raises(InputError, match=r"one frozen graph .* with 0"):
        _inception.inception(tmp_path / "none.tar.gz")
    tf.saved_model.save(Module(["pool_3", "other"]), str(tmp_path / "hub"))
    extractor = _inception.inception(tmp_path / "hub")
    with pytest.raises(InputError, match="with other, pool_3"):
        extractor(np.zeros((1, 4, 4, 3), np.uint8))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="Expected a SavedModel"):
        _inception.inception(tmp_path / "empty")


def test_offline_one_line(monkeypatch, tmp_path):
    monkeypatch.setenv("KGAN_CACHE", str(tmp_path))
    with pytest.raises(InputError, match="give its path"):
        _inception.inception("http://127.0.0.1:9/inception.tar.gz")


@pytest.fixture
def keras_stand_in(monkeypatch):
    def build(weights, classifier_activation):
        assert classifier_activation is None
        if weights == "imagenet":
            raise Exception("URL fetch failure on https://storage: None -- no route")
        inputs = keras.Input((299, 299, 3))
        pooled = keras.layers.GlobalAveragePooling2D(name="avg_pool")(inputs)
        logits = keras.layers.Dense(5, kernel_initializer="ones")(pooled)
        model = keras.Model(inputs, logits)
        if weights is not None:
            model.load_weights(weights)
        return model

    monkeypatch.setattr(keras.applications, "InceptionV3", build)
    return build


def test_keras_inception_has_its_own_name_and_range(keras_stand_in, tmp_path):
    path = tmp_path / "own.weights.h5"
    keras_stand_in(None, None).save_weights(path)
    extractor = _inception.keras_inception(path)
    assert extractor.name == "keras-inception"
    pixels = np.array([0, 255], np.uint8).reshape(2, 1, 1, 1) * np.ones((6, 6, 1), np.uint8)
    features = extractor(pixels)
    np.testing.assert_allclose(features.pooled, [[-1.0] * 3, [1.0] * 3], atol=1e-5)
    np.testing.assert_allclose(features.logits, [[-3.0] * 5, [3.0] * 5], atol=1e-4)


def test_keras_inception_offline_one_line(keras_stand_in, tmp_path):
    with pytest.raises(InputError, match=r"URL fetch failure .* give their path"):
        _inception.keras_inception()
    with pytest.raises(InputError, match="Expected 'imagenet' or a file"):
        _inception.keras_inception(tmp_path / "none.h5")
