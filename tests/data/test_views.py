"""Views make of each picture a poorer one, and keep the picture itself as target."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import kgan.data
from kgan.data._masks import draw_mask
from kgan.errors import InputError

KINDS = {
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


@pytest.fixture
def folder(tmp_path, random):
    for number in range(3):
        pixels = random.integers(0, 256, (9, 9, 3)).astype(np.uint8)
        image = Image.fromarray(pixels).resize((32, 32), Image.Resampling.BICUBIC)
        image.save(tmp_path / f"{number}.png")
    return str(tmp_path)


@pytest.mark.parametrize("kernel", KINDS)
@pytest.mark.parametrize("factor", [2, 4])
def test_downsampling_is_pillows(folder, kernel, factor):
    source = kgan.data.downsampled(folder, factor, kernel, size=32)
    arrays = source.arrays()
    side = 32 // factor
    assert arrays["source"].shape == (3, side, side, 3) and arrays["target"].shape[1:3] == (32, 32)
    for small, whole in zip(arrays["source"], arrays["target"], strict=True):
        # In floating point: of bytes, Pillow cuts off what overshoots between its two passes.
        channels = (Image.fromarray(c) for c in np.moveaxis(whole.astype(np.float32), -1, 0))
        expected = [np.asarray(c.resize((side, side), KINDS[kernel])) for c in channels]
        expected = np.clip(np.stack(expected, axis=-1), 0, 255)
        np.testing.assert_allclose(small, expected, rtol=0, atol=0.51)


def test_holes_are_the_examples_own(folder):
    source = kgan.data.masked(folder, size=32)
    assert list(source.spec) == ["source", "target", "mask"]
    arrays = source.arrays()
    for number, mask in enumerate(arrays["mask"]):
        np.testing.assert_array_equal(mask, draw_mask(32, 32, number))
    hole = np.broadcast_to(arrays["mask"] > 0, arrays["target"].shape)
    assert (arrays["source"][hole] == 128).all()
    np.testing.assert_array_equal(arrays["source"][~hole], arrays["target"][~hole])
    # In a shuffled batch too.
    batch = next(source.dataset(3).as_numpy_iterator())
    known = {image.tobytes(): n for n, image in enumerate(arrays["target"])}
    for image, mask in zip(batch["target"], batch["mask"], strict=True):
        np.testing.assert_array_equal(mask, arrays["mask"][known[image.tobytes()]])


def test_grey_is_pillows_luma(folder):
    arrays = kgan.data.grayscale(folder, size=32).arrays()
    assert arrays["source"].shape == (3, 32, 32, 1) and arrays["target"].shape == (3, 32, 32, 3)
    for grey, image in zip(arrays["source"], arrays["target"], strict=True):
        expected = np.asarray(Image.fromarray(image).convert("L"))
        np.testing.assert_allclose(grey[..., 0].astype(int), expected, rtol=0, atol=1)


def test_outlines_are_dark_where_colours_meet(tmp_path):
    pixels = np.full((32, 32, 3), 200, np.uint8)
    pixels[:, 16:] = (200, 40, 200)  # of nearly the same luma in red and blue
    Image.fromarray(pixels).save(tmp_path / "half.png")
    outline = kgan.data.outlines(str(tmp_path), size=32).arrays()["source"][0, ..., 0]
    assert outline[5, 3] == outline[5, 28] == 255
    assert outline[5, 15] == outline[5, 16] == 0


def test_what_else_a_source_knows_stays():
    source = kgan.data.open_source("downsampled:digits", {"factor": 2, "split": "test"})
    digits = kgan.data.digits(split="test")
    assert source.classes == digits.classes and source.licence == digits.licence
    assert source.count == 360 and source.spec["source"] == tf.TensorSpec((16, 16, 1), tf.uint8)
    np.testing.assert_array_equal(source.arrays()["label"], digits.arrays()["label"])
    np.testing.assert_array_equal(source.arrays()["target"], digits.arrays()["image"])
    assert kgan.data.find_split("masked:digits") == "train"
    assert kgan.data.find_split("masked", "digits") == "train"
    assert kgan.data.find_split("digits") == "train" and kgan.data.find_split("glyphs") is None


def test_mirrored_pictures_are_mirrored_with_their_mask(folder, monkeypatch):
    source = kgan.data.masked(folder, size=32)
    object.__setattr__(source, "mirror", True)
    plain = source.arrays()
    known = {image.tobytes(): n for n, image in enumerate(plain["target"])}
    seen = set()
    for batch in list(source.dataset(3).repeat(8).as_numpy_iterator()):
        for image, mask in zip(batch["target"], batch["mask"], strict=True):
            flipped = image.tobytes() not in known
            image, mask = (image[:, ::-1], mask[:, ::-1]) if flipped else (image, mask)
            np.testing.assert_array_equal(mask, plain["mask"][known[image.tobytes()]])
            seen.add(flipped)
    assert seen == {True, False}


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("downsampled:digits", {"factor": 3}, "Received: factor=3"),
        ("downsampled:digits", {"kernel": "sinc"}, r"Unknown kernel\. Received: 'sinc'"),
        ("downsampled:digits", {"size": 30}, "whose sides 4 divides.* 30x30"),
        ("masked:digits", {"size": 8}, "at least 16 pixels"),
        ("grayscale:digits", {}, "Expected coloured pictures for grayscale"),
        ("outlines:digits", {}, "Expected coloured pictures for outlines"),
        ("masked:ring", {}, "Expected a source of pictures"),
        ("masked:glyph_pairs", {}, "Expected a source of pictures, as image"),
        ("masked:glyphs", {"split": "test"}, "Expected no split for glyphs"),
        ("masked:digit", {}, r"Unknown data source\. Received: 'digit'"),
        ("masked", {}, "Expected masked:OF"),
    ],
)
def test_mistakes_are_named(text, options, message):
    with pytest.raises(InputError, match=message):
        kgan.data.open_source(text, options)
