"""A folder of pictures that belong together in twos: side by side, or in two sub-folders."""

import collections
import pathlib
from typing import Literal

import numpy as np
import tensorflow as tf

from kgan.data import _folder_scan, _image_file
from kgan.data._decoding import in_files
from kgan.data.source import Source, in_memory
from kgan.errors import InputError, UnknownNameError, check_whole
from kgan.registry import SOURCES

register = SOURCES.register

DIRECTIONS = ("a_to_b", "b_to_a")
_MEMORY = 2**30  # bytes of decoded pictures up to which they are all kept
_NAMED = 5  # files that a message names
_SHAPES_APART = 0.01  # relative difference of two pictures' width over height that is worth a note


@register("pairs")
def pairs_source(
    folder: str,
    size: int = 64,
    channels: Literal[1, 3] = 3,
    fit: Literal["crop", "pad", "stretch"] = "crop",
    background: str = "white",
    direction: Literal["a_to_b", "b_to_a"] = "a_to_b",
    mirror: bool = False,
):
    """Pairs of pictures: side by side in one file, or in two sub-folders under equal names.

    In a folder with pictures, each is a pair: a is its left half, b its right one. In a folder of
    two sub-folders, a is a picture of the first by name, b the one of the second with the same
    name; the endings (.jpg, .png) may differ. Files are read as `images` reads them; a pair that
    cannot be read is skipped, which `notes` says.

    Args:
        folder: path of the folder; `~` is the home folder.
        size: height and width in pixels, at least 1.
        channels: 1 (grey) or 3 (RGB), for both.
        fit: `"crop"` the middle square, `"pad"` to a square with `background`, or `"stretch"`.
        background: colour name or `#rrggbb`, behind transparency and in padding.
        direction: from a, the source, to b, the target; or the other way.
        mirror: flip each pair left to right, both together, with probability 1/2.

    Returns:
        A `Source` of `source` and `target` [size, size, channels] uint8.

    Raises:
        InputError: an odd width, a picture without its counterpart, one sub-folder or more than
            two, or no readable pair.

    Example:
        >>> source = pairs_source("~/facades/train", size=256, direction="b_to_a")
        >>> source.spec["target"].shape
        TensorShape([256, 256, 3])
    """
    _check_options(size, channels, fit, background, direction)
    scanned = _folder_scan.scan(folder)
    pairs = [pair if direction == "a_to_b" else pair[::-1] for pair in _pairs(scanned)]
    places = collections.defaultdict(list)
    for row, pair in enumerate(pairs):
        for side, (number, half) in enumerate(pair):
            places[number].append((row, side, half))

    def view(image, half):
        return _image_file.converted(_half(image, half), size, channels, fit, background)

    shape = (2, size, size, channels)
    held = None
    if len(pairs) * np.prod(shape) <= _MEMORY:
        held = np.empty((len(pairs), *shape), np.uint8)

    def keep(number, image, facts):
        if held is not None:
            for row, side, half in places[number]:
                held[row, side] = view(image, half)

    verdicts = _folder_scan.survey(scanned, keep, needs_visit=held is not None)
    readable = _readable(scanned, pairs, verdicts)
    if held is not None:
        fetch, spec = in_memory({"source": held[readable, 0], "target": held[readable, 1]})
    else:
        chosen = [pairs[row] for row in readable]
        fetch = _split(in_files(_reader(scanned, chosen, view), shape))
        spec = {key: tf.TensorSpec(shape[1:], tf.uint8) for key in ("source", "target")}
    notes = tuple(_notes(scanned, pairs, verdicts))
    return Source(f"pairs:{folder}", len(readable), spec, fetch, mirror=mirror, notes=notes)


def pairs(
    folder: str,
    size: int = 64,
    channels: Literal[1, 3] = 3,
    fit: Literal["crop", "pad", "stretch"] = "crop",
    background: str = "white",
    direction: Literal["a_to_b", "b_to_a"] = "a_to_b",
    mirror: bool = False,
    batch_size: int = 64,
    seed: int = 0,
    shuffle: bool = True,
):
    """Pairs of pictures as a finite `tf.data.Dataset`, one epoch in another order each time.

    Args:
        folder: path of side-by-side pictures, or of two sub-folders with equal file names.
        size: height and width in pixels, at least 1.
        channels: 1 (grey) or 3 (RGB), for both.
        fit: `"crop"` the middle square, `"pad"` to a square with `background`, or `"stretch"`.
        background: colour name or `#rrggbb`, behind transparency and in padding.
        direction: from a, the source, to b, the target; or the other way.
        mirror: flip each pair left to right, both together, with probability 1/2.
        batch_size: examples a batch; the remainder of an epoch is dropped.
        seed: integer in [0, 2**32) that fixes the sequence of orders.
        shuffle: `False` reads in the order of the file names.

    Returns:
        A `tf.data.Dataset` of `{"source": [B, size, size, channels] uint8, "target": likewise}`.

    Example:
        >>> gan.fit(kgan.data.pairs("~/facades/train", size=256, batch_size=1), epochs=200)
    """
    source = pairs_source(folder, size, channels, fit, background, direction, mirror)
    return source.dataset(batch_size, seed, shuffle)


