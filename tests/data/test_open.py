"""From text to a source: names, paths, arguments, and what is said to a slip of the pen."""

import importlib
import inspect
import pathlib
import subprocess
import sys

import pytest
from PIL import Image

import kgan.data
from kgan.data import parse_source
from kgan.errors import InputError
from kgan.registry import SOURCES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("digits", ("digits", None)),
        ("tfds:mnist", ("tfds", "mnist")),
        ("tfds:celeb_a:2.1.0", ("tfds", "celeb_a:2.1.0")),
        ("images:~/photos", ("images", "~/photos")),
        ("~/photos", ("images", "~/photos")),
        ("./photos", ("images", "./photos")),
        ("photos/mine", ("images", "photos/mine")),
    ],
)
def test_parse_source(text, expected):
    assert parse_source(text) == expected


def test_an_existing_folder_needs_no_slash(tmp_path, monkeypatch):
    (tmp_path / "photos").mkdir()
    monkeypatch.chdir(tmp_path)
    assert parse_source("photos") == ("images", "photos")


def test_options_reach_the_source(tmp_path):
    source = kgan.data.open_source("digits", {"size": 16, "split": "test"})
    assert source.count == 360 and source.spec["image"].shape == (16, 16, 1)
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    assert kgan.data.open_source(f"images:{tmp_path}", {"size": 4}).spec["image"].shape == (4, 4, 3)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("digit", {}, "Unknown data source. Received: 'digit'. Known, nearest first: digits"),
        ("digits", {"sise": 16}, "Unknown option of digits. Received: 'sise'.*first: size"),
        ("digits:16", {}, "Write 'digits' and give size as an option"),
        ("images", {}, "Expected images:FOLDER. Received: 'images'"),
        ("images:/a", {"folder": "/b"}, "Expected folder once"),
    ],
)
def test_mistakes_are_named(text, options, message):
    with pytest.raises(InputError, match=message):
        kgan.data.open_source(text, options)


def test_a_source_may_have_no_options(monkeypatch):
    monkeypatch.setitem(SOURCES._registered, "nothing_to_choose", lambda: "opened")
    assert kgan.data.open_source("nothing_to_choose") == "opened"
    with pytest.raises(InputError, match=r"Received: .nothing_to_choose:x.\. Write .noth"):
        kgan.data.open_source("nothing_to_choose:x")


def test_no_file_hides_a_function():
    folder = pathlib.Path(kgan.data.__file__).parent
    for path in folder.rglob("_*.py"):
        parts = path.relative_to(folder).with_suffix("").parts
        importlib.import_module(".".join(["kgan.data", *parts]))
    for name in kgan.data.__all__:
        assert callable(getattr(kgan.data, name)), name
    with pytest.raises(AttributeError, match="attribute digit"):
        _ = kgan.data.digit


@pytest.mark.parametrize("name", SOURCES.entries())
def test_a_source_has_one_door_and_returns_a_source(name):
    function = getattr(kgan.data, name)
    assert function is SOURCES.get(name)
    signature = inspect.signature(function)
    assert signature.return_annotation is kgan.data.Source
    assert not {"batch_size", "seed", "shuffle"} & signature.parameters.keys()


def test_importing_and_checking_a_folder_need_no_tensorflow(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    code = (
        "import sys, kgan.data; kgan.data.audit_folder(sys.argv[1]); "
        "print('tensorflow' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout == "False\n", done.stderr
