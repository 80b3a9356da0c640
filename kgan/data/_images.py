"""Any folder of pictures."""

import pathlib
from typing import Literal

import numpy as np
import tensorflow as tf

from kgan.data import _folder_scan, _image_file
from kgan.data._decoding import in_files
from kgan.data.source import Source, in_memory
from kgan.errors import InputError
from kgan.registry import SOURCES

register = SOURCES.register

_MEMORY = 2**30  # bytes of decoded pictures up to which they are all kept
_NAMED = 10  # unreadable files that a note names


@register("images")
def images_source(
    folder: str,
    size: int = 64,
    channels: Literal[1, 3] | None = None,
    fit: Literal["crop", "pad", "stretch"] = "crop",
    background: str = "white",
    labels: bool = False,
    mirror: bool = False,
):
    """Any folder of pictures, nested, every file checked at the start.

    Files are taken by name (.png .jpg .jpeg .bmp .gif .tif .webp) and read by content; hidden and
    other files are ignored, unreadable ones skipped, and `notes` counts both. Of several frames
    the first counts. The EXIF orientation is applied. Palettes and CMYK become RGB; transparency
    is laid over `background`; 16-bit grey is divided by 257, 16-bit colour keeps its high byte;
    colour becomes grey by ITU-R 601-2 luma, grey becomes colour by copying. Pictures that are not
    of `size` are resized by antialiased bicubic filtering. Up to 1 GiB of results stays in memory;
    beyond that, files are decoded batch by batch.

    Args:
        folder: path of the folder; `~` is the home folder.
        size: height and width in pixels, at least 1.
        channels: 1 (grey) or 3 (RGB); by default what the files are, which must then agree.
        fit: `"crop"` the middle square, `"pad"` to a square with `background`, or `"stretch"`.
        background: colour name or `#rrggbb`, behind transparency and in padding.
        labels: the folder's subfolders are classes, in alphabetical order.
        mirror: flip each picture left to right with probability 1/2.

    Returns:
        A `Source` of `image` [size, size, channels] uint8, and `label` [] int32 with `labels`.

    Raises:
        InputError: no such folder, no readable picture in it, or grey mixed with colour.

    Example:
        >>> source = images_source("~/photos", size=64)
        >>> source.notes
        ('3 of 1000 pictures skipped: a.png (empty file), b.jpg (truncated), ...',)
    """
    _check_options(size, channels, fit)
    _image_file.checked_background(background)
    scanned = _folder_scan.scan(folder)
    count = len(scanned.pictures)
    # Colour is only known once all are read: meanwhile each picture is held as RGB.
    held_channels = channels or 3
    held = None
    if count * size * size * held_channels <= _MEMORY:
        held = np.empty((count, size, size, held_channels), np.uint8)

    def keep(number, image, facts):
        if held is not None:
            held[number] = _image_file.converted(image, size, held_channels, fit, background)

    verdicts = _folder_scan.survey(scanned, keep, needs_visit=held is not None)
    readable = [n for n, verdict in enumerate(verdicts) if isinstance(verdict, _image_file.Facts)]
    if not readable:
        raise InputError(
            f"Expected at least one readable picture. Received: folder={str(folder)!r}; "
            f"{_skipped(scanned, verdicts)}. Repair the files or give another folder."
        )
    paths = [scanned.folder / scanned.pictures[number] for number in readable]
    channels = channels or _common_channels(paths, [verdicts[number] for number in readable])
    named, classes = {}, None
    if labels:
        named["label"], classes = _classes(scanned, readable)
    if held is not None:
        # A grey picture held as RGB has its value in each channel.
        named["image"] = held[readable][..., :channels]
        fetch, spec = in_memory(named)
    else:
        read = _reader(paths, size, channels, fit, background)
        fetch, spec = _from_files(read, named, (size, size, channels))
    notes = tuple(_notes(scanned, verdicts))
    return Source(f"images:{folder}", len(paths), spec, fetch, classes, mirror, notes)


