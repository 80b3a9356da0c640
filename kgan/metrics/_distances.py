"""Distances between many samples, tile by tile: float64, bounded memory, any order of the rows.

A tile holds 1024 x 1024 squared distances (8 MiB), so that 50,000 samples with 2,048 features need
no more memory than a thousand.
"""

from typing import NamedTuple

import numpy as np

from kgan.errors import InputError
from kgan.progress import track

_TILE = 1024
# Times the largest squared norm: what float64 leaves uncertain of a squared distance, with reserve.
_UNCERTAIN = 1e-13


class Tile(NamedTuple):
    """Squared distances of some rows of x to some rows of y."""

    rows: slice
    columns: slice
    squared: np.ndarray


def tiles(x, y, doing):
    """Yields the `Tile`s of x [N, D] against y [M, D], with the time left on stderr.

    Args:
        x, y: float32 or float64 features.
        doing: what the progress line says.
    """
    pairs = [(i, j) for i in _starts(x) for j in _starts(y)]
    yield from _computed(x, y, pairs, doing)


def _computed(x, y, pairs, doing):
    # Around the mean the norms are small, and so is what cancels in |x|² + |y|² − 2 x·y.
    centre = x.mean(axis=0, dtype=np.float64)
    held = None, None
    for i, j in track(pairs, len(pairs), doing):
        if held[0] != i:
            held = i, x[i : i + _TILE] - centre
        rows, columns = held[1], y[j : j + _TILE] - centre
        squared = rows @ columns.T
        squared *= -2.0
        squared += np.square(rows).sum(axis=1)[:, None]
        squared += np.square(columns).sum(axis=1)
        np.maximum(squared, 0.0, out=squared)
        yield Tile(slice(i, i + len(rows)), slice(j, j + len(columns)), squared)


def neighbour_distances(x, count, doing="Neighbours"):
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
    for tile in _computed(x, x, pairs, doing):
        if tile.rows == tile.columns:
            np.fill_diagonal(tile.squared, np.inf)
        else:
            _keep_least(least[tile.columns], tile.squared.T)
        _keep_least(least[tile.rows], tile.squared)
    return np.sqrt(np.sort(least, axis=1))


def _keep_least(least, candidates):
    """Keeps in `least` [n, k] the k least of each row and of `candidates` [n, m]."""
    found, _ = _least(candidates, least.shape[1])
    both = np.concatenate([least, found], axis=1)
    least[:] = np.sort(both, axis=1)[:, : least.shape[1]]


def _least(candidates, count):
    """Returns the `count` least of each row of [n, m], or all m, and their columns."""
    if count == 1:
        columns = candidates.argmin(axis=1)[:, None]
    else:
        kept = min(count, candidates.shape[1])
        columns = np.argpartition(candidates, kept - 1, axis=1)[:, :kept]
    return np.take_along_axis(candidates, columns, axis=1), columns


def nearest(x, y, count=1, doing="Nearest samples"):
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
        found, columns = _least(tile.squared, count)
        both = np.concatenate([least[tile.rows], found], axis=1)
        names = np.concatenate([indices[tile.rows], columns + tile.columns.start], axis=1)
        best = np.argsort(both, axis=1, kind="stable")[:, :count]
        least[tile.rows] = np.take_along_axis(both, best, axis=1)
        indices[tile.rows] = np.take_along_axis(names, best, axis=1)
    return _exactly(x, y, indices)


def _exactly(x, y, indices):
    """Sorts neighbours by their distance, taken from the difference: 0 for a copy, not 1e-8."""
    distances = np.empty(indices.shape)
    for place in range(indices.shape[1]):
        for start in _starts(x):
            some = slice(start, start + _TILE)
            gap = x[some].astype(np.float64) - y[indices[some, place]]
            distances[some, place] = np.linalg.norm(gap, axis=1)
    order = np.argsort(distances, axis=1, kind="stable")
    return np.take_along_axis(indices, order, axis=1), np.take_along_axis(distances, order, axis=1)


def uncertainty(x, y):
    """Returns the rounding error of squared distances of x and y: a tie is nearer than that."""
    centre = x.mean(axis=0, dtype=np.float64)
    largest = 0.0
    for values in (x, y):
        for start in _starts(values):
            norms = np.square(values[start : start + _TILE] - centre).sum(axis=1)
            largest = max(largest, float(norms.max()))
    return _UNCERTAIN * largest


def _starts(values):
    return range(0, len(values), _TILE)
