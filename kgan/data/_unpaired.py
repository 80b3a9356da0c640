"""Two folders of pictures whose files do not belong together."""

import dataclasses
import pathlib
from typing import Literal

from kgan.data._images import images_source
from kgan.data._joining import two_sides
from kgan.errors import InputError
from kgan.registry import SOURCES

register = SOURCES.register


@register("unpaired")
def unpaired_source(
    folders: str,
    size: int = 64,
    channels: Literal[1, 3] = 3,
    fit: Literal["crop", "pad", "stretch"] = "crop",
    background: str = "white",
    mirror: bool = False,
):
    """Two folders of pictures, unpaired, for translation from one to the other.

    Each folder is read as `images` reads it; the numbers of their pictures may differ.

    Args:
        folders: the paths of both, with a comma between them: `"photos,paintings"`.
        size: height and width in pixels, at least 1.
        channels: 1 (grey) or 3 (RGB), for both.
        fit: `"crop"` the middle square, `"pad"` to a square with `background`, or `"stretch"`.
        background: colour name or `#rrggbb`, behind transparency and in padding.
        mirror: flip each picture left to right with probability 1/2.

    Returns:
        A `Source` of `a` and `b` [size, size, channels] uint8, from the first and the second
        folder, each read in an order of its own.

    Raises:
        InputError: one folder only, or one without readable pictures.

    Example:
        >>> source = unpaired_source("~/photos,~/paintings", size=64)
        >>> source.sides
        (400, 73)
    """
    a, b = _both(folders)
    opened = [images_source(folder, size, channels, fit, background) for folder in (a, b)]
    notes = tuple(
        f"{folder}: {note}"
        for folder, source in zip((a, b), opened, strict=True)
        for note in source.notes
    )
    joined = two_sides(*opened, name=f"unpaired:{folders}", mirror=mirror)
    return dataclasses.replace(joined, notes=notes)


def unpaired(
    folders: str,
    size: int = 64,
    channels: Literal[1, 3] = 3,
    fit: Literal["crop", "pad", "stretch"] = "crop",
    background: str = "white",
    mirror: bool = False,
    batch_size: int = 64,
    seed: int = 0,
    shuffle: bool = True,
):
    """Two folders of pictures as a finite `tf.data.Dataset`, in another order each time.

    Args:
        folders: the paths of both, with a comma between them.
        size: height and width in pixels, at least 1.
        channels: 1 (grey) or 3 (RGB), for both.
        fit: `"crop"` the middle square, `"pad"` to a square with `background`, or `"stretch"`.
        background: colour name or `#rrggbb`, behind transparency and in padding.
        mirror: flip each picture left to right with probability 1/2.
        batch_size: examples a batch; the remainder of an epoch is dropped.
        seed: integer in [0, 2**32) that fixes the sequence of orders.
        shuffle: `False` reads in the order of the file names.

    Returns:
        A `tf.data.Dataset` of `{"a": [B, size, size, channels] uint8, "b": likewise}`.

    Example:
        >>> gan.fit(kgan.data.unpaired("~/photos,~/paintings", batch_size=1), epochs=200)
    """
    source = unpaired_source(folders, size, channels, fit, background, mirror)
    return source.dataset(batch_size, seed, shuffle)


def _both(folders):
    """Splits the text at the comma with a folder on either side; names may hold commas too."""
    ways = [
        (folders[:place].strip(), folders[place + 1 :].strip())
        for place, character in enumerate(folders)
        if character == ","
    ]
    ways = [way for way in ways if all(way)]
    if not ways:
        raise InputError(
            f"Expected two folders with a comma between them. Received: folders={folders!r}. "
            "Write unpaired:FIRST,SECOND."
        )
    exist = [way for way in ways if all(pathlib.Path(p).expanduser().is_dir() for p in way)]
    a, b = exist[0] if exist else ways[0]
    if exist and pathlib.Path(a).expanduser().samefile(pathlib.Path(b).expanduser()):
        raise InputError(
            f"Expected two folders. Received: folders={folders!r}, the same one twice. "
            "Give the folder of the other domain too."
        )
    return a, b
