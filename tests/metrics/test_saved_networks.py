"""Extractors from files: Keras models and SavedModels of several shapes, or of strangers."""

import json
import pathlib
import warnings
import zipfile

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.metrics import _saved_networks
from kgan.metrics._download import hash_file


def keras_model(path, shape=(4, 4, 3), pooling=True):
    inputs = keras.Input(shape)
    features = keras.layers.GlobalAveragePooling2D()(inputs) if pooling else inputs
    keras.Model(inputs, features).save(path)


@pytest.mark.parametrize("pooling", [True, False])
def test_a_keras_model(tmp_path, pooling):
    keras_model(tmp_path / "mean.keras", pooling=pooling)
    extractor = _saved_networks.load_network(tmp_path / "mean.keras")
    features = extractor(np.full((3, 8, 8, 1), 255, np.uint8))
    np.testing.assert_allclose(features.pooled, np.ones((3, 3)), atol=1e-6)
    assert features.logits is None
    assert (extractor.name, extractor.resize) == ("mean", "clean")
    assert extractor.sha256 == hash_file(tmp_path / "mean.keras")


def test_networks_of_any_size_take_pictures_as_they_are(tmp_path):
    keras_model(tmp_path / "any.keras", shape=(None, None, 1))
    extractor = _saved_networks.load_network(tmp_path / "any.keras", low=0.0, high=1.0)
    assert extractor.resize == "none"
    np.testing.assert_allclose(
        extractor(np.full((2, 5, 5, 1), 51, np.uint8)).pooled, 0.2, atol=1e-6
    )
    with pytest.raises(InputError, match=r"1 channels for any\.keras"):
        extractor(np.zeros((2, 5, 5, 3), np.uint8))


def test_a_saved_model_with_split_outputs(tmp_path):
    module = tf.Module()
    module.weight = tf.Variable(3.0)

    @tf.function(input_signature=[tf.TensorSpec([None, 4, 4, 1], name="pictures")])
    def call(pictures):
        mean = tf.reduce_mean(pictures, axis=(1, 2))
        return {"features": module.weight * mean, "logits": tf.concat([mean, -mean], axis=1)}

    module.call = call
    tf.saved_model.save(module, str(tmp_path / "net"), {"serving_default": call})
    features = _saved_networks.load_network(tmp_path / "net")(np.full((2, 4, 4, 1), 255, np.uint8))
    np.testing.assert_allclose(features.pooled, [[3.0], [3.0]], atol=1e-6)
    np.testing.assert_allclose(features.logits, [[1.0, -1.0]] * 2, atol=1e-6)


def test_outputs_of_many_shapes():
    grid = np.arange(12.0).reshape(1, 2, 2, 3)
    pooled, logits = _saved_networks.split_outputs([grid, np.ones((1, 5))])
    np.testing.assert_allclose(pooled, [[4.5, 5.5, 6.5]])
    assert logits.shape == (1, 5)
    assert _saved_networks.split_outputs({"only": grid})[1] is None
    with pytest.raises(InputError, match=r"an output named .* Received: a, b"):
        _saved_networks.split_outputs({"a": grid, "b": grid})


def test_files_that_hold_no_network(tmp_path):
    (tmp_path / "broken.keras").write_bytes(b"nothing")
    with pytest.raises(InputError, match="Expected a Keras model"):
        _saved_networks.load_network(tmp_path / "broken.keras")
    keras_model(tmp_path / "wide.keras", shape=(4, 8, 3))
    with pytest.raises(InputError, match="square images"):
        _saved_networks.load_network(tmp_path / "wide.keras")
    tf.saved_model.save(tf.Module(), str(tmp_path / "mute"))
    with pytest.raises(InputError, match="that can be called"):
        _saved_networks.load_network(tmp_path / "mute")
    with pytest.raises(InputError, match="Unknown resize"):
        _saved_networks.load_network(tmp_path / "wide.keras", resize="nearest")
    with pytest.raises(InputError, match="low < high"):
        _saved_networks.load_network(tmp_path / "wide.keras", low=1.0, high=1.0)
    with pytest.raises(InputError, match="no such"):
        _saved_networks.load_network(tmp_path / "none.keras")


