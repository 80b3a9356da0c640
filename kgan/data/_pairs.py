"""A folder of paired pictures: side by side in one file, or in two sub-folders."""

import collections
import os
import pathlib
from typing import Literal

import numpy as np
import tensorflow as tf

from kgan.data._decoding import build_file_fetch
from kgan.data._folder_scan import (
    FolderScan,
    digest_folder,
    list_files,
    list_suffixes,
    scan_folder,
    survey_folder,
)
from kgan.data._image_file import check_conversion, convert_image, reread_image, to_printable
from kgan.data._source import Source, build_memory_fetch
from kgan.errors import InputError, UnknownNameError
from kgan.images import parse_size
from kgan.registry import SOURCES

register = SOURCES.register

DIRECTIONS = ("a_to_b", "b_to_a")
_MEMORY = 2**30  # bytes of decoded pictures up to which all stay in memory
_NAMED = 5  # files that a message names
_UNLIKE = 0.01  # relative difference of two pictures' width over height that is worth a note


@register("pairs")
def pairs(
    folder: str,
    size: int | str = 64,
    channels: Literal[1, 3, 4] = 3,
    fit: Literal["crop", "pad", "stretch"] = "crop",
    background: str = "white",
    direction: Literal["a_to_b", "b_to_a"] = "a_to_b",
    mirror: bool = False,
) -> Source:
    """Pairs of pictures: side by side in one file, or in two folders under equal names.

    In a folder with pictures, each is a pair: a is its left half, b its right one. Of two folders,
    or of the two sub-folders of one, a is a picture of the first, b the one of the second with the
    same name; the endings (.jpg, .png) may differ. Files are read as `images` reads them; a pair
    that cannot be read is skipped, which `notes` says.

    Args:
        folder: path of the folder, or of both with a comma between: `"before,after"`; `~` is the
            home folder.
        size: in pixels, of a square or `HEIGHTxWIDTH`.
        channels: 1 (grey), 3 (RGB) or 4 (RGB and alpha), for both.
        fit: `"crop"` the middle, `"pad"` with `background`, or `"stretch"`.
        background: colour name or `#rrggbb`, behind transparency and in padding.
        direction: from a, the source, to b, the target; or the other way.
        mirror: flip each pair left to right, both together, with probability 1/2.

    Returns:
        A `Source` of `source` and `target` [H, W, channels] uint8.

    Raises:
        InputError: an odd width, a picture without its counterpart, one sub-folder or more than
            two, or no readable pair.

    Example:
        >>> source = kgan.data.pairs("~/facades/train", size=256, direction="b_to_a")
        >>> gan.fit(source.dataset(batch_size=1), epochs=200)
    """
    check_conversion(size, channels, fit, background)
    if direction not in DIRECTIONS:
        raise UnknownNameError("direction", direction, DIRECTIONS)
    scan, tops = _scan(folder)
    pairs = [pair if direction == "a_to_b" else pair[::-1] for pair in _list_pairs(scan, tops)]
    places = collections.defaultdict(list)
    for row, pair in enumerate(pairs):
        for side, (number, half) in enumerate(pair):
            places[number].append((row, side, half))

    def convert(image, half):
        return convert_image(_cut(image, half), size, channels, fit, background)

    shape = (2, *parse_size(size), channels)
    kept, keep = None, None
    if len(pairs) * np.prod(shape) <= _MEMORY:
        kept = np.empty((len(pairs), *shape), np.uint8)

        def keep(number, image):
            for row, side, half in places[number]:
                kept[row, side] = convert(image, half)

    verdicts = survey_folder(scan, keep)
    rows = _find_readable(scan, pairs, verdicts)
    if kept is not None:
        fetch, spec = build_memory_fetch({"source": kept[rows, 0], "target": kept[rows, 1]})
    else:
        read = _build_reader(scan, [pairs[row] for row in rows], convert)
        fetch = _split(build_file_fetch(read, shape))
        spec = {key: tf.TensorSpec(shape[1:], tf.uint8) for key in ("source", "target")}
    notes = tuple(_describe(scan, pairs, verdicts))
    facts = {"mirror": mirror, "notes": notes, "digest": digest_folder(scan)}
    return Source(f"pairs:{folder}", len(rows), spec, fetch, **facts)


def _scan(text):
    """Returns a `FolderScan`, and the two folders in it that hold a and b, or none."""
    folders = text.split(",")
    if len(folders) != 2 or pathlib.Path(text).expanduser().exists():
        scan = scan_folder(text)
        return scan, _find_sides(scan)
    scans = [scan_folder(folder) for folder in folders]
    root = pathlib.Path(os.path.commonpath([scan.folder for scan in scans]))
    tops = [scan.folder.relative_to(root) for scan in scans]
    if pathlib.Path() in tops:
        raise InputError(f"Expected two folders, none inside the other. Received: {text}.")
    pictures = [
        str(top / name) for top, scan in zip(tops, scans, strict=True) for name in scan.pictures
    ]
    ignored = collections.Counter(scans[0].ignored) + collections.Counter(scans[1].ignored)
    return FolderScan(root, tuple(pictures), dict(ignored)), tops


