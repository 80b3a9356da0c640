"""`kgan data show` as a person meets it."""

import pathlib

import numpy as np
import pytest
from PIL import Image

from kgan.cli import main


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def size(path):
    with Image.open(path) as image:
        return image.size


@pytest.mark.parametrize(
    "line",
    [
        "digits --data.split test",
        "captions --data.characters QX --data.variants=1",
        "glyph_pairs --data.characters letters",
        "glyph_domains --data.fonts [DejaVuSans,cmr10] --data.characters digits",
        "ring --data.count 200",
    ],
)
def test_sources_are_shown(capfd, line):
    assert main(["data", "show", *line.split(), "--count", "8", "--out", "x.png"]) == 0
    out, err = capfd.readouterr()
    assert (out.splitlines()[-1], err) == ("Wrote x.png", "")
    assert min(size("x.png")) > 100 and [path.name for path in pathlib.Path().iterdir()] == [
        "x.png"
    ]


def test_options_reach_the_source_and_an_older_picture_is_replaced(capsys):
    line = ["data", "show", "digits", "--out", "x.png", "--count", "4"]
    assert main([*line, "--data.size", "8"]) == 0
    before = pathlib.Path("x.png").read_bytes()
    assert main(["data", "show", "--data.size=32", *line[2:]]) == 0
    assert pathlib.Path("x.png").read_bytes() != before


def test_folders_are_shown_and_what_was_skipped_is_said(capsys):
    for name in ("photos/a.png", "photos/b.png", "drawings/a.png"):
        pathlib.Path(name).parent.mkdir(exist_ok=True)
        Image.fromarray(np.full([6, 6, 3], 99, np.uint8)).save(name)
    pathlib.Path("drawings/c.png").write_bytes(b"")
    for source in ("photos", "images:photos", "unpaired:photos,drawings"):
        assert main(["data", "show", source, "--out", "x.png"]) == 0
        assert pathlib.Path("x.png").exists()
        pathlib.Path("x.png").unlink()
    assert "drawings: 1 of 2 pictures skipped: c.png (empty file)\n" in capsys.readouterr().out
    pathlib.Path("drawings/c.png").rename("drawings/b.png")
    for folder in ("photos", "drawings"):
        pathlib.Path("both").mkdir(exist_ok=True)
        pathlib.Path(folder).rename(f"both/{folder}")
    assert main(["data", "show", "pairs:both", "--out", "x.png", "--data.direction=b_to_a"]) == 0
    assert "1 of 2 pairs skipped: photos/b.png" not in capsys.readouterr().out


WRONG = [
    ("digits", "Expected --out FILE.png for digits. Received: none."),
    ("--out x.png", "the following arguments are required: SOURCE"),
    ("digit --out x.png", "Unknown data source. Received: 'digit'."),
    ("digits more --out x.png", "then --data.OPTION VALUE. Received: more."),
    ("digits --out x.png --size 8", "then --data.OPTION VALUE. Received: --size 8."),
    ("digits --out x.png -x 8", "then --data.OPTION VALUE. Received: -x 8."),
    (
        "digits --out x.png --data.size 8 --training.seed 3",
        "then --data.OPTION VALUE. Received: --data.size=8 --training.seed=3.",
    ),
    ("digits --out x.png --data.sise 8", "Unknown option. Received: 'data.sise'."),
    ("digits --out x.png --data.size big", "Expected data.size of type int. Received: big."),
    ("digits --out x.png --data.size 4", "Expected a size of at least 8. Received: size=4."),
    ("ring --out x.png --data.radius -1", "Expected radius of at least 0. Received: radius=-1.0."),
    ("digits --out x.jpg", "Expected --out to end in .png. Received: x.jpg."),
    ("digits --out x.png --count 0", "Expected a whole count >= 1. Received: count=0."),
    ("digits --out x.png --count few", "argument --count: invalid int value: 'few'"),
    ("pairs --out x.png", "arguments are required: data.folder."),
    ("pairs:nowhere --out x.png", "Expected a folder of pictures. Received: folder='nowhere'"),
    ("unpaired:here --out x.png", "Expected two folders with a comma between them."),
]


@pytest.mark.parametrize("line, message", WRONG)
def test_bad_input_is_one_line_and_exit_code_2(capfd, line, message):
    try:
        code = main(["data", "show", *line.split()])
    except SystemExit as stop:  # argparse's own way: usage, then the error
        code = stop.code
    out, err = capfd.readouterr()
    lines = err.splitlines()
    assert (code, out) == (2, "") and message in lines[-1]
    assert len(lines) == 1 or lines[0].startswith("usage: kgan")
    assert not pathlib.Path("x.png").exists()
