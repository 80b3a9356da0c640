"""Atomic writes, durable renames, digests of files, arrays in files, and the cache folder."""

import contextlib
import functools
import hashlib
import os
import pathlib
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping

from kgan.errors import InputError
from kgan.types import Array, PathLike

_PATTERN = re.compile(r"[][*?]" if os.sep == "\\" else r"[][*?\\]")


@contextlib.contextmanager
def replace_atomically(path: PathLike) -> Iterator[pathlib.Path]:
    """Yields a temporary path beside `path`; on success it is fsynced and renamed to `path`.

    If the block raises, the temporary file is removed and `path` stays as it was.

    Example:
        >>> with replace_atomically("runs/mine/config.yaml") as temporary:
        ...     temporary.write_text("seed: 0")
    """
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The suffix stays, because writers such as Pillow choose the format by it.
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = pathlib.Path(name)
    try:
        with name_path(path):
            yield temporary
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        # mkstemp makes private files; give the result the permissions a plain open() would have.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: PathLike, text: str) -> None:
    """Writes `text` (UTF-8) to `path` atomically."""
    with replace_atomically(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def name_literally(folder: PathLike) -> pathlib.Path:
    """Returns a path of the same folder that TensorFlow reads as it is written.

    TensorFlow takes `[`, `*`, `?` and a backslash in the path of a checkpoint or SavedModel for a
    pattern: it writes there, and then finds nothing to read or to delete. Such a folder gets
    another name, a link that goes with the process.

    Raises:
        InputError: where the system makes no links.
    """
    folder = pathlib.Path(folder)
    if not _PATTERN.search(str(folder)):
        return folder
    link = pathlib.Path(_links().name) / hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    try:
        if not link.is_symlink():
            link.symlink_to(folder.absolute(), target_is_directory=True)
    except OSError as error:
        raise InputError(
            f"Expected a folder without [ * ? in its path, which TensorFlow takes for a pattern. "
            f"Received: {folder}, to which no link can be made ({error.strerror}). Rename it."
        ) from error
    return link


@functools.cache
def _links():
    return tempfile.TemporaryDirectory(prefix="kgan-")  # removed at exit, without what links name


def sync_folder(folder: PathLike) -> None:
    """Makes renames inside `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_files(folder: pathlib.Path) -> None:
    """Makes a folder and everything in it durable, the folder last."""
    for path in [*folder.rglob("*"), folder]:
        if path.is_dir():
            sync_folder(path)
        else:
            with open(path, "rb") as written:
                os.fsync(written.fileno())


def digest_files(folder: pathlib.Path) -> dict[str, str]:
    """Returns `{relative path: SHA-256 in hexadecimal}` of all files in a folder."""
    digests = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digests[path.relative_to(folder).as_posix()] = digest_file(path)
    return digests


def digest_file(path: PathLike) -> str:
    """Returns the SHA-256 of a file in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def name_path(path: PathLike) -> Iterator[None]:
    """Gives errors of the system that name no file a path: which disk is full, say."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            error.filename = str(path)
        raise


def cache_folder() -> pathlib.Path:
    """Returns kgan's cache: `$KGAN_CACHE`, or `kgan` in `$XDG_CACHE_HOME` or in `~/.cache`."""
    if chosen := os.environ.get("KGAN_CACHE"):
        return pathlib.Path(chosen)
    home = os.environ.get("XDG_CACHE_HOME")
    return (pathlib.Path(home) if home else pathlib.Path.home() / ".cache") / "kgan"


def save_arrays(path: PathLike, arrays: Mapping[str, Array]) -> None:
    """Writes named arrays to `path` (.npz), atomically; the archive has a checksum of each."""
    import numpy as np  # late: `kgan list` needs none of it

    with replace_atomically(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, **arrays)


def load_arrays(path: PathLike) -> dict[str, Array]:
    """Returns the arrays that `save_arrays` wrote, by name.

    Raises:
        InputError: the file is damaged.
    """
    import numpy as np

    # Opened here because NumPy leaves a file open that is not a whole archive.
    with open(path, "rb") as file:
        try:
            arrays = np.load(file, allow_pickle=False)
            return {name: arrays[name] for name in arrays.files}
        except (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError) as error:
            raise InputError(
                f"Expected a whole cached file. Received: {path} is damaged ({error}). "
                "Delete it; it is made again."
            ) from error
