"""Unpaired pictures: two folders, or any two sources, whose examples do not belong together."""

import dataclasses
import pathlib
from typing import Literal

from kgan.data._images import images
from kgan.data._source import Source
from kgan.errors import InputError
from kgan.registry import SOURCES

register = SOURCES.register


@register("unpaired")
def unpaired(
    folders: str,
    size: int | str = 64,
    channels: Literal[1, 3, 4] = 3,
    fit: Literal["crop", "pad", "stretch"] = "crop",
    background: str = "white",
    mirror: bool = False,
) -> Source:
    """Two folders of pictures, unpaired, for translation from one to the other.

    Each folder is read as `images` reads it; the numbers of their pictures may differ.

    Args:
        folders: the paths of both, separated by a comma: `"photos,paintings"`.
        size: in pixels, of a square or `HEIGHTxWIDTH`.
        channels: 1 (grey), 3 (RGB) or 4 (RGB and alpha), for both.
        fit: `"crop"` the middle, `"pad"` with `background`, or `"stretch"`.
        background: colour name or `#rrggbb`, behind transparency and in padding.
        mirror: flip each picture left to right with probability 1/2.

    Returns:
        A `Source` of `a` and `b` [H, W, channels] uint8, from the first and the second
        folder, each read in an order of its own.

    Raises:
        InputError: one folder only, or one without readable pictures.

    Example:
        >>> source = kgan.data.unpaired("~/photos,~/paintings", size=64)
        >>> source.sides
        (400, 73)
    """
    sides = []
    for folder in _split_folders(folders):
        side = images(folder, size, channels, fit, background)
        notes = tuple(f"{folder}: {note}" for note in side.notes)
        sides.append(dataclasses.replace(side, notes=notes))
    return join_sides(*sides, name=f"unpaired:{folders}", mirror=mirror)


def join_sides(a: Source, b: Source, name: str = "unpaired", mirror: bool = False) -> Source:
    """Two sources of pictures as one of unpaired examples.

    Each side is read in an order of its own, so that the pairings differ from epoch to epoch. An
    epoch is as long as the longer side; the shorter begins again within it.

    Args:
        a: a `Source` of `image`.
        b: a `Source` of `image` of the same shape and dtype; their numbers may differ.
        name: what to call the result.
        mirror: flip the pictures left to right with probability 1/2.

    Returns:
        A `Source` of `a` and `b`, each as its `image` was.

    Raises:
        InputError: pictures of different shapes.

    Example:
        >>> horses, zebras = kgan.data.arrays(first), kgan.data.arrays(second)
        >>> gan.fit(kgan.data.join_sides(horses, zebras).dataset(batch_size=1))
    """
    spec = {"a": a.spec["image"], "b": b.spec["image"]}
    if spec["a"] != spec["b"]:
        raise InputError(
            f"Expected pictures of one shape and dtype. Received: a={_describe(spec['a'])}, "
            f"b={_describe(spec['b'])}. Open both with the same size and channels."
        )

    def fetch(indices):
        return {
            "a": a.fetch(indices[:, 0])["image"],
            "b": b.fetch(indices[:, 1])["image"],
        }

    return Source(
        name,
        max(a.count, b.count),
        spec,
        fetch,
        mirror=mirror,
        notes=a.notes + b.notes,
        sides=(a.count, b.count),
        licence="; ".join(dict.fromkeys([a.licence, b.licence])),
        digest=a.digest + b.digest,
        characters=a.characters and b.characters,
    )


def _describe(spec):
    return f"{'x'.join(map(str, spec.shape))} {spec.dtype.name}"


def _split_folders(folders):
    """Splits the text at the comma that has a folder on either side; names may hold commas too."""
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