# ---- Keras files of strangers -----------------------------------------------------------------


def nest(path, layer):
    """Saves a model that holds a model that holds a layer."""
    inputs = keras.Input((4, 4, 3))
    model = keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(layer(inputs)))
    keras.Sequential([keras.Input((4, 4, 3)), model]).save(path)
    return path


def rezip(path, **files):
    """Writes a `.keras` file again, compressed, with other or further files in it."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()} | files
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.parametrize("name", ["a.keras", "a.h5"])
def test_a_lambda_is_not_run(tmp_path, name):
    path = nest(tmp_path / name, keras.layers.Lambda(lambda x: x * 2))
    with pytest.raises(InputError, match=rf"Received: .*{name}: .*`Lambda` layer .* disallowed"):
        _saved_networks.load_network(path)
    _saved_networks.load_network(nest(tmp_path / f"fine_{name}", keras.layers.ReLU()))


def test_a_lambda_as_an_activation_is_refused(tmp_path):
    path = nest(tmp_path / "a.keras", keras.layers.Activation("relu"))
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
    layer = config["config"]["layers"][-1]["config"]["layers"][1]
    assert layer["config"]["activation"] == "relu"
    layer["config"]["activation"] = {"class_name": "__lambda__", "config": {"value": "bytes"}}
    with pytest.raises(InputError, match="could not be deserialized"):
        _saved_networks.load_network(rezip(path, **{"config.json": json.dumps(config)}))


@pytest.mark.parametrize("name", ["../evil.txt", "assets/../../evil.txt", "/evil", "a\\..\\..\\b"])
def test_names_that_lead_out_of_an_archive_are_not_written(tmp_path, name):
    path = rezip(nest(tmp_path / "a.keras", keras.layers.ReLU()), **{name: "x"})
    before = set(tmp_path.parent.glob("**/evil*"))  # of other tests
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Skipping invalid path during archive extraction")
        _saved_networks.load_network(path)
    assert set(tmp_path.parent.glob("**/evil*")) == before and not pathlib.Path("/evil").exists()


@pytest.mark.parametrize("config", ["{", '{"a":' * 100_000])
def test_a_damaged_configuration_is_one_line(tmp_path, config):
    path = nest(tmp_path / "a.keras", keras.layers.ReLU())
    with pytest.raises(
        InputError, match=r"Expected a Keras model\. Received: .*a\.keras: "
    ) as raised:
        _saved_networks.load_network(rezip(path, **{"config.json": config}))
    assert "\n" not in str(raised.value)


def test_an_archive_that_unpacks_to_far_more_is_refused(tmp_path):
    path = nest(tmp_path / "a.keras", keras.layers.ReLU())
    _saved_networks.load_network(rezip(path, **{"assets/zeros": bytes(2**20)}))
    rezip(path, **{"assets/zeros": bytes(2**27)})
    assert path.stat().st_size < 2**18
    with pytest.raises(InputError, match=r"a\.keras, whose 128 MiB are more than 100 times the"):
        _saved_networks.load_network(path)


def test_arrays_that_unpack_to_far_more_are_refused(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("zeros", (2**25,), "f4", chunks=(2**22,), compression="gzip")
        file["zeros"][:5] = 1.0
    with pytest.raises(InputError, match=r"a\.h5, whose 128 MiB are more than 100 times the"):
        _saved_networks.load_network(path)
    archive = rezip(nest(tmp_path / "b.keras", keras.layers.ReLU()), **{
        "model.weights.h5": path.read_bytes()
    })  # fmt: skip
    with pytest.raises(InputError, match=r"b\.keras, whose 128 MiB are more than 100 times the"):
        _saved_networks.load_network(archive)
