"""kgan font: every character that was wanted, in the metrics of the source, and what it refuses."""

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from PIL import Image, ImageFont

from kgan.cli import main
from kgan.data._glyphs.fonts import find_font
from kgan.generation import make_font
from kgan.generation.font.font import _paint
from kgan.generation.font.specimen import list_lines
from kgan.generation.font.typeface import read_metrics
from kgan.runs.load import load_run

WANTED = "ABab\U0001d538é"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of two hands that has hardly begun: its generator draws something grey."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    line = ["train", "zi2zi", "--data", "fonts", "--data.fonts", "[STIXGeneral,DejaVuSans-Bold]"]
    line += ["--data.characters", "ABCDEFGHabcdefgh", "--data.size", "16", "--model.width", "4"]
    line += ["--training.batch_size", "4", "--training.epochs", "1", "--out", str(folder)]
    assert main([*line, "--training.steps_per_epoch", "1", "--training.samples", "4"]) == 0
    return folder


@pytest.fixture
def copying(monkeypatch):
    """Has the run give back what it starts from."""
    monkeypatch.setattr(
        "kgan.generation.font.font._paint", lambda gan, sources, hand: sources[..., 0] / 255.0
    )


def test_a_font_has_every_character_and_the_sources_metrics(run, tmp_path, copying, capsys):
    (tmp_path / "wanted.txt").write_text(WANTED, "utf-8")
    line = ["font", str(run), "--label", "STIXGeneral", "--name", "My Hand", "--licence", "mine"]
    out = tmp_path / "mine.ttf"
    line += ["--characters", str(tmp_path / "wanted.txt"), "--out", str(out)]
    assert main(line) == 0
    told = capsys.readouterr().out
    assert f"Wrote {out}" in told and "6 characters" in told and "bytes a point" in told
    source = read_metrics(find_font("DejaVuSans"))
    with TTFont(out, lazy=False) as font:
        font.ensureDecompiled()
        assert set(font.getBestCmap()) == {*map(ord, WANTED), 0x20, 0xA0}
        line = font["hhea"]
        assert (line.ascent, line.descent) == (source.ascent, source.descent)
        for character in WANTED:
            name = font.getBestCmap()[ord(character)]
            assert font["hmtx"][name][0] == source.advances[character]
            assert font["glyf"][name].numberOfContours > 0
        names = {record.nameID: str(record) for record in font["name"].names}
        assert names[1] == "My Hand" and names[13] == "mine" and "STIXGeneral" in names[0]
    again = ImageFont.truetype(str(out), 40)
    assert again.getname() == ("My Hand", "Regular")
    mask = np.asarray(again.getmask("A"), float)
    expected = np.asarray(ImageFont.truetype(str(find_font("DejaVuSans")), 40).getmask("A"), float)
    assert abs(mask.sum() / expected.sum() - 1) < 0.3  # 16 pixels know no more
    with Image.open(out.with_suffix(".png")) as picture:
        assert picture.convert("L").getextrema() == (0, 255)
    page = out.with_suffix(".html").read_text("utf-8")
    assert 'url("mine.ttf")' in page
    assert "\U0001d538" in page


def test_characters_that_the_hand_has_may_be_kept_as_they_are(run, tmp_path, copying):
    errors = []
    for originals in (False, True):
        out = tmp_path / f"{originals}.ttf"
        make_font(run, out, "STIXGeneral", "AǶ", originals=originals)  # STIX has no hwair
        fonts = [str(out), str(find_font("STIXGeneral")), str(find_font("DejaVuSans"))]
        own, hand, source = (
            [np.asarray(ImageFont.truetype(font, 60).getmask(c).resize((40, 40)), float)
             for c in "AǶ"] for font in fonts
        )  # fmt: skip
        errors.append([np.abs(own[0] - hand[0]).mean(), np.abs(own[1] - source[1]).mean()])
    assert errors[1][0] < 0.5 * errors[0][0] and errors[1][1] == errors[0][1]


def test_a_hand_between_two(run):
    gan, _ = load_run(run)
    sources = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 1), np.uint8)
    hands = gan.conditions[1].classes
    ends = [_paint(gan, sources, (hand, None, 0.0)) for hand in hands]
    for share, end in zip((0.0, 1.0), ends, strict=True):
        np.testing.assert_allclose(_paint(gan, sources, (*hands, share)), end, atol=1e-4)
    assert ends[0].shape == (3, 16, 16) and ends[0].min() >= 0 and ends[0].max() <= 1


def test_sentences_of_a_specimen_are_those_a_font_can_write():
    letters = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    assert list_lines(letters)[0].startswith("The quick")
    assert list_lines(("7", "8")) == ["78"]


@pytest.mark.parametrize(
    "line, message",
    [
        ("", "Expected --label, one of STIXGeneral, DejaVuSans-Bold. Received: none."),
        ("--label Comic", "Unknown class. Received: 'Comic'."),
        ("--label 0 --out mine.otf", "Expected --out to end in .ttf. Received: mine.otf."),
        ("--label 0 --characters A中文", "which the run starts from, has. Received: 中文."),
        ("--label 0 --characters no.txt", "Expected a text file of characters"),
        ("--label 0 --blend 1 2", "Expected blend from 0 to 1. Received: blend=2.0."),
        ("--label 0 --blend 1 half", "Expected --blend HAND SHARE"),
    ],
)
def test_what_cannot_be_is_one_line(run, tmp_path, monkeypatch, capfd, line, message):
    monkeypatch.chdir(tmp_path)
    capfd.readouterr()
    assert main(["font", str(run), *line.split()]) == 2
    err = capfd.readouterr().err
    assert message in err and err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_run_on_other_data_is_refused(tmp_path):
    from kgan.errors import InputError

    with pytest.raises(InputError):
        make_font(tmp_path, tmp_path / "mine.ttf")
