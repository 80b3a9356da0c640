"""A Keras file with code in it, or names that lead out of it, is refused before it is opened."""

import json
import zipfile

import keras
import pytest

from kgan.errors import InputError
from kgan.metrics import _saved_networks, keras_files


def saved(path, layer):
    inputs = keras.Input((4, 4, 3))
    model = keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(layer(inputs)))
    inner = keras.Sequential([keras.Input((4, 4, 3)), model])
    inner.save(path)
    return path


def rezipped(path, **files):
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**held, **files}.items():
            archive.writestr(name, data)
    return path


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.parametrize("name", ["a.keras", "a.h5"])
def test_a_lambda_is_not_run(tmp_path, name):
    path = saved(tmp_path / name, keras.layers.Lambda(lambda x: x * 2))
    with pytest.raises(InputError, match=rf"Received: .*{name}, which holds a Lambda\. It is not"):
        _saved_networks.saved(path)
    keras_files.check(saved(tmp_path / f"fine_{name}", keras.layers.ReLU()))


def test_a_lambda_as_an_activation_is_found(tmp_path):
    path = saved(tmp_path / "a.keras", keras.layers.ReLU())
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
    layer = config["config"]["layers"][-1]
    layer["config"]["activation"] = {"class_name": "__lambda__", "config": {"value": "bytes"}}
    rezipped(path, **{"config.json": json.dumps(config)})
    with pytest.raises(InputError, match="which holds a Lambda"):
        keras_files.check(path)


@pytest.mark.parametrize("name", ["../evil.txt", "assets/../../evil.txt", "/evil", "a\\..\\..\\b"])
def test_names_that_lead_out_are_refused(tmp_path, name):
    path = rezipped(saved(tmp_path / "a.keras", keras.layers.ReLU()), **{name: "x"})
    with pytest.raises(InputError, match=r"Expected an archive of names inside it\. Received"):
        _saved_networks.saved(path)
    assert not list(tmp_path.parent.glob("evil*"))


@pytest.mark.parametrize("config", ["{", '{"a":' * 100_000])
def test_a_damaged_configuration_is_told(tmp_path, config):
    path = rezipped(saved(tmp_path / "a.keras", keras.layers.ReLU()), **{"config.json": config})
    with pytest.raises(InputError, match=r"a\.keras, which is damaged\."):
        _saved_networks.saved(path)