def _find_sides(scan):
    """Returns the two sub-folders of a folder, or none where pictures are side by side."""
    paths = [pathlib.PurePath(relative) for relative in scan.pictures]
    tops = sorted({path.parts[0] for path in paths if len(path.parts) > 1})
    beside = ["itself"] if any(len(path.parts) == 1 for path in paths) else []
    if tops and (beside or len(tops) != 2):
        raise InputError(
            f"Expected pairs side by side in the folder itself, or pictures in two sub-folders. "
            f"Received: {to_printable(scan.folder)} with pictures in "
            f"{list_files(beside + tops, _NAMED)}. Give a folder that holds just the pairs, or two "
            "with a comma between."
        )
    return [pathlib.PurePath(top) for top in tops]


def _list_pairs(scan, tops):
    """Returns `[((file's number, half), (file's number, half)), ...]`; a half is 0, 1 or None."""
    paths = [pathlib.PurePath(relative) for relative in scan.pictures]
    if not tops:
        return [((number, 0), (number, 1)) for number in range(len(paths))]
    a, b = {}, {}
    for number, path in enumerate(paths):
        place = next(n for n, top in enumerate(tops) if path.is_relative_to(top))
        side, key = (a, b)[place], path.relative_to(tops[place]).with_suffix("")
        if key in side:
            raise InputError(
                f"Expected one picture under each name. Received: "
                f"{to_printable(paths[side[key]])} and {to_printable(path)}. Remove or rename one."
            )
        side[key] = number
    alone = [f"{tops[0]}/{key}" for key in a if key not in b]
    alone += [f"{tops[1]}/{key}" for key in b if key not in a]
    if alone:
        raise InputError(
            f"Expected each picture in both sub-folders, {tops[0]} and {tops[1]}. Received: "
            f"{len(a)} and {len(b)}, of which {len(alone)} lack their counterpart "
            f"({list_files(alone, _NAMED)}). Add what is missing, or remove them."
        )
    return [((a[key], None), (b[key], None)) for key in a]


def _cut(image, half):
    if half is None:
        return image
    middle = image.width // 2
    return image.crop((half * middle, 0, (half + 1) * middle, image.height))


def _find_readable(scan, pairs, verdicts):
    """Returns the rows of `pairs` of which both pictures can be used."""
    rows = [row for row, pair in enumerate(pairs) if not _list_faults(pair, verdicts)]
    if not rows:
        raise InputError(
            f"Expected at least one readable pair. Received: {to_printable(scan.folder)}; "
            f"{_report_skips(scan, pairs, verdicts)}. Repair the files or give another folder."
        )
    odd = [
        f"{scan.pictures[number]}, {verdicts[number].width} pixels wide"
        for row in rows
        for number, half in pairs[row]
        if half == 0 and verdicts[number].width % 2
    ]
    if odd:
        raise InputError(
            f"Expected pairs side by side, of an even width. Received: {len(odd)} of odd width "
            f"({list_files(odd, _NAMED)}). Crop them, or put both sides into two sub-folders."
        )
    return rows


def _list_faults(pair, verdicts):
    """Returns `{file's number: why it cannot be read}`."""
    return {number: verdicts[number] for number, _ in pair if isinstance(verdicts[number], str)}


def _build_reader(scan, pairs, convert):
    def read(index):
        files = dict(pairs[index])  # of two halves, one file
        images = {number: reread_image(scan.folder / scan.pictures[number]) for number in files}
        return np.stack([convert(images[number], half) for number, half in pairs[index]])

    return read


def _split(fetch_both):
    def fetch(indices):
        both = fetch_both(indices)
        return {"source": both[:, 0], "target": both[:, 1]}

    return fetch


def _describe(scan, pairs, verdicts):
    """Yields the notes of a source."""
    readable = [pair for pair in pairs if not _list_faults(pair, verdicts)]
    if len(readable) < len(pairs):
        yield _report_skips(scan, pairs, verdicts)
    unlike = []
    for pair in readable:
        first, second = (verdicts[number] for number, _ in pair)
        shapes = first.width * second.height, second.width * first.height
        if abs(shapes[0] - shapes[1]) > _UNLIKE * max(shapes):
            unlike.append(scan.pictures[pair[0][0]])
    if unlike:
        files = list_files(unlike, _NAMED)
        yield f"Pairs whose pictures differ in shape, {len(unlike)}: {files}"
    if scan.ignored:
        yield f"Ignored, not pictures by name: {list_suffixes(scan.ignored)}"


def _report_skips(scan, pairs, verdicts):
    skipped = [
        ", ".join(f"{scan.pictures[number]} ({why})" for number, why in faults.items())
        for faults in (_list_faults(pair, verdicts) for pair in pairs)
        if faults
    ]
    return f"{len(skipped)} of {len(pairs)} pairs skipped: {list_files(skipped, _NAMED)}"
