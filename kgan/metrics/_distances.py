"""Distances between many samples, tile by tile: float64, bounded memory, any order of the rows.

A tile holds 1024 x 1024 squared distances (8 MiB), so that 50,000 samples with 2,048 features need
no more memory than a thousand. Our own because the trees of SciPy and scikit-learn are no faster
than all pairs in hundreds of dimensions, and scikit-learn's pairwise distances lose digits to a
common offset.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from kgan.errors import InputError
from kgan.progress import track
from kgan.types import Array

_TILE = 1024
# Times the largest squared norm: the rounding error of a squared distance in float64, with reserve.
_UNCERTAIN = 1e-13


class Tile(NamedTuple):
    """Squared distances of some rows of x to some rows of y."""

    rows: slice
    columns: slice
    squared: Array


def tiles(x: Array, y: Array, doing: str) -> Iterator[Tile]:
    """Yields the `Tile`s of x [N, D] against y [M, D], with the time left on stderr.

    Args:
        x, y: float32 or float64 features.
        doing: what the progress line says.
    """
    pairs = [(i, j) for i in _starts(x) for j in _starts(y)]
    yield from _compute(x, y, pairs, doing)


def _compute(x, y, pairs, doing):
    # Around the mean the norms are small, and so is what cancels in |x|² + |y|² − 2 x·y.
    centre = x.mean(axis=0, dtype=np.float64)
    start, rows = None, None
    for i, j in track(pairs, len(pairs), doing):
        if start != i:
            start, rows = i, x[i : i + _TILE] - centre
        columns = y[j : j + _TILE] - centre
        squared = rows @ columns.T
        squared *= -2.0
        squared += np.square(rows).sum(axis=1)[:, None]
        squared += np.square(columns).sum(axis=1)
        np.maximum(squared, 0.0, out=squared)
        yield Tile(slice(i, i + len(rows)), slice(j, j + len(columns)), squared)


def neighbour_distances(x: Array, count: int, doing: str = "Neighbours") -> Array:
    """Returns the distances of each row of x [N, D] to its nearest others, [N, count], rising.

    Args:
        x: float32 or float64 features, N > count.
        count: how many neighbours, itself not among them.
        doing: what the progress line says.

    Raises:
        InputError: N <= count.
    """
    if len(x) <= count:
        raise InputError(
            f"Expected more than {count} samples for {count} nearest neighbours. "
            f"Received: {len(x)}. Draw more."
        )
    least = np.full((len(x), count), np.inf)
    # Each tile serves its rows and its columns: half the work.
    pairs = [(i, j) for i in _starts(x) for j in _starts(x) if j <= i]
    for tile in _compute(x, x, pairs, doing):
        if tile.rows == tile.columns:
            np.fill_diagonal(tile.squared, np.inf)
        else:
            _keep_least(least[tile.columns], tile.squared.T)
        _keep_least(least[tile.rows], tile.squared)
    return np.sqrt(np.sort(least, axis=1))


def count_close_pairs(x: Array, distance: float, doing: str = "Pairs of samples, tiles") -> int:
    """Returns how many ordered pairs of different rows of x [N, D] are at most `distance` apart."""
    slack = rounding_error(x, x)
    pairs = tiles(x, x, doing)
    return sum(int((tile.squared <= distance**2 + slack).sum()) for tile in pairs) - len(x)


def _keep_least(least, candidates):
    """Keeps in `least` [n, k] the k least of each row and of `candidates` [n, m]."""
    both = np.concatenate([least, _least(candidates, least.shape[1])[0]], axis=1)
    least[:] = np.sort(both, axis=1)[:, : least.shape[1]]


def _least(candidates, count):
    """Returns the `count` least of each row of [n, m], or all m, and their columns."""
    if count == 1:
        columns = candidates.argmin(axis=1)[:, None]
    else:
        count = min(count, candidates.shape[1])
        columns = np.argpartition(candidates, count - 1, axis=1)[:, :count]
    return np.take_along_axis(candidates, columns, axis=1), columns


def nearest(
    x: Array, y: Array, count: int = 1, doing: str = "Nearest samples"
) -> tuple[Array, Array]:
    """Returns the indices and the distances of the rows of y nearest to each row of x.

    Args:
        x: [N, D] features.
        y: [M, D] features, M >= count.
        count: how many.
        doing: what the progress line says.

    Returns:
        `(indices, distances)`: int [N, count] and float64 [N, count], nearest first.

    Raises:
        InputError: M < count.
    """
    if len(y) < count:
        raise InputError(f"Expected at least {count} samples to be near to. Received: {len(y)}.")
    least = np.full((len(x), count), np.inf)
    indices = np.zeros((len(x), count), np.int64)
    for tile in tiles(x, y, doing):
        candidates, columns = _least(tile.squared, count)
        both = np.concatenate([least[tile.rows], candidates], axis=1)
        names = np.concatenate([indices[tile.rows], columns + tile.columns.start], axis=1)
        best = np.argsort(both, axis=1, kind="stable")[:, :count]
        least[tile.rows] = np.take_along_axis(both, best, axis=1)
        indices[tile.rows] = np.take_along_axis(names, best, axis=1)
    return _sort_exactly(x, y, indices)


def _sort_exactly(x, y, indices):
    """Sorts neighbours by their distance, taken from the difference: 0 for a copy, not 1e-8."""
    distances = np.empty(indices.shape)
    for place in range(indices.shape[1]):
        for start in _starts(x):
            some = slice(start, start + _TILE)
            gap = x[some].astype(np.float64) - y[indices[some, place]]
            distances[some, place] = np.linalg.norm(gap, axis=1)
    order = np.argsort(distances, axis=1, kind="stable")
    return np.take_along_axis(indices, order, axis=1), np.take_along_axis(distances, order, axis=1)


def rounding_error(x: Array, y: Array) -> float:
    """Returns the rounding error of squared distances of x and y: closer ones are ties."""
    centre = x.mean(axis=0, dtype=np.float64)
    largest = 0.0
    for values in (x, y):
        for start in _starts(values):
            norms = np.square(values[start : start + _TILE] - centre).sum(axis=1)
            largest = max(largest, float(norms.max()))
    return _UNCERTAIN * largest


def _starts(values):
    return range(0, len(values), _TILE)
