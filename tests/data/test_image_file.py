"""Each rule of conversion on a hand-made picture with known pixels."""

import os
import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image

from kgan.data import _image_file
from kgan.errors import InputError


def pixels(path, channels=3, size=2, fit="crop", background="white"):
    image, _ = _image_file.read_image(path)
    return _image_file.convert_image(image, size, channels, fit, background)


def saved(tmp_path, image, name="a.png", **options):
    path = tmp_path / name
    image.save(path, **options)
    return path


def png16(path, color_type, values):
    """Writes a PNG with 16 bits a channel, which Pillow cannot write in colour."""
    values = np.asarray(values, ">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in values)

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, color_type, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    return path


RGB = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [10, 20, 30]]], np.uint8)


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tif", "a.webp"])
def test_lossless_formats_keep_their_pixels(tmp_path, name):
    options = {"lossless": True} if name.endswith("webp") else {}
    path = saved(tmp_path, Image.fromarray(RGB), name, **options)
    np.testing.assert_array_equal(pixels(path), RGB)


def test_format_is_found_by_content(tmp_path):
    path = saved(tmp_path, Image.fromarray(RGB), "a.png").rename(tmp_path / "a.jpg")
    np.testing.assert_array_equal(pixels(path), RGB)


def test_colour_to_grey_is_luma_and_grey_to_colour_copies(tmp_path):
    path = saved(tmp_path, Image.fromarray(RGB))
    # 0.299 R + 0.587 G + 0.114 B
    np.testing.assert_array_equal(pixels(path, channels=1)[..., 0], [[76, 150], [29, 18]])
    grey = np.array([[0, 50], [100, 255]], np.uint8)
    path = saved(tmp_path, Image.fromarray(grey))
    np.testing.assert_array_equal(pixels(path), np.repeat(grey[..., np.newaxis], 3, axis=2))


def test_palette_becomes_its_colours(tmp_path):
    image = Image.new("P", (2, 2))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((1, 1), 1)
    path = saved(tmp_path, image)
    expected = [[[255, 0, 0], [255, 0, 0]], [[255, 0, 0], [0, 0, 255]]]
    np.testing.assert_array_equal(pixels(path), expected)


def test_transparency_lies_over_the_background(tmp_path):
    rgba = np.zeros([2, 2, 4], np.uint8)
    rgba[..., 0] = 200
    rgba[..., 3] = [[255, 0], [128, 0]]
    path = saved(tmp_path, Image.fromarray(rgba))
    half = 200 * 128 / 255
    white = [[[200, 0, 0], [255] * 3], [[half + 127, 127, 127], [255] * 3]]
    np.testing.assert_allclose(pixels(path), white, rtol=0, atol=1)
    blue = [[[200, 0, 0], [0, 0, 255]], [[half, 0, 127], [0, 0, 255]]]
    np.testing.assert_allclose(pixels(path, background="#0000ff"), blue, rtol=0, atol=1)


def test_transparent_palette_colour_and_transparent_grey(tmp_path):
    image = Image.new("P", (2, 2))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((1, 1), 1)
    path = saved(tmp_path, image, transparency=0)
    expected = [[[255] * 3, [255] * 3], [[255] * 3, [0, 0, 255]]]
    np.testing.assert_array_equal(pixels(path), expected)
    path = saved(tmp_path, Image.fromarray(np.array([[0, 9], [9, 9]], np.uint8)), transparency=0)
    np.testing.assert_array_equal(pixels(path, 1)[..., 0], [[255, 9], [9, 9]])
    grey_alpha = Image.merge("LA", [Image.new("L", (2, 2), 60), Image.new("L", (2, 2), 0)])
    path = saved(tmp_path, grey_alpha)
    np.testing.assert_array_equal(pixels(path, 1, background="black"), np.zeros([2, 2, 1]))


def test_cmyk_becomes_rgb(tmp_path):
    path = saved(tmp_path, Image.new("CMYK", (2, 2), (255, 0, 0, 0)), "a.tif")
    np.testing.assert_array_equal(pixels(path), np.broadcast_to([0, 255, 255], [2, 2, 3]))


