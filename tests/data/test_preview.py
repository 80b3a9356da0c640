"""One picture of a source: its examples, whole, in order, with what is known of them."""

import os

import numpy as np
import pytest
from PIL import Image

import kgan.data
from kgan.data import _preview
from kgan.data._arrays import arrays
from kgan.data._preview import preview
from kgan.data._source import Source
from kgan.errors import InputError


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """Shows a source; returns the picture [H, W, 3] and the texts in it, top to bottom."""

    def draw(source, count=None):
        figures = []
        make = _preview._figure

        def kept(*size, **layout):
            figures.append(make(*size, **layout))
            return figures[-1]

        monkeypatch.setattr(_preview, "_figure", kept)
        preview(source, tmp_path / "out.png", count)
        with Image.open(tmp_path / "out.png") as image:
            assert image.format == "PNG"
            pixels = np.asarray(image.convert("RGB"))
        return pixels, [text.get_text().replace("\n", " ") for text in figures[-1].texts]

    return draw


def colored(value):
    """A picture [8, 8, 3] of a colour that neither paper nor text has."""
    return np.broadcast_to(np.array([value, 0, 255], np.uint8), [8, 8, 3])


def flat(values, **others):
    """Pictures each of one colour."""
    return arrays({"image": np.stack([colored(value) for value in values]), **others})


def patches(pixels, values):
    """Returns `{value: [top, left]}` of the pictures, each of which must be 96 by 96, and whole."""
    places = {}
    for value in values:
        found = np.argwhere((pixels == colored(value)[0, 0]).all(axis=2))
        assert len(found) == 96 * 96 and np.ptp(found, axis=0).tolist() == [95, 95]
        places[value] = found.min(axis=0)
    return places


def test_each_picture_is_there_enlarged_over_its_label(drawn):
    values = [10, 30, 50, 70, 90]
    source = flat(values, label=np.array([4, 3, 2, 1, 0]))
    pixels, texts = drawn(source)
    tops, lefts = np.array([patches(pixels, values)[value] for value in values]).T
    # By label, left to right in one row.
    assert (np.diff(lefts) < -96).all() and len(set(tops)) == 1
    assert texts[1:] == ["0", "1", "2", "3", "4"]
    assert texts[0] == "arrays: 5 examples. Each: image 8×8×3 uint8; label int32 5 values."


def test_count_and_full_rows(drawn):
    values = np.arange(100, dtype=np.uint8)
    source = flat(values)
    assert len(drawn(source)[1]) == 1 + 32
    assert len(drawn(source, 7)[1]) == 1 + 7
    assert len(drawn(flat(values[:3]), 7)[1]) == 1 + 3


def test_pairs_stand_side_by_side(drawn):
    source = arrays({"source": colored(20)[np.newaxis], "target": colored(60)[np.newaxis]})
    pixels, texts = drawn(source)
    places = patches(pixels, [20, 60])
    np.testing.assert_array_equal(places[60] - places[20], [0, 96 + 4])
    assert texts[0].endswith("Shown: source | target.")


def test_sides_of_different_sizes_fit(drawn):
    small, large = colored(20)[np.newaxis], np.full([1, 20, 40, 3], colored(60)[0, 0])
    pixels, _ = drawn(arrays({"source": small, "target": large}))
    patches(pixels, [20])
    assert (pixels == colored(60)[0, 0]).all(axis=2).sum() == 100 * 200
    turned, _ = drawn(arrays({"source": large, "target": small}))
    assert pixels.shape == turned.shape


def test_unpaired_sides_are_counted_apart(drawn):
    source = kgan.data.join_sides(flat([20, 30]), flat([60, 70, 80]))
    pixels, texts = drawn(source)
    patches(pixels, [60, 70, 80])
    assert texts[0].startswith("unpaired: 2 of a, 3 of b. Each: a 8×8×3 uint8; b 8×8×3 uint8.")