def _check_options(size, channels, fit, background, direction):
    check_whole(1, size=size)
    if channels not in (1, 3):
        raise InputError(f"Expected 1 or 3 channels. Received: channels={channels!r}. Choose one.")
    if fit not in _image_file.FITS:
        raise UnknownNameError("fit", fit, _image_file.FITS)
    if direction not in DIRECTIONS:
        raise UnknownNameError("direction", direction, DIRECTIONS)
    _image_file.checked_background(background)


def _pairs(scanned):
    """Returns `[((file's number, half), (file's number, half)), ...]`; a half is 0, 1 or None."""
    paths = [pathlib.PurePath(relative) for relative in scanned.pictures]
    tops = sorted({path.parts[0] for path in paths if len(path.parts) > 1})
    if not tops:
        return [((number, 0), (number, 1)) for number in range(len(paths))]
    beside = ["itself"] if any(len(path.parts) == 1 for path in paths) else []
    if beside or len(tops) != 2:
        raise InputError(
            f"Expected pairs side by side in the folder itself, or pictures in two sub-folders. "
            f"Received: {_name(scanned.folder)} with pictures in {_listed(beside + tops)}. "
            "Give a folder that holds just the pairs."
        )
    a, b = ({}, {})
    for number, path in enumerate(paths):
        side = (a, b)[tops.index(path.parts[0])]
        key = pathlib.PurePath(*path.parts[1:]).with_suffix("")
        if key in side:
            raise InputError(
                f"Expected one picture under each name. Received: {_name(paths[side[key]])} and "
                f"{_name(path)}. Remove or rename one."
            )
        side[key] = number
    alone = [f"{tops[0]}/{key}" for key in a if key not in b]
    alone += [f"{tops[1]}/{key}" for key in b if key not in a]
    if alone:
        raise InputError(
            f"Expected each picture in both sub-folders, {tops[0]} and {tops[1]}. Received: "
            f"{len(a)} and {len(b)}, of which {len(alone)} lack their counterpart "
            f"({_listed(alone)}). Add what is missing, or remove them."
        )
    return [((a[key], None), (b[key], None)) for key in a]


def _half(image, half):
    if half is None:
        return image
    middle = image.width // 2
    return image.crop((half * middle, 0, (half + 1) * middle, image.height))


def _readable(scanned, pairs, verdicts):
    """Returns the rows of `pairs` of which both pictures can be used."""
    rows = [row for row, pair in enumerate(pairs) if not _reasons(pair, verdicts)]
    if not rows:
        raise InputError(
            f"Expected at least one readable pair. Received: {_name(scanned.folder)}; "
            f"{_skipped(scanned, pairs, verdicts)}. Repair the files or give another folder."
        )
    odd = [
        f"{_name(scanned.pictures[number])}, {verdicts[number].width} pixels wide"
        for row in rows
        for number, half in pairs[row]
        if half == 0 and verdicts[number].width % 2
    ]
    if odd:
        raise InputError(
            f"Expected pairs side by side, of an even width. Received: {len(odd)} of odd width "
            f"({_listed(odd)}). Crop them, or put both sides into two sub-folders."
        )
    return rows


def _reasons(pair, verdicts):
    """Returns `{file's number: why it cannot be read}`."""
    return {number: verdicts[number] for number, _ in pair if isinstance(verdicts[number], str)}


def _reader(scanned, pairs, view):
    def read(index):
        images = {}
        for number in dict(pairs[index]):
            path = scanned.folder / scanned.pictures[number]
            try:
                images[number], _ = _image_file.read(path)
            except _image_file.Unreadable as error:
                raise InputError(
                    f"Expected the picture that was readable at the start. Received: "
                    f"{_name(path)} ({error}). Put it back, and resume."
                ) from error
        return np.stack([view(images[number], half) for number, half in pairs[index]])

    return read


def _split(fetch_both):
    def fetch(indices):
        both = fetch_both(indices)
        return {"source": both[:, 0], "target": both[:, 1]}

    return fetch


def _notes(scanned, pairs, verdicts):
    if any(_reasons(pair, verdicts) for pair in pairs):
        yield _skipped(scanned, pairs, verdicts)
    unlike = []
    for pair in pairs:
        if not _reasons(pair, verdicts):
            first, second = (verdicts[number] for number, _ in pair)
            shapes = first.width * second.height, second.width * first.height
            if abs(shapes[0] - shapes[1]) > _SHAPES_APART * max(shapes):
                unlike.append(_name(scanned.pictures[pair[0][0]]))
    if unlike:
        yield f"Pairs whose pictures differ in shape, {len(unlike)}: {_listed(unlike)}"
    if scanned.ignored:
        yield f"Ignored, not pictures by name: {_folder_scan.described(scanned.ignored)}"


def _skipped(scanned, pairs, verdicts):
    bad = [
        ", ".join(f"{_name(scanned.pictures[n])} ({why})" for n, why in reasons.items())
        for reasons in (_reasons(pair, verdicts) for pair in pairs)
        if reasons
    ]
    return f"{len(bad)} of {len(pairs)} pairs skipped: {_listed(bad)}"


def _listed(entries):
    more = f" and {len(entries) - _NAMED} more" if len(entries) > _NAMED else ""
    return f"{', '.join(map(_name, entries[:_NAMED]))}{more}"


def _name(path):
    return _folder_scan.printable(str(path))
