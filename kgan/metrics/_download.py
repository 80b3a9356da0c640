"""The file or folder of a network: a path, or a URL that is downloaded once; by its SHA-256."""

import contextlib
import hashlib
import pathlib
import socket
import sys
from collections.abc import Iterator

from kgan.errors import InputError
from kgan.files import cache_folder, replace_atomically, write_text
from kgan.types import PathLike

_CHUNK = 1 << 20  # bytes
_PATIENCE = 60.0  # seconds that a server may be silent


def locate_file(source: PathLike, sha256: str | None = None) -> tuple[pathlib.Path, str]:
    """Returns the path of `source`, which is downloaded once if it is a URL, and its SHA-256.

    Args:
        source: a file, a folder, or an http(s) URL.
        sha256: what its SHA-256 must be, or None. A cached download must also have the SHA-256
            that it had when it came.

    Raises:
        InputError: no such file, no network, another SHA-256, or a cached file that has changed.
    """
    if str(source).startswith(("http://", "https://")):
        return _locate_download(str(source), sha256)
    path = pathlib.Path(source).expanduser()
    if not path.exists():
        raise InputError(f"Expected a file, a folder or a URL. Received: {str(source)!r}: no such.")
    digest = hash_file(path)
    _check(source, digest, sha256)
    return path, digest


def _locate_download(url, sha256):
    name = f"{hashlib.sha256(url.encode()).hexdigest()[:12]}-{url.rstrip('/').rsplit('/', 1)[-1]}"
    path = cache_folder() / "downloads" / name
    noted = path.with_name(f"{name}.sha256")
    if not path.exists() or not noted.exists():
        _download(url, path, sha256)
        write_text(noted, hash_file(path))
    digest = hash_file(path)
    if digest != noted.read_text(encoding="utf-8").strip():
        raise InputError(
            f"Expected the cached download of {url} as it came. Received: {path} has changed. "
            "Delete that file and try again."
        )
    _check(url, digest, sha256)
    return path, digest


def _download(url, path, sha256):
    """Downloads a file, which gets its name only when it is whole and has the SHA-256 given."""
    import keras

    with replace_atomically(path) as temporary:
        place = {"fname": temporary.name, "cache_dir": temporary.parent, "cache_subdir": ""}
        try:
            # Progress is not a result: it belongs on stderr.
            with contextlib.redirect_stdout(sys.stderr), _limit_silence(_PATIENCE):
                keras.utils.get_file(origin=url, force_download=True, **place)
        except Exception as error:  # Keras raises `Exception` itself
            raise InputError(
                f"Expected to reach {url}. Received: {error}. "
                "Where there is no network, copy the file here and give its path."
            ) from error
        _check(url, hash_file(temporary), sha256)


@contextlib.contextmanager
def _limit_silence(seconds: float) -> Iterator[None]:
    """Gives up on servers that say nothing for so long, for which `get_file` has no option."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def hash_file(path: PathLike) -> str:
    """Returns the SHA-256, in hexadecimal, of a file, or of a folder's names and contents."""
    path = pathlib.Path(path)
    digest = hashlib.sha256()
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
    for file in files:
        if file != path:
            digest.update(f"{file.relative_to(path).as_posix()}\0".encode())
        with open(file, "rb") as content:
            while chunk := content.read(_CHUNK):
                digest.update(chunk)
    return digest.hexdigest()


def _check(source, sha256, expected):
    if expected is not None and sha256 != expected.lower():
        raise InputError(
            f"Expected {source} with sha256={expected}. Received: sha256={sha256}. "
            "It is another file, or damaged."
        )
