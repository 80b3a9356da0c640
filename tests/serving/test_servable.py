"""A version is loaded when its files are whole, and refused in one line otherwise."""

import json
import shutil

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.saved_model.layout import list_artefacts
from kgan.serving import servable
from tests.serving.servers import Several, publish


@pytest.fixture
def version(several, tmp_path):
    """A copy of the artefact, to be damaged."""
    return shutil.copytree(several / "several" / "1", tmp_path / "several" / "1")


def refused(path, match):
    with pytest.raises(InputError, match=match) as caught:
        servable.load(path, 1)
    assert "\n" not in str(caught.value)


def test_a_version_is_loaded(version):
    loaded = servable.load(version, 1)
    assert set(loaded.signatures) == set(Several().signatures())
    signature = loaded.signatures["serving_default"]
    assert signature.inputs == {"x": servable.Spec(np.float32, (None, 2))}
    np.testing.assert_array_equal(
        signature.run({"x": np.array([[1, 2]], np.float32)})["y"], [[3.0, 5.0]]
    )
    assert {name for name, s in loaded.signatures.items() if not s.joins} == {"total"}
    two = loaded.signatures["two"].example(3)
    assert {name: (a.shape, a.dtype) for name, a in two.items()} == {
        "a": ((3,), np.float32),
        "b": ((3, 2), np.int32),
    }


@pytest.mark.parametrize(
    "file",
    ["saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"],
)
@pytest.mark.parametrize("damage", ["flipped", "truncated", "gone"])
def test_damaged_files_are_refused(version, file, damage):
    data = bytearray((version / file).read_bytes())
    if damage == "gone":
        (version / file).unlink()
        if file == "saved_model.pb":
            assert list_artefacts(version.parent.parent) == {}
            return
        return refused(version, rf"Expected whole files. Received: several/1 without {file}\.")
    if damage == "flipped":
        data[len(data) // 2] ^= 1
    (version / file).write_bytes(data[: len(data) - (damage == "truncated")])
    refused(version, rf"Received: several/1/{file}, whose SHA-256 is not the one in manifest.json")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"sha256": 3}', "\xff"])
def test_a_damaged_manifest_is_refused(version, text):
    (version / "assets.extra" / "manifest.json").write_bytes(text.encode("latin-1"))
    refused(version, r"Received: several/1, whose manifest.json is damaged\.")


def test_a_manifest_beside_counts_for_its_version(version):
    own = version / "assets.extra" / "manifest.json"
    manifest = json.loads(own.read_text())
    own.unlink()
    manifest["sha256"]["saved_model.pb"] = "0" * 64
    beside = version.parent / "manifest.json"
    beside.write_text(json.dumps({"version": 2, **manifest}))
    servable.load(version, 1)  # it tells of another version
    beside.write_text(json.dumps({"version": 1, **manifest}))
    refused(version, "whose SHA-256 is not")


@pytest.mark.parametrize("name", ["saved_model.pbtxt", "saved_model.cpb"])
def test_a_second_graph_that_nobody_read_is_refused(version, name):
    (version / name).write_bytes(b"")
    refused(version, rf"Expected one graph, saved_model.pb. Received: several/1 with {name}\.")


def test_variables_that_are_missing_are_found_without_a_manifest(tmp_path):
    path = publish(Several(), tmp_path / "1", manifest=False)
    servable.load(path, 1)
    shutil.rmtree(path / "variables")
    refused(path, "Expected a SavedModel that TensorFlow loads")


def test_a_stamp_changes_with_the_files(version):
    before = servable.read_stamp(version)
    assert servable.read_stamp(version) == before
    with (version / "saved_model.pb").open("ab") as file:
        file.write(b"x")
    assert servable.read_stamp(version) != before
