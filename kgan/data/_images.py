"""Any folder of pictures."""

import dataclasses
import functools
import hashlib
import pathlib
from typing import Literal

import numpy as np
import tensorflow as tf

from kgan.data._decoding import build_file_fetch
from kgan.data._folder_scan import (
    digest_folder,
    list_files,
    list_suffixes,
    scan_folder,
    survey_folder,
)
from kgan.data._image_file import (
    ImageFacts,
    check_conversion,
    convert_image,
    reread_image,
    to_printable,
)
from kgan.data._source import Source, build_memory_fetch
from kgan.errors import InputError, UnknownNameError
from kgan.images import parse_size
from kgan.progress import map_in_threads
from kgan.registry import SOURCES
from kgan.types import Array

register = SOURCES.register

_MEMORY = 2**30  # bytes of decoded pictures up to which all stay in memory
_NAMED = 10  # unreadable files that a note names


@register("images")
def images(
    folder: str,
    size: int | str = 64,
    channels: Literal[1, 3, 4] | None = None,
    fit: Literal["crop", "pad", "stretch"] = "crop",
    background: str = "white",
    labels: bool = False,
    mirror: bool = False,
    held_out: float = 0.0,
    part: Literal["train", "test"] = "train",
) -> Source:
    """Any folder of pictures, nested, every file checked at the start.

    Files are chosen by name (.png .jpg .jpeg .bmp .gif .tif .webp) and read by content; hidden and
    other files are ignored, unreadable ones skipped, and `notes` counts both. Of several frames
    the first is taken. The EXIF orientation is applied. Palettes and CMYK become RGB; transparency
    is laid over `background`, unless there are four channels; 16-bit grey is divided by 257, 16-bit
    colour keeps its high byte; colour becomes grey by ITU-R 601-2 luma, grey becomes colour by
    copying. Pictures that are not of `size` are resized by antialiased bicubic filtering. Up to
    1 GiB of results stays in memory; beyond that, files are decoded batch by batch.

    Args:
        folder: path of the folder; `~` is the home folder.
        size: in pixels, of a square or `HEIGHTxWIDTH`.
        channels: 1 (grey), 3 (RGB) or 4 (RGB and alpha, so that transparency is kept); by default
            1 if all files are grey, else 3.
        fit: `"crop"` the middle, `"pad"` with `background`, or `"stretch"`.
        background: colour name or `#rrggbb`, behind transparency and in padding.
        labels: the folder's subfolders are classes, in alphabetical order.
        mirror: flip each picture left to right with probability 1/2.
        held_out: share of the pictures that training does not see, and scores are taken on, in
            [0, 1): those whose files' digests come first, so that copies of one file stay together
            and new files move no others.
        part: `"train"`, or `"test"` for the pictures that are held out.

    Returns:
        A `Source` of `image` [H, W, channels] uint8, and `label` [] int32 with `labels`.

    Raises:
        InputError: no such folder, or no readable picture in it or in the part of it.

    Example:
        >>> source = kgan.data.images("~/photos", size=64)
        >>> source.notes
        ('3 of 1000 pictures skipped: a.png (empty file), b.jpg (truncated), ...',)
        >>> gan.fit(source.dataset(batch_size=32), epochs=100)
    """
    check_conversion(size, 3 if channels is None else channels, fit, background)
    _check_part(held_out, part)
    height, width = parse_size(size)
    convert = functools.partial(convert_image, size=(height, width), fit=fit, background=background)
    scan = scan_folder(folder)
    count = len(scan.pictures)
    # Colour is only known once all are read: until then each picture is kept as RGB.
    kept_channels = channels or 3
    kept, keep = None, None
    if count * height * width * kept_channels <= _MEMORY:
        kept = np.empty((count, height, width, kept_channels), np.uint8)

        def keep(number, image):
            kept[number] = convert(image, channels=kept_channels)

    verdicts = survey_folder(scan, keep)
    readable = [n for n, verdict in enumerate(verdicts) if isinstance(verdict, ImageFacts)]
    if not readable:
        raise InputError(
            f"Expected at least one readable picture. Received: folder={str(folder)!r}; "
            f"{_report_skips(scan, verdicts)}. Repair the files or give another folder."
        )
    paths = [scan.folder / scan.pictures[number] for number in readable]
    grey = sum(not verdicts[number].colour for number in readable)
    mixed = channels is None and 0 < grey < len(readable)
    channels = channels or (1 if grey == len(readable) else 3)
    named, classes = {}, None
    if labels:
        named["label"], classes = _label_by_subfolder([scan.pictures[n] for n in readable])
    if held_out:
        rows = _pick_part(paths, held_out, part)
        readable, paths = [readable[row] for row in rows], [paths[row] for row in rows]
        named = {key: values[rows] for key, values in named.items()}
    if kept is not None:
        # A grey picture kept as RGB has its value in each channel.
        named["image"] = kept[readable][..., :channels]
        fetch, spec = build_memory_fetch(named)
    else:
        fetch, spec = _build_fetch(
            lambda index: convert(reread_image(paths[index]), channels=channels),
            (height, width, channels),
            named,
        )
    notes = tuple(_describe(scan, verdicts))
    if mixed:
        notes += (f"{grey} of {len(readable)} pictures are grey, and are read as colour",)
    if held_out:
        notes += (f"held_out={held_out}: {len(paths)} of {len(scan.pictures)} pictures to {part}",)
    if labels:
        notes += describe_small_classes(named["label"], classes)
    source = Source(f"images:{folder}", len(paths), spec, fetch, classes, mirror, notes)
    return dataclasses.replace(source, digest=digest_folder(scan))


