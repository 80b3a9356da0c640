"""An artefact is whole, right, and needs nothing of kgan or Keras."""

import hashlib
import json
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.python.framework import op_def_registry

from kgan.errors import InputError, RunError
from kgan.export import saved_model
from kgan.models import DCGAN
from kgan.random import split_seeds
from kgan.training.grids import to_uint8

SEEDS = [0, 7, 2**40 + 3, 2**64 - 1, 12]

# Loads an artefact where neither kgan nor Keras can be imported, and saves what it makes.
READER = """
import sys
import numpy as np
for name in ("kgan", "keras", "tf_keras"):
    sys.modules[name] = None
import tensorflow as tf
folder, given, out = sys.argv[1:]
loaded = tf.saved_model.load(folder)
with np.load(given) as arrays:
    images = loaded.signatures["serving_default"](latents=tf.constant(arrays["latents"]))["images"]
    drawn = loaded.signatures["sample"](seed=tf.constant(arrays["seed"]))["images"]
assert sys.modules["kgan"] is None and sys.modules["keras"] is None
np.savez(out, images=images, drawn=drawn)
"""


def vivid(gan):
    """Makes the pictures of an untrained model, grey all over, reach from black to white."""
    for weight in gan.sampling_generator.variables:
        if weight.name == "kernel":
            weight.assign(weight * 20.0)
    return gan


@pytest.fixture(scope="module")
def gan():
    """A DCGAN whose averaged generator is another than its generator, and far from grey."""
    gan = DCGAN(image_shape=(16, 16, 1), latent_size=8, width=4, ema_half_life=16)
    return vivid(gan)


