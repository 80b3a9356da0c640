"""Extractors from files: Keras models and SavedModels of several shapes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.metrics import _cache, _saved_networks


def keras_model(path, shape=(4, 4, 3), pooling=True):
    inputs = keras.Input(shape)
    features = keras.layers.GlobalAveragePooling2D()(inputs) if pooling else inputs
    keras.Model(inputs, features).save(path)


@pytest.mark.parametrize("pooling", [True, False])
def test_a_keras_model(tmp_path, pooling):
    keras_model(tmp_path / "mean.keras", pooling=pooling)
    extractor = _saved_networks.saved(tmp_path / "mean.keras")
    features = extractor(np.full((3, 8, 8, 1), 255, np.uint8))
    np.testing.assert_allclose(features.pooled, np.ones((3, 3)), atol=1e-6)
    assert features.logits is None
    assert (extractor.name, extractor.resize) == ("mean", "clean")
    assert extractor.sha256 == _cache.sha256_of(tmp_path / "mean.keras")


def test_networks_of_any_size_take_pictures_as_they_are(tmp_path):
    keras_model(tmp_path / "any.keras", shape=(None, None, 1))
    extractor = _saved_networks.saved(tmp_path / "any.keras", low=0.0, high=1.0)
    assert extractor.resize == "none"
    np.testing.assert_allclose(
        extractor(np.full((2, 5, 5, 1), 51, np.uint8)).pooled, 0.2, atol=1e-6
    )
    with pytest.raises(InputError, match=r"1 channels for any\.keras"):
        extractor(np.zeros((2, 5, 5, 3), np.uint8))


def test_a_saved_model_with_two_outputs(tmp_path):
    module = tf.Module()
    module.weight = tf.Variable(3.0)

    @tf.function(input_signature=[tf.TensorSpec([None, 4, 4, 1], name="pictures")])
    def call(pictures):
        mean = tf.reduce_mean(pictures, axis=(1, 2))
        return {"features": module.weight * mean, "logits": tf.concat([mean, -mean], axis=1)}

    module.call = call
    tf.saved_model.save(module, str(tmp_path / "net"), {"serving_default": call})
    features = _saved_networks.saved(tmp_path / "net")(np.full((2, 4, 4, 1), 255, np.uint8))
    np.testing.assert_allclose(features.pooled, [[3.0], [3.0]], atol=1e-6)
    np.testing.assert_allclose(features.logits, [[1.0, -1.0]] * 2, atol=1e-6)


def test_outputs_of_many_shapes():
    grid = np.arange(12.0).reshape(1, 2, 2, 3)
    pooled, logits = _saved_networks.two_outputs([grid, np.ones((1, 5))])
    np.testing.assert_allclose(pooled, [[4.5, 5.5, 6.5]])
    assert logits.shape == (1, 5)
    assert _saved_networks.two_outputs({"only": grid})[1] is None
    with pytest.raises(InputError, match=r"an output named .* Received: a, b"):
        _saved_networks.two_outputs({"a": grid, "b": grid})


def test_files_that_hold_no_network(tmp_path):
    (tmp_path / "broken.keras").write_bytes(b"nothing")
    with pytest.raises(InputError, match="Expected a Keras model"):
        _saved_networks.saved(tmp_path / "broken.keras")
    keras_model(tmp_path / "wide.keras", shape=(4, 8, 3))
    with pytest.raises(InputError, match="square images"):
        _saved_networks.saved(tmp_path / "wide.keras")
    tf.saved_model.save(tf.Module(), str(tmp_path / "mute"))
    with pytest.raises(InputError, match="that can be called"):
        _saved_networks.saved(tmp_path / "mute")
    with pytest.raises(InputError, match="Unknown resize"):
        _saved_networks.saved(tmp_path / "wide.keras", resize="nearest")
    with pytest.raises(InputError, match="low < high"):
        _saved_networks.saved(tmp_path / "wide.keras", low=1.0, high=1.0)
    with pytest.raises(InputError, match="no such"):
        _saved_networks.saved(tmp_path / "none.keras")