def _check_part(held_out, part):
    if not 0 <= held_out < 1:
        raise InputError(f"Expected held_out in [0, 1). Received: held_out={held_out}.")
    if part not in ("train", "test"):
        raise UnknownNameError("part", part, ("train", "test"))
    if part == "test" and not held_out:
        raise InputError("Expected held_out above 0 for part='test'. Received: held_out=0.")


def _pick_part(paths, held_out, part):
    """Returns the places of the pictures that are held out, or of the others, by their bytes."""
    digests = list(map_in_threads(_place_file, paths, "Reading files"))
    rows = [row for row, place in enumerate(digests) if (place < held_out) == (part == "test")]
    if not rows:
        raise InputError(
            f"Expected pictures in each part. Received: held_out={held_out} of {len(paths)} "
            f"pictures, which leaves none to {part}. Give another share."
        )
    return rows


def _place_file(path):
    """Returns a number in [0, 1) that a file's bytes decide."""
    try:
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise InputError(
            f"Expected a file that can be read. Received: {path} ({error.strerror})."
        ) from error
    return int.from_bytes(digest[:4]) / 2**32


def _label_by_subfolder(pictures):
    """Returns labels [N] and their names: the topmost subfolders of relative paths."""
    tops = []
    for picture in pictures:
        parts = pathlib.PurePath(picture).parts
        if len(parts) == 1:
            raise InputError(
                f"Expected every picture in a subfolder, whose name is its class. "
                f"Received: {to_printable(parts[0])} in the folder itself. Move it, or leave "
                "labels out."
            )
        tops.append(parts[0])
    classes = sorted(set(tops))
    numbers = {name: number for number, name in enumerate(classes)}
    return np.array([numbers[top] for top in tops], np.int32), tuple(map(to_printable, classes))


def describe_small_classes(labels: Array, classes: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the notes about classes of one example or none: nothing is learnt of these."""
    counts = np.bincount(labels, minlength=len(classes))
    notes = []
    for few, what in ((0, "no example"), (1, "one example only")):
        names = [name for name, count in zip(classes, counts, strict=True) if count == few]
        if names:
            notes.append(
                f"{len(names)} of {len(classes)} classes with {what}: {list_files(names, _NAMED)}"
            )
    return tuple(notes)


def _build_fetch(read, shape, named):
    """Returns `fetch` and `spec` of pictures that are read from files, and named arrays."""
    fetch_named, spec = build_memory_fetch(named)
    fetch_image = build_file_fetch(read, shape)

    def fetch(indices):
        return {**fetch_named(indices), "image": fetch_image(indices)}

    return fetch, {**spec, "image": tf.TensorSpec(shape, tf.uint8)}


def _describe(scan, verdicts):
    """Yields the notes of a source."""
    if any(isinstance(verdict, str) for verdict in verdicts):
        yield _report_skips(scan, verdicts)
    if scan.ignored:
        yield f"Ignored, not pictures by name: {list_suffixes(scan.ignored)}"


def _report_skips(scan, verdicts):
    skipped = [
        f"{path} ({verdict})"
        for path, verdict in zip(scan.pictures, verdicts, strict=True)
        if isinstance(verdict, str)
    ]
    return f"{len(skipped)} of {len(verdicts)} pictures skipped: {list_files(skipped, _NAMED)}"
