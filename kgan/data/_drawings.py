"""Drawings, made once and kept in the cache, known by all that they depend on."""

import contextlib
import hashlib
import zipfile
import zlib
from collections.abc import Callable

import numpy as np

from kgan.errors import InputError
from kgan.files import cache_folder, replace_atomically
from kgan.progress import track
from kgan.types import Array

_MEMORY = 4 * 2**30  # bytes of pictures


def draw_once(
    key: str,
    count: int,
    shape: tuple[int, ...],
    draw: Callable[[int], Array],
    doing: str,
    dtype: type = np.uint8,
) -> Array:
    """Returns the first `count` drawings of a series; only those never drawn before are drawn.

    Args:
        key: names all that the series depends on: what, how, by which versions.
        count: of the drawings wanted.
        shape: of one.
        draw: maps a drawing's number to numbers of `shape`.
        doing: for the report of progress, e.g. `"Drawing faces"`.
        dtype: of the drawings.

    Returns:
        [count, *shape] of the `dtype`.

    Raises:
        InputError: more than 4 GiB.
    """
    size = count * int(np.prod(shape)) * np.dtype(dtype).itemsize
    if size > _MEMORY:
        raise InputError(
            f"Expected at most {_MEMORY >> 30} GiB of pictures. Received: {count} of "
            f"{'x'.join(map(str, shape))}, {size / 2**30:.1f} GiB. Take fewer or smaller ones."
        )
    path = cache_folder() / "drawings" / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.npz"
    known = _load(path, shape, dtype)
    if len(known) >= count:
        return known[:count]
    images = np.empty((count, *shape), dtype)
    ready = len(known)
    images[:ready] = known
    try:
        for number in track(range(ready, count), count - ready, doing):
            images[number] = draw(number)
            ready = number + 1
    finally:  # who stops it here goes on from here
        if ready > len(known):
            _save(path, images[:ready])
    return images


def _load(path, shape, dtype):
    """Returns the drawings in a file, [N, *shape]; none where there are none, or damaged."""
    try:
        with open(path, "rb") as file:
            images = np.load(file, allow_pickle=False)["images"]
        if images.dtype == dtype and images.shape[1:] == tuple(shape):
            return images
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error):
        pass  # drawn anew
    return np.empty((0, *shape), dtype)


def _save(path, images):
    # A cache that cannot be written costs only time at the next start.
    with contextlib.suppress(OSError), replace_atomically(path) as temporary:
        np.savez(temporary, images=images)
