"""Any folder of pictures."""

import functools
import pathlib
from typing import Literal

import numpy as np
import tensorflow as tf

from kgan.data._decoding import build_file_fetch
from kgan.data._folder_scan import list_files, list_suffixes, scan_folder, survey_folder
from kgan.data._image_file import (
    ImageFacts,
    check_conversion,
    convert_image,
    reread_image,
    to_printable,
)
from kgan.data._source import Source, build_memory_fetch
from kgan.errors import InputError
from kgan.images import parse_size
from kgan.registry import SOURCES

register = SOURCES.register

_MEMORY = 2**30  # bytes of decoded pictures up to which all stay in memory
_NAMED = 10  # unreadable files that a note names


@register("images")
def images(
    folder: str,
    size: int | str = 64,
    channels: Literal[1, 3] | None = None,
    fit: Literal["crop", "pad", "stretch"] = "crop",
    background: str = "white",
    labels: bool = False,
    mirror: bool = False,
) -> Source:
    """Any folder of pictures, nested, every file checked at the start.

    Files are chosen by name (.png .jpg .jpeg .bmp .gif .tif .webp) and read by content; hidden and
    other files are ignored, unreadable ones skipped, and `notes` counts both. Of several frames
    the first is taken. The EXIF orientation is applied. Palettes and CMYK become RGB; transparency
    is laid over `background`; 16-bit grey is divided by 257, 16-bit colour keeps its high byte;
    colour becomes grey by ITU-R 601-2 luma, grey becomes colour by copying. Pictures that are not
    of `size` are resized by antialiased bicubic filtering. Up to 1 GiB of results stays in memory;
    beyond that, files are decoded batch by batch.

    Args:
        folder: path of the folder; `~` is the home folder.
        size: in pixels, of a square or `HEIGHTxWIDTH`.
        channels: 1 (grey) or 3 (RGB); by default what the files are, which must then agree.
        fit: `"crop"` the middle, `"pad"` with `background`, or `"stretch"`.
        background: colour name or `#rrggbb`, behind transparency and in padding.
        labels: the folder's subfolders are classes, in alphabetical order.
        mirror: flip each picture left to right with probability 1/2.

    Returns:
        A `Source` of `image` [H, W, channels] uint8, and `label` [] int32 with `labels`.

    Raises:
        InputError: no such folder, no readable picture in it, or grey mixed with colour.

    Example:
        >>> source = kgan.data.images("~/photos", size=64)
        >>> source.notes
        ('3 of 1000 pictures skipped: a.png (empty file), b.jpg (truncated), ...',)
        >>> gan.fit(source.dataset(batch_size=32), epochs=100)
    """
    check_conversion(size, 3 if channels is None else channels, fit, background)
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
    channels = channels or _common_channels(paths, [verdicts[number] for number in readable])
    named, classes = {}, None
    if labels:
        named["label"], classes = _label_by_subfolder([scan.pictures[n] for n in readable])
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
    return Source(f"images:{folder}", len(paths), spec, fetch, classes, mirror, notes)


def _common_channels(paths, facts):
    names = [to_printable(path) for path in paths]
    colour = [name for name, fact in zip(names, facts, strict=True) if fact.colour]
    grey = [name for name, fact in zip(names, facts, strict=True) if not fact.colour]
    if colour and grey:
        raise InputError(
            f"Expected pictures all in colour or all grey. Received: {len(colour)} in colour "
            f"(such as {colour[0]}) and {len(grey)} grey (such as {grey[0]}). "
            "Give --data.channels 3, or 1."
        )
    return 3 if colour else 1


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
