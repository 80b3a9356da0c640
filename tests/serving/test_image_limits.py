"""Pictures that declare more pixels than a server should unpack are refused by their headers."""

import base64
import io
import resource
import struct
import time
import zlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kgan.models.core.signatures import decoded
from kgan.saved_model import warmup
from kgan.saved_model.layout import WARMUPS
from kgan.serving.image_limits import check_sizes, count_pixels
from kgan.serving.limits import Limits, RequestError
from tests.serving.servers import publish, running, spec

MOST = 30 * 20


def encoded(kind, size=(30, 20), **options):
    file = io.BytesIO()
    Image.new("RGB", size, (250, 120, 10)).save(file, kind, **options)
    return file.getvalue()


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def bomb(side):
    """Returns a whole PNG of one colour, a bit a pixel, that packs tightly."""
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((side + 7) // 8 + 1) * side, 9)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", rows), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def animated(*sizes):
    """Returns a GIF whose screen is of one pixel, with frames of these sizes."""
    start, _ = encoded("GIF", (1, 1)).split(b",", 1)
    return start + b"".join(b"," + encoded("GIF", s).split(b",", 1)[1][:-1] for s in sizes) + b";"


# ---- Headers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP"])
def test_a_size_is_read_where_the_decoder_reads_it(kind):
    file = encoded(kind)
    assert count_pixels(file) == 600
    height, width, _ = tf.io.decode_image(file, 3, expand_animations=False).shape
    assert (height, width) == (20, 30)
    for size in range(60):
        assert count_pixels(file[:size]) in (0, 600)


def test_all_frames_of_a_gif_count_whatever_its_screen():
    assert count_pixels(animated((5, 4))) == 20
    assert count_pixels(animated((4, 5), (4, 5), (4, 5))) == 60
    wide_and_high = animated((100, 1), (1, 100))
    assert count_pixels(wide_and_high) == 10_000
    # Which is what the decoder makes of the first frame alone.
    assert tf.io.decode_image(wide_and_high, expand_animations=False).shape == (100, 100, 3)
    others = [Image.new("RGB", (30, 20), color) for color in ("red", "blue")]
    file = encoded("GIF", save_all=True, append_images=others, loop=0, comment=b"x" * 300)
    assert count_pixels(file) == 3 * 600


def test_rows_of_a_bmp_may_run_from_the_top():
    file = bytearray(encoded("BMP"))
    file[22:26] = struct.pack("<i", -20)
    assert count_pixels(bytes(file)) == 600


@pytest.mark.parametrize("file", [b"", b"BMW makes cars that have no pixels", b"GIF8", b"\xff"])
def test_what_is_no_picture_has_no_pixels(file):
    assert count_pixels(file) == 0


def test_other_formats_are_named():
    with pytest.raises(RequestError, match=r"^Expected PNG, JPEG, GIF or BMP. Received: WebP\.$"):
        count_pixels(encoded("WEBP"))
    for start in (b"\xff\x0a\0", b"\0\0\0\x0cJXL \r\n\x87\n\0"):
        with pytest.raises(RequestError, match=r"Received: JPEG XL\.$"):
            count_pixels(start)


def test_all_pictures_of_a_request_count_together():
    files = np.array([encoded("PNG"), encoded("JPEG"), b"text"], object)
    check_sizes({"files": files, "numbers": np.zeros(3)}, 1200)
    with pytest.raises(RequestError, match=r"at most 1199 pixels in a request\. Received: 1200\.$"):
        check_sizes({"files": files}, 1199)


# ---- A server ---------------------------------------------------------------------------------


class Shrinking(tf.Module):
    """Decodes pictures as kgan's artefacts do, to 2x2."""

    @tf.function(input_signature=[spec(tf.string)])
    def shrink(self, image_bytes):
        return {"images": decoded(image_bytes, (2, 2, 3))}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved_models")
    (folder / "shrinking").mkdir()
    module = Shrinking()
    version = publish(module, folder / "shrinking" / "1", {"serving_default": module.shrink})
    example = {"image_bytes": np.array([encoded("PNG")], object)}
    warmup.write(version / WARMUPS, [("serving_default", example)], "shrinking")
    return folder


def asked(server, *files):
    instances = [{"b64": base64.b64encode(file).decode()} for file in files]
    return server.predict({"instances": instances}, "shrinking")


def test_a_bomb_is_refused_at_once_and_costs_no_memory(folder):
    file = bomb(16_000)
    assert len(file) < 100_000
    with running(folder) as server:
        assert asked(server, encoded("PNG"))[0] == 200
        before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
        status, told = asked(server, encoded("PNG"), file)
        assert time.perf_counter() - start < 1.0
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kB
    line = "Expected pictures of at most 16777216 pixels in a request. Received: 256000600."
    assert (status, told) == (400, {"error": line})


def test_a_picture_of_the_largest_size_is_decoded(folder):
    with running(folder, Limits(pixels=MOST, poll_seconds=0.05)) as server:
        status, told = asked(server, encoded("PNG"))
        assert status == 200
        np.testing.assert_array_equal(np.ravel(told["predictions"]), [250, 120, 10] * 4)
        assert asked(server, encoded("PNG", (30, 21)))[0] == 400
        assert asked(server, encoded("PNG"), encoded("PNG", (1, 1)))[0] == 400
