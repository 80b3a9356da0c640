"""Nobody ever sees half a version, whatever happens to the export."""

import json
import signal
import subprocess
import sys
import time
import types

import pytest

from kgan import files
from kgan.errors import InputError, RunError
from kgan.export import publish, verification, verify
from kgan.models import VanillaGAN

# Lists a folder each millisecond, and checks each version when it first sees it.
POLLER = """
import hashlib, json, pathlib, sys, time
folder, stop = map(pathlib.Path, sys.argv[1:])
seen, listings = {}, 0
while not stop.exists():
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name.isdigit() and path.name not in seen:
            try:
                manifest = json.loads((path / "assets.extra" / "manifest.json").read_text())
                whole = all(
                    hashlib.sha256((path / name).read_bytes()).hexdigest() == digest
                    for name, digest in manifest["sha256"].items()
                ) and "saved_model.pb" in manifest["sha256"]
            except (OSError, ValueError, KeyError):
                whole = False
            seen[path.name] = whole
    listings += 1
    if listings == 1:
        print("ready", flush=True)
    time.sleep(0.001)
print(json.dumps({"seen": seen, "listings": listings}))
"""

# Exports again and again, until it is killed.
EXPORTER = """
import sys
from kgan.export import publish
from kgan.models import VanillaGAN
gan = VanillaGAN.example(image_shape=(2,), network="mlp_points")
print("ready", flush=True)
while True:
    publish(gan, sys.argv[1])
"""


def points():
    return VanillaGAN.example(image_shape=(2,), network="mlp_points")


def started(program, *arguments):
    line = [sys.executable, "-c", program, *map(str, arguments)]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.slow
def test_a_poller_sees_no_incomplete_version_in_50_exports(tmp_path):
    gan, stop = points(), tmp_path / "stop"
    poller = started(POLLER, tmp_path / "points", stop)
    for _ in range(50):
        publish(gan, tmp_path / "points")
    stop.touch()
    found = json.loads(poller.communicate(timeout=60)[0])
    assert found["seen"] == {str(version): True for version in range(1, 51)}
    assert found["listings"] > 1000


@pytest.mark.slow
def test_killed_at_20_moments_it_leaves_no_incomplete_version(tmp_path):
    folder = tmp_path / "points"
    publish(points(), folder)
    start = time.monotonic()
    publish(points(), folder)
    seconds = time.monotonic() - start  # of one export
    moments = []
    for kill in range(20):
        exporter = started(EXPORTER, folder)
        time.sleep(seconds * (0.05 + 1.9 * kill / 20))
        exporter.send_signal(signal.SIGKILL)
        exporter.communicate(timeout=60)
        aside = [path for path in folder.iterdir() if path.name.startswith(".export-")]
        moments.append(sorted(str(p.relative_to(q)) for q in aside for p in q.rglob("*")))
        for path in folder.iterdir():
            if path.name.isdigit():
                manifest = json.loads((path / "assets.extra" / "manifest.json").read_text())
                found = files.digest_files(path)
                del found["assets.extra/manifest.json"]
                assert found == manifest["sha256"], path
        beside = json.loads((folder / "manifest.json").read_text())
        assert (folder / str(beside["version"])).is_dir()
    assert len({tuple(moment) for moment in moments}) >= 4  # they were different ones
    assert verify(folder).farthest == 0.0
    publish(points(), folder)  # and the next one sweeps
    assert not list(folder.glob(".export-*"))


def test_precisions_and_formats_are_checked_before_anything_is_made(tmp_path):
    gan = points()
    for options, message in [
        ({"formats": ("saved_model", "coreml")}, "Unknown format. Received: 'coreml'"),
        ({"formats": ("litert",)}, "Expected the format saved_model"),
        ({"quantize": ("float16",)}, "Expected the format litert for precisions"),
    ]:
        with pytest.raises(InputError, match=message):
            publish(gan, tmp_path / "points", **options)
    assert not list(tmp_path.iterdir())


@pytest.fixture
def litert(monkeypatch):
    """A stand-in for what writes LiteRT files: its calls, and what it does."""
    stand_in = types.ModuleType("kgan.export.litert")
    stand_in.calls = []

    def write(gan, folder, name, quantize, representative, size):
        stand_in.calls.append((name, quantize, representative))
        (folder / f"{name}.tflite").write_bytes(b"lite")
        return [{"file": f"{name}.tflite", "precision": "none", "bytes": 4, "latency_ms": 0.25}]

    stand_in.write, stand_in.check = write, lambda *arguments, **options: None
    monkeypatch.setitem(sys.modules, "kgan.export.litert", stand_in)
    monkeypatch.setattr("kgan.export.litert", stand_in, raising=False)
    return stand_in


def test_lite_files_lie_beside_and_are_told_of(litert, tmp_path):
    folder = tmp_path / "points"
    publish(points(), folder, ("saved_model", "litert"), ("none",))
    assert litert.calls == [("points", ("none",), None)]
    assert (folder / "points.tflite").read_bytes() == b"lite"
    assert json.loads((folder / "manifest.json").read_text())["litert"][0]["bytes"] == 4
    assert "| points.tflite | none | 4 | 0.25 |" in (folder / "README.md").read_text()
    assert {path.name for path in folder.glob("[!.]*")} == {
        "1", "points.tflite", "README.md", "grid.png", "manifest.json"
    }  # fmt: skip


def test_files_of_an_older_version_go(litert, tmp_path, monkeypatch):
    folder = tmp_path / "points"
    found = verification.Verification(folder, 2, (2, 1), 4, 0.0)
    monkeypatch.setattr(verification, "verify_folder", lambda path, name: found)
    publish(points(), folder, ("saved_model", "litert"))
    assert (folder / "points.tflite").exists()
    publish(points(), folder)
    assert not (folder / "points.tflite").exists() and (folder / "grid.png").exists()
    assert "litert" not in json.loads((folder / "manifest.json").read_text())


def test_what_fails_beside_publishes_nothing(litert, tmp_path, monkeypatch):
    def fails(*arguments, **options):
        raise RunError("int8 is too far from the model.")

    litert.write = fails
    with pytest.raises(RunError, match="int8 is too far"):
        publish(points(), tmp_path / "points", ("saved_model", "litert"))
    assert not list(tmp_path.iterdir())


def test_an_artefact_that_fails_its_check_is_not_published(tmp_path, monkeypatch):
    def fails(folder, name):
        assert (folder / "saved_model.pb").exists() and name == "points/1"
        raise InputError("Expected the model's outputs.")

    monkeypatch.setattr(verification, "verify_folder", fails)
    with pytest.raises(RunError, match=r"Expected the model's outputs\. It was not published\."):
        publish(points(), tmp_path / "points")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a:b", ".hidden", "-x", "a b", "ß"])
def test_a_name_that_no_server_takes_is_refused_at_once(name, tmp_path):
    with pytest.raises(InputError, match="Expected a name of letters"):
        publish(points(), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_file_with_the_name_of_a_killed_export_is_left_alone(tmp_path, monkeypatch):
    (tmp_path / "points").mkdir()
    (tmp_path / "points" / ".export-x").touch()
    publish(points(), tmp_path / "points")
    assert (tmp_path / "points" / ".export-x").exists()
    card = (tmp_path / "points" / "README.md").read_text()
    assert "`kgan verify points`" in card