def test_one_bit_becomes_black_and_white(tmp_path):
    image = Image.new("1", (2, 2))
    image.putpixel((0, 0), 1)
    path = saved(tmp_path, image)
    np.testing.assert_array_equal(pixels(path, 1)[..., 0], [[255, 0], [0, 0]])


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_16_bit_grey_is_divided_by_257(tmp_path, name):
    deep = np.array([[0, 129], [32896, 65535]], np.uint16)
    path = saved(tmp_path, Image.fromarray(deep), name)
    np.testing.assert_array_equal(pixels(path, 1)[..., 0], [[0, 1], [128, 255]])
    assert _image_file.read_image(path)[1].deep and not _image_file.read_image(path)[1].colour


def test_16_bit_colour_keeps_its_high_byte(tmp_path):
    path = png16(tmp_path / "a.png", 2, [[[0, 257, 65535]] * 2] * 2)
    np.testing.assert_array_equal(pixels(path), np.broadcast_to([0, 1, 255], [2, 2, 3]))
    assert _image_file.read_image(path)[1].deep


def test_gif_gives_its_first_frame(tmp_path):
    frames = [Image.new("RGB", (2, 2), color) for color in ("red", "blue")]
    path = saved(tmp_path, frames[0], "a.gif", save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(pixels(path), np.broadcast_to([255, 0, 0], [2, 2, 3]))
    assert _image_file.read_image(path)[1].animated


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (1, [[1, 2], [3, 4]]),
        (2, [[2, 1], [4, 3]]),
        (3, [[4, 3], [2, 1]]),
        (4, [[3, 4], [1, 2]]),
        (5, [[1, 3], [2, 4]]),
        (6, [[3, 1], [4, 2]]),
        (7, [[4, 2], [3, 1]]),
        (8, [[2, 4], [1, 3]]),
    ],
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_exif_orientation_is_applied(tmp_path, orientation, expected, dtype):
    exif = Image.Exif()
    exif[0x0112] = orientation
    scale = 257 if dtype == np.uint16 else 1
    image = Image.fromarray((np.array([[1, 2], [3, 4]]) * scale).astype(dtype))
    path = saved(tmp_path, image, exif=exif)
    np.testing.assert_array_equal(pixels(path, 1)[..., 0], expected)
    assert _image_file.read_image(path)[1].rotated == (orientation != 1)


def test_fits(tmp_path):
    # 6 wide, 2 high: left third 10, middle 20, right 30.
    row = np.repeat(np.array([10, 20, 30], np.uint8), 2)
    path = saved(tmp_path, Image.fromarray(np.stack([row, row])))
    np.testing.assert_array_equal(pixels(path, 1, fit="crop")[..., 0], [[20, 20], [20, 20]])
    padded = pixels(path, 1, size=6, fit="pad", background="black")[..., 0]
    np.testing.assert_array_equal(padded, np.pad(np.stack([row, row]), ((2, 2), (0, 0))))
    stretched = pixels(path, 1, size=6, fit="stretch")[..., 0]
    np.testing.assert_array_equal(stretched, np.broadcast_to(row, [6, 6]))


def test_other_proportions(tmp_path):
    """Columns 40, 120 and 200, 2 high: to 2x1 the middle is cut out, to 4x3 rows are added."""
    image = np.tile(np.array([40, 120, 200], np.uint8), (2, 1))
    path = saved(tmp_path, Image.fromarray(image))
    assert pixels(path, 1, size="2x1")[..., 0].tolist() == [[120], [120]]
    assert pixels(path, 1, size=(2, 3))[..., 0].tolist() == image.tolist()
    padded = pixels(path, 1, size="4x3", fit="pad", background="black")[..., 0]
    assert padded.tolist() == [[0, 0, 0], *image.tolist(), [0, 0, 0]]
    assert pixels(path, 3, size="1x5", fit="stretch").shape == (1, 5, 3)


def test_pixels_as_they_are(tmp_path):
    grey = Image.new("LA", (2, 1), (7, 9))
    palette = Image.new("P", (2, 1), 1)
    palette.putpalette([0, 0, 0, 10, 20, 30])
    deep = png16(tmp_path / "deep.png", 0, np.array([[257 * 5, 65535]]))
    expected = {
        saved(tmp_path, grey, "grey.png"): [7, 9],
        saved(tmp_path, Image.new("RGBA", (2, 1), (1, 2, 3, 4)), "clear.png"): [1, 2, 3, 4],
        saved(tmp_path, palette, "palette.png"): [10, 20, 30],
        saved(tmp_path, palette, "hole.png", transparency=1): [10, 20, 30, 0],
        saved(tmp_path, Image.new("1", (2, 1), 1), "bit.png"): [255],
        deep: [5],
    }
    for path, pixel in expected.items():
        pixels = _image_file.take_pixels(_image_file.read_image(path)[0])
        assert pixels.shape == (1, 2, len(pixel)) and pixels[0, 0].tolist() == pixel, path


