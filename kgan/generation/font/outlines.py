"""Outlines of pictures: contours between pixels, simplified and smoothed to quadratic curves.

A contour is a list of points (x, y, on_curve) in pixels, x to the right and y down from the upper
left corner, as TrueType has them: two neighbours off the curve have a point on it halfway between.
"""

import functools
from typing import TypeAlias

import contourpy
import numpy as np
from fontTools.cu2qu import curve_to_quadratic
from scipy import ndimage, sparse

from kgan.generation.font.curves import cross, fit_line
from kgan.types import Array

Contour: TypeAlias = list[tuple[float, float, bool]]

TOLERANCE = 0.15  # pixels between a contour and its curves
_ENLARGEMENT = 4
_ROUNDS, _STEP, _STEEPNESS = 6, 0.5, 8.0  # of back-projection, and of ink over the field
_SMOOTHING = 1.0  # standard deviation in pixels of the field: steps of its grid are no detail
_NOISE = 0.04  # of full ink: what a network leaves on a blank page
_SPECK = 0.8  # square pixels; smaller ones are noise
_PIECES = 6  # straight pieces a curve has, to look for crossings


def trace_outlines(picture: Array, tolerance: float = TOLERANCE) -> list[Contour]:
    """Returns the contours of a picture; they cross neither themselves nor each other.

    Args:
        picture: [H, W] ink from 0 to 1, antialiased.
        tolerance: pixels by which curves may miss the contour; halved where curves would cross.

    Example:
        >>> square = np.zeros((8, 8))
        >>> square[2:6, 2:6] = 1.0
        >>> [len(contour) for contour in trace_outlines(square)]
        [4]
    """
    lines = _find_lines(sharpen(picture))
    for finer in (tolerance, tolerance / 2, tolerance / 4):
        contours = [_to_contour(fit_line(line, finer), finer) for line in lines]
        contours = [contour for contour in contours if len(contour) > 2]
        if not find_crossings(contours):
            return contours
    return [[(*point, True) for point in line] for line in lines]


def sharpen(picture: Array) -> Array:
    """Returns a field [4 H, 4 W], above 0.5 where there is ink, whose ink averages to a picture.

    Iterative back-projection: what the ink of the field lacks of the picture is added to it, so
    that a hairline of 0.6 pixels stays as wide as it was. One below half a pixel may break.

    Args:
        picture: [H, W] ink from 0 to 1.

    Reference: Irani and Peleg 1991, doi:10.1016/1049-9652(91)90045-L.
    """
    wanted = np.clip((np.asarray(picture, np.float64) - _NOISE) / (1 - 2 * _NOISE), 0.0, 1.0)
    field = smooth = _enlarge(wanted)
    height, width = wanted.shape
    for _ in range(_ROUNDS):
        ink = np.clip((smooth - 0.5) * _STEEPNESS + 0.5, 0.0, 1.0)
        mean = ink.reshape(height, _ENLARGEMENT, width, _ENLARGEMENT).mean(axis=(1, 3))
        field = field + _STEP * _enlarge(wanted - mean)
        smooth = ndimage.gaussian_filter(field, _SMOOTHING, mode="nearest")
    return smooth


def _enlarge(picture):
    height, width = (_make_enlargement(length) for length in picture.shape)
    return (width @ (height @ picture).T).T


@functools.cache
def _make_enlargement(length):
    """Returns [4 n, n]: cubic splines through n pixels, of which far ones hardly count."""
    zoom = (_ENLARGEMENT, 1)
    splines = ndimage.zoom(np.eye(length), zoom, order=3, mode="nearest", grid_mode=True)
    return sparse.csr_array(np.where(np.abs(splines) < 1e-4, 0.0, splines))


def _find_lines(field):
    """Returns the closed lines [N, 2] around ink, in pixels of the picture; specks are left out."""
    padded = np.pad(field, 1)  # so that every line closes
    places = (np.arange(-1, len(field) + 1) + 0.5) / _ENLARGEMENT
    across = (np.arange(-1, field.shape[1] + 1) + 0.5) / _ENLARGEMENT
    lines = contourpy.contour_generator(across, places, padded).lines(0.5)
    lines = [line[:-1] for line in lines]  # the last point is the first
    return [line for line in lines if abs(measure_area(line)) >= _SPECK]


def measure_area(line: Array) -> float:
    """Returns the area in a closed line [N, 2], negative if it runs the other way round."""
    x, y = np.asarray(line, np.float64).T
    return float(0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


def _to_contour(curves, tolerance):
    """Returns the contour of a closed chain of lines and cubic curves."""
    contour = []
    for curve in curves:
        contour.append((*curve[0], True))
        if len(curve) == 4:
            spline = curve_to_quadratic([tuple(point) for point in curve], tolerance)
            contour += [(*point, False) for point in spline[1:-1]]
    return [(float(x), float(y), on) for x, y, on in contour]


def flatten(contour: Contour) -> Array:
    """Returns a contour as a closed line [N, 2] of short straight pieces."""
    points = []
    for number, (x, y, on) in enumerate(contour):
        before, after = contour[number - 1], contour[(number + 1) % len(contour)]
        if on:
            points.append((x, y))
            continue
        here = np.array((x, y))
        start, end = (
            np.array(one[:2]) if one[2] else (np.array(one[:2]) + here) / 2
            for one in (before, after)
        )
        t = (np.arange(0 if not before[2] else 1, _PIECES) / _PIECES)[:, np.newaxis]
        curve = (1 - t) ** 2 * start + 2 * t * (1 - t) * here + t**2 * end
        points += [tuple(point) for point in curve]
    return np.array(points, np.float64)


def find_crossings(contours: list[Contour]) -> int:
    """Returns how many pairs of pieces of these contours cross; neighbours that touch do not."""
    if not contours:
        return 0
    starts, ends, places = [], [], []
    for number, contour in enumerate(contours):
        line = flatten(contour)
        starts.append(line)
        ends.append(np.roll(line, -1, axis=0))
        places += [(number, place, len(line)) for place in range(len(line))]
    start, end = np.concatenate(starts), np.concatenate(ends)
    owner, place, length = np.array(places).T
    # Only those whose boxes overlap can cross: pairs by the order of their left edges.
    low, high = np.minimum(start, end), np.maximum(start, end)
    order = np.argsort(low[:, 0])
    last = np.searchsorted(low[order, 0], high[order, 0], side="right")
    counts = np.maximum(last - np.arange(len(order)) - 1, 0)
    first = np.repeat(np.arange(len(order)), counts)
    offset = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    one, other = order[first], order[first + 1 + offset]
    overlap = (low[one, 1] <= high[other, 1]) & (low[other, 1] <= high[one, 1])
    one, other = one[overlap], other[overlap]
    apart = np.abs(place[one] - place[other])
    apart = np.minimum(apart, length[one] - apart)
    far = (owner[one] != owner[other]) | (apart > 1)
    one, other = one[far], other[far]

    def turn(a, b, c):
        return cross(b - a, c - a)

    sides = [turn(start[one], end[one], p[other]) for p in (start, end)]
    others = [turn(start[other], end[other], p[one]) for p in (start, end)]
    return int(np.sum((sides[0] * sides[1] < 0) & (others[0] * others[1] < 0)))