def test_a_domain_is_a_row_with_the_same_labels(drawn):
    values = np.arange(12) * 10
    source = flat(values, label=np.tile(np.arange(4), 3), domain=np.repeat(np.arange(3), 4))
    pixels, _ = drawn(source)
    places = patches(pixels, values.tolist())
    tops, lefts = (np.reshape([places[v][axis] for v in values], [3, 4]) for axis in (0, 1))
    assert (tops == tops[:, :1]).all() and (np.diff(tops[:, 0]) > 96).all()
    assert (lefts == lefts[:1]).all() and (np.diff(lefts[0]) > 96).all()


def test_texts_name_classes_domains_and_captions(drawn):
    domains = kgan.data.open_source("glyph_domains", {"characters": "QR", "split": "all"})
    texts = drawn(domains)[1]
    assert "Q, DejaVuSans" in texts and "R, STIXGeneralItalic" in texts and len(texts) == 11
    captions = kgan.data.open_source("captions", {"variants": 1})
    texts = drawn(captions, 5)[1]
    whole = {caption.decode() for caption in captions.arrays()["caption"]}
    assert len(texts) == 6 and set(texts[1:]) <= whole


def test_pixels_stay_pixels(drawn):
    image = np.where(np.eye(8)[..., np.newaxis], colored(20), colored(60)).astype(np.uint8)
    pixels, _ = drawn(arrays(image[np.newaxis]))
    found = [(pixels == colored(value)[0, 0]).all(axis=2).sum() for value in (20, 60)]
    assert found == [8 * 12 * 12, 56 * 12 * 12]


def test_large_and_floating_pictures(drawn):
    images = np.full([2, 400, 200, 3], [0.0, -1.0, 1.0], np.float32)
    pixels, _ = drawn(arrays(images))
    assert (pixels == [128, 0, 255]).all(axis=2).sum() == 2 * 160 * 80


def test_dollars_and_unknown_scripts_are_only_text(drawn):
    images = np.zeros([2, 8, 8, 1], np.uint8)
    source = arrays(images, np.array([0, 1]), classes=("$\\no$", "\N{HIRAGANA LETTER A}"))
    assert drawn(source)[1][1] == "$\\no$"


@pytest.mark.parametrize("name", ["ring", "grid", "swiss_roll", "mixture"])
def test_points(drawn, name):
    pixels, _ = drawn(kgan.data.open_source(name, {"count": 500}))
    assert pixels.shape == (600, 600, 3)
    plot = pixels[60:500, 100:580]
    assert ((plot.max(axis=2) - plot.min(axis=2)) > 60).sum() > 100  # coloured points or bars


def test_the_same_source_gives_the_same_picture(drawn):
    source = flat(np.arange(200))
    np.testing.assert_array_equal(drawn(source, 9)[0], drawn(source, 9)[0])


def test_it_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    (tmp_path / "out.png").write_bytes(b"before")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="No space"):
        preview(flat([1]), tmp_path / "out.png")
    assert os.listdir(tmp_path) == ["out.png"]
    assert (tmp_path / "out.png").read_bytes() == b"before"


@pytest.mark.parametrize(
    ("source", "path", "count", "message"),
    [
        (flat([1]), "out.jpg", None, r"Expected --out to end in \.png\. Received: out\.jpg"),
        (flat([1]), "out.png", 0, "whole count >= 1. Received: count=0"),
        (
            Source("words", 3, {"pixels": flat([1]).spec["image"]}, None),
            "out.png",
            None,
            "Expected pictures, or points.*Received: words with pixels .8, 8, 3.",
        ),
        (
            kgan.data.density(lambda random, count: random.normal(size=(count, 3)), 4, "cube"),
            "out.png",
            None,
            "Received: cube with image .3,.",
        ),
    ],
)
def test_mistakes_are_named(tmp_path, source, path, count, message):
    with pytest.raises(InputError, match=message):
        preview(source, tmp_path / path if path == "out.png" else path, count)
    assert os.listdir(tmp_path) == []


def test_signals_are_drawn_over_their_classes(tmp_path):
    signals = {"signal": np.zeros((5, 64, 1), np.float32), "label": np.arange(5) % 2}
    source = Source.from_arrays("waves", signals, classes=("low", "high"), rate=8)
    preview(source, tmp_path / "waves.png")
    with Image.open(tmp_path / "waves.png") as page:
        assert page.width >= 4 * 240