def images(
    folder: str,
    size: int = 64,
    channels: Literal[1, 3] | None = None,
    fit: Literal["crop", "pad", "stretch"] = "crop",
    background: str = "white",
    labels: bool = False,
    mirror: bool = False,
    batch_size: int = 64,
    seed: int = 0,
    shuffle: bool = True,
):
    """Any folder of pictures as a finite `tf.data.Dataset`, one epoch in another order each time.

    Args:
        folder: path of the folder; `~` is the home folder.
        size: height and width in pixels, at least 1.
        channels: 1 (grey) or 3 (RGB); by default what the files are, which must then agree.
        fit: `"crop"` the middle square, `"pad"` to a square with `background`, or `"stretch"`.
        background: colour name or `#rrggbb`, behind transparency and in padding.
        labels: the folder's subfolders are classes, in alphabetical order.
        mirror: flip each picture left to right with probability 1/2.
        batch_size: examples a batch; the remainder of an epoch is dropped.
        seed: integer in [0, 2**32) that fixes the sequence of orders.
        shuffle: `False` reads in the order of the file names.

    Returns:
        A `tf.data.Dataset` of `{"image": [B, size, size, channels] uint8}`, and `"label"` [B].

    Example:
        >>> gan.fit(kgan.data.images("~/photos", size=64, batch_size=32), epochs=100)
    """
    source = images_source(folder, size, channels, fit, background, labels, mirror)
    return source.dataset(batch_size, seed, shuffle)


def _check_options(size, channels, fit):
    if size < 1:
        raise InputError(
            f"Expected a size of at least 1 pixel. Received: size={size!r}. Choose 32, 64 or 128."
        )
    if channels not in (None, 1, 3):
        raise InputError(
            f"Expected 1 or 3 channels. Received: channels={channels!r}. "
            "Choose 1 for grey or 3 for colour."
        )
    if fit not in _image_file.FITS:
        raise InputError(
            f"Expected a fit out of {', '.join(_image_file.FITS)}. "
            f"Received: fit={fit!r}. Choose one."
        )


def _common_channels(paths, facts):
    colour = [path for path, fact in zip(paths, facts, strict=True) if fact.colour]
    grey = [path for path, fact in zip(paths, facts, strict=True) if not fact.colour]
    if colour and grey:
        raise InputError(
            f"Expected pictures all in colour or all grey. Received: {len(colour)} in colour "
            f"(such as {_name(colour[0])}) and {len(grey)} grey (such as {_name(grey[0])}). "
            "Give --data.channels 3, or 1."
        )
    return 3 if colour else 1


def _classes(scanned, readable):
    tops = []
    for number in readable:
        parts = pathlib.PurePath(scanned.pictures[number]).parts
        if len(parts) == 1:
            raise InputError(
                f"Expected every picture in a subfolder, whose name is its class. "
                f"Received: {_name(parts[0])} in the folder itself. Move it, or leave labels out."
            )
        tops.append(parts[0])
    classes = sorted(set(tops))
    numbers = {name: number for number, name in enumerate(classes)}
    return np.array([numbers[top] for top in tops], np.int32), tuple(map(_name, classes))


def _reader(paths, size, channels, fit, background):
    def read(index):
        try:
            image, _ = _image_file.read(paths[index])
        except _image_file.Unreadable as error:
            raise InputError(
                f"Expected the picture that was readable at the start. "
                f"Received: {_name(paths[index])} ({error}). Put it back, and resume."
            ) from error
        return _image_file.converted(image, size, channels, fit, background)

    return read


def _from_files(read, named, shape):
    fetch_named, spec = in_memory(named)
    fetch_image = in_files(read, shape)

    def fetch(indices):
        return {**fetch_named(indices), "image": fetch_image(indices)}

    return fetch, {**spec, "image": tf.TensorSpec(shape, tf.uint8)}


def _notes(scanned, verdicts):
    if any(isinstance(verdict, str) for verdict in verdicts):
        yield _skipped(scanned, verdicts)
    if scanned.ignored:
        yield f"Ignored, not pictures by name: {_folder_scan.described(scanned.ignored)}"


def _skipped(scanned, verdicts):
    bad = [
        f"{_name(path)} ({verdict})"
        for path, verdict in zip(scanned.pictures, verdicts, strict=True)
        if isinstance(verdict, str)
    ]
    more = f", and {len(bad) - _NAMED} more" if len(bad) > _NAMED else ""
    return f"{len(bad)} of {len(verdicts)} pictures skipped: {', '.join(bad[:_NAMED])}{more}"


def _name(path):
    return _folder_scan.printable(str(path))