def test_shrinking_is_antialiased(tmp_path):
    # Every other column white: taking single pixels would give black or white, not grey.
    stripes = np.zeros([64, 64], np.uint8)
    stripes[:, ::2] = 255
    path = saved(tmp_path, Image.fromarray(stripes))
    shrunken = pixels(path, 1, size=8)[:, 1:-1, 0].astype(int)
    assert np.abs(shrunken - 127).max() <= 8


def test_reasons_why_a_file_is_unreadable(tmp_path, monkeypatch):
    good = saved(tmp_path, Image.effect_noise((64, 64), 50)).read_bytes()
    damaged = bytearray(good)
    damaged[len(good) // 2] ^= 0xFF
    files = {
        "empty file": b"",
        "not a picture": b"this is text",
        "truncated": good[: len(good) // 2],
        "damaged": bytes(damaged),
    }
    for reason, content in files.items():
        path = tmp_path / "bad.png"
        path.write_bytes(content)
        with pytest.raises(_image_file.UnreadableImage, match=reason):
            _image_file.read_image(path)
    with pytest.raises(_image_file.UnreachableImage, match="No such file"):
        _image_file.read_image(tmp_path / "none.png")
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(_image_file.UnreadableImage, match="not a regular file"):
        _image_file.read_image(tmp_path / "pipe.png")
    floating = saved(tmp_path, Image.new("F", (2, 2)), "f.tif")
    with pytest.raises(_image_file.UnreadableImage, match="mode 'F'"):
        _image_file.read_image(floating)
    # Above the limit is refused, not only above twice the limit.
    for limit in (64 * 64 - 1, 100):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # as in a run, where Pillow's warning stops nothing
            with pytest.raises(_image_file.UnreadableImage, match="decompression bomb"):
                _image_file.read_image(tmp_path / "a.png")


def test_background_must_be_a_colour():
    with pytest.raises(InputError, match="Received: background='whitish'"):
        _image_file.check_conversion(8, 3, "crop", "whitish")


def test_four_channels_keep_transparency(tmp_path):
    rgba = np.dstack([RGB, np.array([[255, 128], [0, 255]], np.uint8)])
    path = saved(tmp_path, Image.fromarray(rgba))
    expected = rgba.copy()
    expected[1, 0] = (0, 0, 0, 0)  # what nobody sees is of the background's colour
    np.testing.assert_array_equal(pixels(path, channels=4, background="black"), expected)
    opaque = pixels(saved(tmp_path, Image.fromarray(RGB), "b.png"), channels=4)
    np.testing.assert_array_equal(opaque[..., :3], RGB)
    assert (opaque[..., 3] == 255).all()


@pytest.mark.parametrize("mode", ["L", "LA", "La", "P", "CMYK", "I;16", "1", "RGBa"])
def test_every_mode_becomes_four_channels(mode):
    pillow = Image.new("RGBA", (4, 4), (255, 255, 255, 255))
    if mode in ("La", "RGBa"):
        pillow = pillow.convert({"La": "LA", "RGBa": "RGBA"}[mode]).convert(mode)
    else:
        pillow = Image.new(mode, (4, 4)) if mode == "I;16" else pillow.convert(mode)
    image = _image_file.convert_image(pillow, 4, 4)
    assert image.shape == (4, 4, 4) and (image[..., 3] == 255).all()


def test_padding_of_four_channels_is_transparent(tmp_path):
    path = saved(tmp_path, Image.new("RGB", (2, 4), "red"))
    image = pixels(path, channels=4, size=4, fit="pad")
    np.testing.assert_array_equal(image[:, 0], [[255, 255, 255, 0]] * 4)
    np.testing.assert_array_equal(image[:, 1], [[255, 0, 0, 255]] * 4)


def test_colours_do_not_bleed_from_what_is_transparent(tmp_path):
    rgba = np.zeros((4, 4, 4), np.uint8)
    rgba[:, :2], rgba[:, 2:] = (255, 0, 0, 255), (0, 255, 0, 0)  # red beside an unseen green
    small = pixels(saved(tmp_path, Image.fromarray(rgba)), channels=4, size=2)
    assert small[..., 1][small[..., 3] > 0].max() == 0