@pytest.fixture(scope="module")
def artefact(gan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved") / "digits"
    assert saved_model(gan, folder) == folder / "1"
    return folder


def visible(folder):
    return {path.name for path in folder.glob("[!.]*")}


def test_a_fresh_process_without_kgan_and_keras_makes_the_same_images(gan, artefact, tmp_path):
    latents = np.random.default_rng(1).standard_normal((7, 8)).astype("float32")
    seeds = split_seeds(SEEDS)
    np.savez(tmp_path / "given.npz", latents=latents, seed=seeds)
    paths = [str(artefact / "1"), str(tmp_path / "given.npz"), str(tmp_path / "made.npz")]
    done = subprocess.run(
        [sys.executable, "-c", READER, *paths], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    with np.load(tmp_path / "made.npz") as made:
        np.testing.assert_allclose(made["images"], gan.images_of(latents), rtol=0, atol=1e-5)
        assert made["images"].dtype == np.float32
        assert np.ptp(made["images"]) > 1.0
        expected = to_uint8(gan.sample(SEEDS)).astype(int)
        assert made["drawn"].dtype == np.uint8
        assert np.abs(made["drawn"].astype(int) - expected).max() <= 1  # a tie may round either way
        assert (made["drawn"] != expected).mean() < 0.01


def test_the_averaged_generator_is_the_one_exported(gan, artefact):
    loaded = tf.saved_model.load(str(artefact / "1"))
    latents = tf.constant(gan.latents_of([3]))
    images = loaded.signatures["serving_default"](latents=latents)["images"]
    raw = gan.generator(latents, training=False)
    assert np.abs(images - raw).max() > 0.1


def test_the_signatures_are_named_and_batched(artefact):
    loaded = tf.saved_model.load(str(artefact / "1"))
    assert set(loaded.signatures) == {"serving_default", "sample", "sample_png"}
    latents = loaded.signatures["serving_default"]
    assert latents.structured_input_signature[1] == {
        "latents": tf.TensorSpec((None, 8), tf.float32, name="latents")
    }
    assert latents.structured_outputs["images"].shape.as_list() == [None, 16, 16, 1]
    assert latents.structured_outputs["images"].dtype == tf.float32
    sample = loaded.signatures["sample"]
    assert sample.structured_input_signature[1] == {
        "seed": tf.TensorSpec((None, 2), tf.int32, name="seed")
    }
    assert sample.structured_outputs["images"].shape.as_list() == [None, 16, 16, 1]
    assert sample.structured_outputs["images"].dtype == tf.uint8


def test_stock_tensorflow_serving_knows_every_op(artefact):
    whole = saved_model_pb2.SavedModel()
    whole.ParseFromString((artefact / "1" / "saved_model.pb").read_bytes())
    graph = whole.meta_graphs[0].graph_def
    nodes = [*graph.node, *(node for f in graph.library.function for node in f.node_def)]
    functions = {function.signature.name for function in graph.library.function}
    ops = {node.op for node in nodes}
    assert "MatMul" in ops  # we did look inside
    assert not [op for op in ops if op_def_registry.get(op) is None and op not in functions]
    assert not [op for op in ops if op.startswith(("PyFunc", "EagerPyFunc", "Xla"))]
    attributes = {key for f in graph.library.function for key in f.attr}
    attributes |= {key for node in nodes for key in node.attr}
    assert "_XlaMustCompile" not in attributes


def test_nothing_of_training_is_inside(gan, artefact):
    reader = tf.train.load_checkpoint(str(artefact / "1" / "variables" / "variables"))
    shapes = reader.get_variable_to_shape_map()
    stored = [shape for name, shape in shapes.items() if "VARIABLE" in name]
    wanted = [list(variable.shape) for variable in gan.ema_generator.variables]
    assert sorted(stored) == sorted(wanted)


def test_the_manifest_says_what_it_is(gan, artefact):
    manifest = json.loads((artefact / "manifest.json").read_text())
    assert manifest["version"] == 1
    assert manifest["variant"] == "dcgan"
    assert manifest["image_shape"] == [16, 16, 1]
    assert manifest["latent_size"] == 8
    assert manifest["rounds_trained"] == 0
    assert set(manifest["signatures"]) == {"serving_default", "sample", "sample_png"}
    own = artefact / "1" / "assets.extra" / "manifest.json"
    assert json.loads(own.read_text()) == manifest
    files = {path for path in (artefact / "1").rglob("*") if path.is_file()} - {own}
    assert {artefact / "1" / name for name in manifest["sha256"]} == files
    for name, value in manifest["sha256"].items():
        assert hashlib.sha256((artefact / "1" / name).read_bytes()).hexdigest() == value


def test_versions_count_up_and_a_killed_export_is_swept(gan, tmp_path):
    folder = tmp_path / "digits"
    saved_model(gan, folder)
    (folder / "7").mkdir()
    (folder / ".export-killed" / "variables").mkdir(parents=True)
    assert saved_model(gan, folder) == folder / "8"
    assert visible(folder) == {"1", "7", "8", "manifest.json"}
    assert not (folder / ".export-killed").exists()
    assert json.loads((folder / "manifest.json").read_text())["version"] == 8
    assert (folder / "8").stat().st_mode & 0o777 == 0o755  # for the server, another user
    # Killed after its first version was there, before the manifest was.
    (folder / "manifest.json").unlink()
    assert saved_model(gan, folder).name == "9"


def test_what_differs_from_the_model_is_not_published(gan, tmp_path, monkeypatch):
    real, weight = tf.saved_model.save, gan.ema_generator.weights[0]

    def save_another(*arguments, **options):
        weight.assign(weight + 0.5)
        real(*arguments, **options)
        weight.assign(weight - 0.5)

    saved_model(gan, tmp_path / "digits")
    before = set(tmp_path.rglob("*"))
    monkeypatch.setattr(tf.saved_model, "save", save_another)
    for name in ("new", "digits"):
        with pytest.raises(RunError, match="differs from the model by"):
            saved_model(gan, tmp_path / name)
    assert set(tmp_path.rglob("*")) == before


def test_versions_appear_whole(gan, tmp_path, monkeypatch):
    seen = []
    real = pathlib.Path.rename

    def rename(path, target):
        if path.is_dir():
            whole = {entry.name for entry in path.iterdir()} >= {"saved_model.pb", "variables"}
            seen.append((visible(path.parent), path.name[0], whole))
        return real(path, target)

    monkeypatch.setattr(pathlib.Path, "rename", rename)
    saved_model(gan, tmp_path / "digits")
    assert seen == [(set(), ".", True)]


def test_a_foreign_folder_is_left_alone(gan, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match=r"Received: .*, which holds thesis.tex. Choose"):
        saved_model(gan, tmp_path)
    with pytest.raises(InputError, match=r"Received: the file .*thesis.tex"):
        saved_model(gan, tmp_path / "thesis.tex")
    with pytest.raises(InputError, match=r"that can be written. Received: /proc/digits"):
        saved_model(gan, "/proc/digits")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_mixed_precision_generator_gives_float32(tmp_path):
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    try:
        gan = vivid(DCGAN.example())
    finally:
        keras.mixed_precision.set_dtype_policy("float32")
    path = saved_model(gan, tmp_path / "mixed")
    loaded = tf.saved_model.load(str(path))
    images = loaded.signatures["serving_default"](latents=gan.latents_of([1, 2, 3]))["images"]
    assert images.dtype == tf.float32
    np.testing.assert_allclose(images, gan.sample([1, 2, 3]), rtol=0, atol=1e-4)
