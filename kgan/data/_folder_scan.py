"""Lists the pictures of a folder, and checks which can be read; the verdicts are cached."""

import collections
import contextlib
import dataclasses
import hashlib
import json
import os
import pathlib
import warnings
from collections.abc import Callable, Sequence

import PIL
from PIL import Image

from kgan.data._image_file import (
    SUFFIXES,
    ImageFacts,
    UnreachableImage,
    UnreadableImage,
    read_image,
    to_printable,
)
from kgan.errors import InputError
from kgan.files import cache_folder, write_text
from kgan.progress import map_in_threads
from kgan.types import PathLike

# What systems put beside a person's pictures: thumbnails, resource forks, bins.
_SYSTEM = frozenset(
    ["@eadir", "__macosx", "lost+found", "$recycle.bin", "#recycle", "@recycle", "@tmp",
     "system volume information"]
)  # fmt: skip
_VERSION = 1  # of the cached verdicts; raise it when `read_image` judges otherwise


@dataclasses.dataclass(frozen=True)
class FolderScan:
    """The files below a folder.

    Args:
        folder: the folder, absolute.
        pictures: paths relative to it, sorted, of the files whose names say picture.
        ignored: `{suffix: count}` of the other files, those without a suffix by their names, and
            of folders that systems make, such as `@eaDir/`.
    """

    folder: pathlib.Path
    pictures: tuple[str, ...]
    ignored: dict[str, int]


def scan_folder(folder: PathLike) -> FolderScan:
    """Lists the pictures of a folder, nested folders and links to folders included.

    Args:
        folder: a path; `~` is the home folder.

    Returns:
        A `FolderScan`. Hidden files are ignored, and folders that systems make; each real folder is
        entered once, so links may loop.

    Raises:
        InputError: no such folder, or it holds no picture.

    Example:
        >>> kgan.data.scan_folder("~/photos").ignored
        {'.txt': 2}
    """
    root = pathlib.Path(folder).expanduser().absolute()
    if not root.is_dir():
        there = "a file" if root.exists() else "nothing there"
        raise InputError(
            f"Expected a folder of pictures. Received: folder={str(folder)!r} ({there}). "
            "Give the path of an existing folder."
        )
    pictures, ignored, entered = [], collections.Counter(), set()
    for place, folders, files in os.walk(root, followlinks=True):
        status = os.stat(place)
        if (status.st_dev, status.st_ino) in entered:
            folders.clear()
            continue
        entered.add((status.st_dev, status.st_ino))
        ignored.update(f"{name}/" for name in folders if name.lower() in _SYSTEM)
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name.lower() not in _SYSTEM
        )
        for name in files:
            suffix = os.path.splitext(name)[1].lower()
            if name.startswith("."):
                ignored["hidden"] += 1
            elif suffix in SUFFIXES:
                pictures.append(os.path.relpath(os.path.join(place, name), root))
            else:
                ignored[suffix or name] += 1
    if not pictures:
        raise InputError(
            f"Expected pictures ({', '.join(sorted(SUFFIXES))}). Received: "
            f"folder={str(folder)!r} with {list_suffixes(ignored) or 'no files'}. "
            "Give a folder that holds some, at any depth."
        )
    return FolderScan(root, tuple(sorted(pictures)), dict(ignored))


def survey_folder(
    scan: FolderScan, visit: Callable[[int, Image.Image], None] | None = None
) -> list[ImageFacts | str]:
    """Reads the pictures of a scan in threads, and caches the verdicts for the next start.

    Args:
        scan: a `FolderScan`.
        visit: called as `visit(number, image)` with each picture that can be read; `None` trusts
            a cached verdict instead of reading a file whose size and modification time are still
            the same.

    Returns:
        A list, in the order of `scan.pictures`, of `ImageFacts`, or of the reason (a string) why
        the file cannot be read.

    Example:
        >>> kgan.data.survey_folder(kgan.data.scan_folder("~/photos"))[0]
        'truncated'
    """
    cached = _load_verdicts(scan.folder)

    def judge(number):
        relative = scan.pictures[number]
        path = scan.folder / relative
        identity = _identify(path)
        known = cached.get(relative)
        if known is not None and known[0] == identity:
            if isinstance(known[1], str):
                return identity, known[1]
            if visit is None:
                return identity, ImageFacts(**known[1])
        try:
            image, facts = read_image(path)
        except UnreachableImage as error:
            return None, str(error)  # may be mended without a trace in size or time
        except UnreadableImage as error:
            return identity, str(error)
        if visit is not None:
            visit(number, image)
        return identity, facts

    with warnings.catch_warnings():
        # Pillow warns of odd metadata and palettes, which is no reason to refuse a picture.
        warnings.simplefilter("ignore")
        numbers = range(len(scan.pictures))
        verdicts = list(map_in_threads(judge, numbers, "Reading pictures"))
    _save_verdicts(scan, verdicts)
    return [verdict for _, verdict in verdicts]


def digest_folder(scan: FolderScan) -> str:
    """Returns a digest of the names, sizes and times of a scan's pictures, in hexadecimal."""
    facts = [(relative, _identify(scan.folder / relative)) for relative in scan.pictures]
    return hashlib.sha256(os.fsencode(json.dumps(facts))).hexdigest()[:32]


def list_suffixes(ignored: dict[str, int]) -> str:
    """Returns `"10 .txt, 2 .heic"` for `{".heic": 2, ".txt": 10}`, the most frequent first."""
    common = sorted(ignored.items(), key=lambda entry: (-entry[1], entry[0]))[:5]
    more = sum(ignored.values()) - sum(count for _, count in common)
    text = ", ".join(f"{count} {to_printable(suffix)}" for suffix, count in common)
    return f"{text} and {more} others" if more else text


def list_files(entries: Sequence[PathLike], most: int) -> str:
    """Returns `"a.png, b.png and 3 more"`: the first `most` entries, and how many more follow."""
    more = f" and {len(entries) - most} more" if len(entries) > most else ""
    return f"{', '.join(map(to_printable, entries[:most]))}{more}"


def _identify(path):
    try:
        status = os.stat(path)
    except OSError:
        return None  # `read_image` will say why
    return [status.st_size, status.st_mtime_ns]


def _cache_file(folder):
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:32]
    return cache_folder() / "pictures" / f"{digest}.json"


def _version():
    # Another Pillow may read more, or less.
    return f"{_VERSION}, Pillow {PIL.__version__}"


def _load_verdicts(folder):
    try:
        cached = json.loads(_cache_file(folder).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    current = isinstance(cached, dict) and cached.get("judge") == _version()
    return cached["verdicts"] if current else {}


def _save_verdicts(scan, verdicts):
    entries = {
        relative: [identity, verdict if isinstance(verdict, str) else dataclasses.asdict(verdict)]
        for relative, (identity, verdict) in zip(scan.pictures, verdicts, strict=True)
        if identity is not None
    }
    text = json.dumps({"judge": _version(), "verdicts": entries})
    # A cache that cannot be written costs only time at the next start.
    with contextlib.suppress(OSError):
        write_text(_cache_file(scan.folder), text)
