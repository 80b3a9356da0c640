"""An artefact is whole, right, and needs nothing of kgan or Keras."""

import hashlib
import json
import pathlib

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.python.framework import op_def_registry

from kgan.errors import InputError, RunError
from kgan.export import publish
from kgan.export.tracing import trace
from kgan.export.verification import run_elsewhere
from kgan.images import to_uint8
from kgan.models import CGAN, DCGAN
from kgan.random import split_seeds
from tests.export.conftest import vivid

SEEDS = [0, 7, 2**40 + 3, 2**64 - 1, 12]


def visible(folder):
    return {path.name for path in folder.glob("[!.]*")}


def test_a_process_without_kgan_and_keras_makes_the_same_images(gan, artefact):
    latents = np.random.default_rng(1).standard_normal((7, 8)).astype("float32")
    cases = {"serving_default/7": {"latents": latents}, "sample/5": {"seed": split_seeds(SEEDS)}}
    made = run_elsewhere(artefact / "1", cases, "digits/1")
    images, drawn = made["serving_default/7"]["images"], made["sample/5"]["images"]
    np.testing.assert_allclose(images, gan.images_of(latents), rtol=0, atol=1e-5)
    assert images.dtype == np.float32 and np.ptp(images) > 1.0
    expected = to_uint8(gan.sample(SEEDS)).astype(int)
    assert drawn.dtype == np.uint8
    assert np.abs(drawn - expected).max() <= 1  # a tie may round either way
    assert (drawn != expected).mean() < 0.01


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
    publish(gan, folder)
    (folder / "7").mkdir()
    (folder / "7" / "saved_model.pb").touch()  # somebody's
    (folder / ".export-killed" / "variables").mkdir(parents=True)
    assert publish(gan, folder).path == folder / "8"
    assert visible(folder) == {"1", "7", "8", "README.md", "grid.png", "manifest.json"}
    assert not (folder / ".export-killed").exists()
    assert json.loads((folder / "manifest.json").read_text())["version"] == 8
    assert (folder / "8").stat().st_mode & 0o777 == 0o755  # for the server, another user
    # Killed after its first version was there, before the rest was.
    for name in ("README.md", "grid.png", "manifest.json"):
        (folder / name).unlink()
    assert publish(gan, folder).path.name == "9"


def test_what_differs_from_the_model_is_not_published(gan, tmp_path, monkeypatch):
    real, weight = tf.saved_model.save, gan.ema_generator.weights[0]

    def save_another(*arguments, **options):
        weight.assign(weight + 0.5)
        real(*arguments, **options)
        weight.assign(weight - 0.5)

    publish(gan, tmp_path / "digits")
    before = set(tmp_path.rglob("*"))
    monkeypatch.setattr(tf.saved_model, "save", save_another)
    for name in ("new", "digits"):
        with pytest.raises(
            RunError, match=r"Expected the model's outputs\. Received: .*It was not published"
        ):
            publish(gan, tmp_path / name)
    assert set(tmp_path.rglob("*")) == before


def test_versions_appear_whole(gan, tmp_path, monkeypatch):
    seen = []
    real = pathlib.Path.rename

    def rename(path, target):
        seen.append((target.name, visible(target.parent)))
        if path.is_dir():
            held = {str(file.relative_to(path)) for file in path.rglob("*") if file.is_file()}
            manifest = json.loads((path / "assets.extra" / "manifest.json").read_text())
            assert held - {"assets.extra/manifest.json"} == set(manifest["sha256"])
        return real(path, target)

    monkeypatch.setattr(pathlib.Path, "rename", rename)
    publish(gan, tmp_path / "digits")
    names = [name for name, _ in seen]
    assert names[0] == "1" and names[-1] == "manifest.json" and seen[0][1] == set()


def test_a_foreign_folder_is_left_alone(gan, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match=r"Received: .*, which holds thesis.tex. Choose"):
        publish(gan, tmp_path)
    with pytest.raises(InputError, match=r"Received: the file .*thesis.tex"):
        publish(gan, tmp_path / "thesis.tex")
    with pytest.raises(InputError, match=r"that can be written. Received: /proc/digits"):
        publish(gan, "/proc/digits")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_mixed_precision_generator_gives_float32(tmp_path):
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    try:
        gan = vivid(DCGAN.example())
    finally:
        keras.mixed_precision.set_dtype_policy("float32")
    path = publish(gan, tmp_path / "mixed").path
    loaded = tf.saved_model.load(str(path))
    images = loaded.signatures["serving_default"](latents=gan.latents_of([1, 2, 3]))["images"]
    assert images.dtype == tf.float32
    np.testing.assert_allclose(images, gan.sample([1, 2, 3]), rtol=0, atol=1e-4)


def test_a_negative_label_is_no_label():
    _, functions = trace(CGAN.example())
    seed = tf.constant(split_seeds([7]))
    functions["sample"](seed=seed, label=tf.constant([9]))
    for label in (-1, 10):
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"is not in \[0, 10\)"):
            functions["sample"](seed=seed, label=tf.constant([label]))
