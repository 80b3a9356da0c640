"""The sizes of pictures in requests, read from their headers before anything decodes them.

A file of some kilobytes can declare pixels that fill the memory. Each header is read where
TensorFlow's decoder, `DecodeImage`, reads it: another library might read one file differently, and
the size that was checked would not be the size that is decoded.
"""

import struct
from collections.abc import Mapping

import tensorflow as tf

from kgan.serving.limits import RequestError
from kgan.types import Array

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_GIF = b"GIF8"
_BMP = b"BM"
_JPEG_XL = (b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")
_EXTENSION, _IMAGE = 0x21, 0x2C  # blocks of a GIF


def check_sizes(arrays: Mapping[str, Array], most: int) -> None:
    """Refuses a request whose pictures would be too large in memory.

    Args:
        arrays: `{input's name: array}`; bytes that are not a picture pass.
        most: pixels, of all pictures together.

    Raises:
        RequestError: more pixels, or formats whose size is not read here.
    """
    files = (file for array in arrays.values() if array.dtype == object for file in array.flat)
    total = 0
    for file in files:
        total += count_pixels(file)
        if total > most:
            raise RequestError(
                f"Expected pictures of at most {most} pixels in a request. Received: {total}."
            )


def count_pixels(file: bytes) -> int:
    """Returns how many pixels TensorFlow would decode a file to; 0 if it is not a picture.

    Raises:
        RequestError: WebP or JPEG XL.

    Example:
        >>> count_pixels(pathlib.Path("photo.jpg").read_bytes())
        12192768
    """
    if file.startswith(_PNG):
        return _read_size(">II", file, 16)  # of the chunk IHDR, which must be the first
    if file.startswith(_JPEG):
        return _count_jpeg(file)
    if file.startswith(_GIF):
        return _count_gif(file)
    if file.startswith(_BMP):
        # A text may begin so; but bits of a pixel are fewer than 256.
        return _read_size("<ii", file, 18) if file[29:30] == b"\0" else 0
    webp = file.startswith(b"RIFF") and file[8:12] == b"WEBP"
    if webp or file.startswith(_JPEG_XL):
        raise RequestError(
            f"Expected PNG, JPEG, GIF or BMP. Received: {'WebP' if webp else 'JPEG XL'}."
        )
    return 0


def _read_size(layout, file, place):
    if len(file) < place + struct.calcsize(layout):
        return 0  # decoders refuse it too
    width, height = struct.unpack_from(layout, file, place)
    return abs(width * height)  # a negative height: rows from the top


def _count_jpeg(file):
    try:
        height, width, _ = tf.io.extract_jpeg_shape(file).numpy()
    except tf.errors.InvalidArgumentError:
        return 0  # a damaged header, which the decoder refuses as well
    return int(height) * int(width)


def _count_gif(file):
    """Returns the pixels of all frames: a decoder unpacks each, even where one is wanted."""
    sizes = [*_iterate_frames(file)]
    widest = max((width for width, _ in sizes), default=0)
    highest = max((height for _, height in sizes), default=0)
    return max(sum(width * height for width, height in sizes), widest * highest)


def _iterate_frames(file):
    """Yields `(width, height)` of each frame of a GIF, up to where it breaks off."""
    place = 13 + _palette_bytes(file, 10)
    while place + 10 <= len(file):
        if file[place] == _EXTENSION:
            place = _skip_blocks(file, place + 2)
        elif file[place] == _IMAGE:
            yield struct.unpack_from("<HH", file, place + 5)
            place = _skip_blocks(file, place + 11 + _palette_bytes(file, place + 9))
        else:
            return


def _palette_bytes(file, place):
    """Returns the bytes of the colour table that a byte of flags announces."""
    flags = int.from_bytes(file[place : place + 1])
    return 3 * (2 << (flags & 7)) if flags & 0x80 else 0


def _skip_blocks(file, place):
    """Returns the place after a chain of blocks, each of which begins with its length."""
    while place < len(file) and file[place]:
        place += file[place] + 1
    return place + 1
