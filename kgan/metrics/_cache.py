"""Downloads and trained extractors: kept in one folder, named by content, checked when read."""

import hashlib
import os
import pathlib
import urllib.request
import zipfile
import zlib

import numpy as np

from kgan.errors import InputError
from kgan.files import replace_atomically, write_text
from kgan.progress import track

_CHUNK = 1 << 20  # bytes


def folder():
    """Returns the cache folder: `$KGAN_CACHE`, or `~/.cache/kgan`."""
    return pathlib.Path(os.environ.get("KGAN_CACHE") or pathlib.Path.home() / ".cache" / "kgan")


def sha256_of(path):
    """Returns the SHA-256, in hexadecimal, of a file, or of a folder's names and contents."""
    path = pathlib.Path(path)
    digest = hashlib.sha256()
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
    for file in files:
        if file != path:
            digest.update(f"{file.relative_to(path).as_posix()}\0".encode())
        with open(file, "rb") as opened:
            while chunk := opened.read(_CHUNK):
                digest.update(chunk)
    return digest.hexdigest()


def sha256_of_arrays(*arrays):
    """Returns the SHA-256 of the shapes, dtypes and values of arrays."""
    digest = hashlib.sha256()
    for array in arrays:
        array = np.ascontiguousarray(array)
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(array.data)
    return digest.hexdigest()


def local(source, sha256=None):
    """Returns the path of `source`, which is downloaded once if it is a URL.

    Args:
        source: a file, a folder, or an http(s) URL.
        sha256: what its SHA-256 must be, or None. A download is always held against the SHA-256
            that it had when it came.

    Returns:
        `(path, sha256)`.

    Raises:
        InputError: no such file, no network, another SHA-256, or a cached file that has changed.
    """
    if str(source).startswith(("http://", "https://")):
        return _downloaded(str(source), sha256)
    path = pathlib.Path(source).expanduser()
    if not path.exists():
        raise InputError(f"Expected a file, a folder or a URL. Received: {str(source)!r}: no such.")
    found = sha256_of(path)
    _check(source, found, sha256)
    return path, found


def _downloaded(url, sha256):
    name = f"{hashlib.sha256(url.encode()).hexdigest()[:12]}-{url.rstrip('/').rsplit('/', 1)[-1]}"
    path = folder() / "downloads" / name
    noted = path.with_name(f"{name}.sha256")
    if not path.exists() or not noted.exists():
        _download(url, path, sha256)
        write_text(noted, sha256_of(path))
    found = sha256_of(path)
    if found != noted.read_text(encoding="utf-8").strip():
        raise InputError(
            f"Expected the cached download of {url} as it came. Received: {path} has changed. "
            "Delete that file and try again."
        )
    _check(url, found, sha256)
    return path, found


def _download(url, path, sha256):
    with replace_atomically(path) as temporary:
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                _write(url, answer, temporary)
        except OSError as error:
            reason = getattr(error, "reason", error)
            raise InputError(
                f"Expected to reach {url}. Received: {reason}. "
                "Where there is no network, copy the file here and give its path."
            ) from error
        # Before it gets its name: a wrong download is not kept.
        _check(url, sha256_of(temporary), sha256)


def _write(url, answer, path):
    promised = int(answer.headers.get("Content-Length") or 0)
    chunks = max(1, -(-promised // _CHUNK))
    with open(path, "wb") as written:
        for _ in track(range(chunks), chunks, f"Downloading {url}, MiB"):
            written.write(answer.read(_CHUNK))
        while chunk := answer.read(_CHUNK):
            written.write(chunk)
        came = written.tell()
    # A connection that ends early is no error to urllib.
    if promised and came != promised:
        raise OSError(f"{came} of {promised} bytes came")


def _check(source, found, sha256):
    if sha256 is not None and found != sha256.lower():
        raise InputError(
            f"Expected {source} with sha256={sha256}. Received: sha256={found}. "
            "It is another file, or damaged."
        )


def save_arrays(path, arrays):
    """Writes named arrays to `path` (.npz), atomically; a checksum of each is inside."""
    with replace_atomically(path) as temporary, open(temporary, "wb") as written:
        np.savez(written, **arrays)


def load_arrays(path):
    """Returns `{name: array}` of what `save_arrays` wrote.

    Raises:
        InputError: the file has been damaged.
    """
    # Opened here: NumPy leaves a file open that is no whole archive.
    with open(path, "rb") as opened:
        try:
            arrays = np.load(opened, allow_pickle=False)
            return {name: arrays[name] for name in arrays.files}
        except (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError) as error:
            raise InputError(
                f"Expected a whole cached file. Received: {path} is damaged ({error}). "
                "Delete it; it is made again."
            ) from error
