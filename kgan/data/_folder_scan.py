"""Which files of a folder are pictures, and what a check of them found the last time."""

import collections
import contextlib
import dataclasses
import hashlib
import json
import os
import pathlib
import warnings

import PIL

from kgan.data._image_file import SUFFIXES, Facts, Unreachable, Unreadable, read
from kgan.data.progress import in_threads
from kgan.errors import InputError
from kgan.files import write_text

_VERSION = 1  # of the cached verdicts; to be raised when `picture.read` judges otherwise


@dataclasses.dataclass(frozen=True)
class Scan:
    """The files below a folder.

    Args:
        folder: the folder, absolute.
        pictures: paths relative to it, sorted, of the files whose names say picture.
        ignored: `{suffix: count}` of the other files, those without a suffix by their names.
    """

    folder: pathlib.Path
    pictures: tuple[str, ...]
    ignored: dict[str, int]


def scan(folder):
    """Lists the pictures of a folder, nested folders and links to folders included.

    Args:
        folder: a path; `~` is the home folder.

    Returns:
        A `Scan`. Hidden files are ignored; each real folder is entered once, so links may loop.

    Raises:
        InputError: no such folder, or it holds no picture.
    """
    root = pathlib.Path(folder).expanduser().absolute()
    if not root.is_dir():
        found = "a file" if root.exists() else "nothing there"
        raise InputError(
            f"Expected a folder of pictures. Received: folder={str(folder)!r} ({found}). "
            "Give the path of an existing folder."
        )
    pictures, ignored, entered = [], collections.Counter(), set()
    for place, folders, files in os.walk(root, followlinks=True):
        status = os.stat(place)
        if (status.st_dev, status.st_ino) in entered:
            folders.clear()
            continue
        entered.add((status.st_dev, status.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
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
            f"folder={str(folder)!r} with {described(ignored) or 'no files'}. "
            "Give a folder that holds some, at any depth."
        )
    return Scan(root, tuple(sorted(pictures)), dict(ignored))


def survey(scanned, visit, needs_visit):
    """Reads the pictures of a scan in threads, and remembers the verdicts for the next start.

    Args:
        scanned: a `Scan`.
        visit: called as `visit(number, image, facts)` with each picture that was read.
        needs_visit: `False` trusts a remembered verdict without reading the file again, if its
            size and modification time are those of then.

    Returns:
        A list, in the order of `scanned.pictures`, of `Facts`, or of the reason (a string) why
        the file cannot be read.
    """
    remembered = _remembered(scanned.folder)

    def verdict(number):
        relative = scanned.pictures[number]
        path = scanned.folder / relative
        identity = _identity(path)
        known = remembered.get(relative)
        if known is not None and known[0] == identity:
            if isinstance(known[1], str):
                return identity, known[1]
            if not needs_visit:
                return identity, Facts(**known[1])
        try:
            image, facts = read(path)
        except Unreachable as error:
            return None, str(error)  # may be mended without a trace in size or time
        except Unreadable as error:
            return identity, str(error)
        visit(number, image, facts)
        return identity, facts

    with warnings.catch_warnings():
        # Pillow warns of odd metadata and palettes, which is no reason to refuse a picture.
        warnings.simplefilter("ignore")
        numbers = range(len(scanned.pictures))
        verdicts = list(in_threads(verdict, numbers, "Reading pictures"))
    _remember(scanned, verdicts)
    return [found for _, found in verdicts]


def described(ignored):
    """Returns `"10 .txt, 2 .heic"` for `{".heic": 2, ".txt": 10}`, the most frequent first."""
    common = sorted(ignored.items(), key=lambda entry: (-entry[1], entry[0]))[:5]
    more = sum(ignored.values()) - sum(count for _, count in common)
    listed = ", ".join(f"{count} {printable(suffix)}" for suffix, count in common)
    return f"{listed} and {more} others" if more else listed


def printable(name):
    """Returns a file name with bytes that are not UTF-8 replaced, so that it can be printed."""
    return os.fsencode(name).decode("utf-8", "replace")


def _identity(path):
    try:
        status = os.stat(path)
    except OSError:
        return None  # `read` will say why
    return [status.st_size, status.st_mtime_ns]


def _cache_file(folder):
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:32]
    return pathlib.Path(home).expanduser() / "kgan" / "pictures" / f"{digest}.json"


def _judge():
    # Another Pillow may read more, or less.
    return f"{_VERSION}, Pillow {PIL.__version__}"


def _remembered(folder):
    try:
        cached = json.loads(_cache_file(folder).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    current = isinstance(cached, dict) and cached.get("judge") == _judge()
    return cached["verdicts"] if current else {}


def _remember(scanned, verdicts):
    found = {
        relative: [identity, verdict if isinstance(verdict, str) else dataclasses.asdict(verdict)]
        for relative, (identity, verdict) in zip(scanned.pictures, verdicts, strict=True)
        if identity is not None
    }
    text = json.dumps({"judge": _judge(), "verdicts": found})
    # A cache that cannot be written costs only time at the next start.
    with contextlib.suppress(OSError):
        write_text(_cache_file(scanned.folder), text)
