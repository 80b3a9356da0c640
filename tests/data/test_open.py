"""From text to a source: names, paths, arguments, and what is said to a slip of the pen."""

import importlib
import subprocess
import sys

import pytest
from PIL import Image

import kgan.data
from kgan.data._open import parse
from kgan.errors import InputError


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
def test_parse(text, expected):
    assert parse(text) == expected


def test_an_existing_folder_needs_no_slash(tmp_path, monkeypatch):
    (tmp_path / "photos").mkdir()
    monkeypatch.chdir(tmp_path)
    assert parse("photos") == ("images", "photos")


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


def test_functions_and_files_do_not_hide_each_other():
    digits = kgan.data.digits
    importlib.import_module("kgan.data._digits")
    assert kgan.data.digits is digits
    for name in ("arrays", "digits", "glyphs", "images", "tfds", "open_source", "check_folder"):
        assert callable(getattr(kgan.data, name))
    with pytest.raises(AttributeError, match="no attribute 'digit'"):
        _ = kgan.data.digit


def test_importing_and_checking_a_folder_need_no_tensorflow(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    code = (
        "import sys, kgan.data; kgan.data.check_folder(sys.argv[1]); "
        "print('tensorflow' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout == "False\n", done.stderr
