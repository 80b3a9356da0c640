"""Cubic curves through the points of a line, with corners where it turns sharply.

Reference: Schneider 1990, "An algorithm for automatically fitting digitized curves", Graphics Gems.
"""

import numpy as np

from kgan.types import Array

_SPACING = 0.25  # pixels between points of a line
_WINDOW = 6  # points on each side over which a turn is measured: 1.5 pixels
_CORNER = np.deg2rad(38.0)  # turns above it are corners
_REACH = 1.0  # pixels by which a corner may be sharper than the line, whose pixels rounded it
_ROUNDS = 4  # of moving parameters before a curve is split
_HOPELESS = 4.0  # times the tolerance: that far off, a curve is split at once


def fit_line(line: Array, tolerance: float) -> list[Array]:
    """Returns a closed chain of lines [2, 2] and cubic curves [4, 2], each from the last's end.

    Args:
        line: [N, 2], the points of a closed line.
        tolerance: the most that a point may be off its curve.
    """
    points = _space_evenly(line)
    corners = _find_corners(points)
    joints = corners if len(corners) > 1 else _spread_joints(corners, len(points))
    sharp = {joint: _sharpen_corner(points, joint) for joint in corners}
    chain = []
    for number, start in enumerate(joints):
        end = joints[(number + 1) % len(joints)]
        places = np.arange(start, end + (len(points) if end <= start else 0) + 1)
        piece = points[places % len(points)].copy()
        piece[0], piece[-1] = sharp.get(start, piece[0]), sharp.get(end, piece[-1])
        first = _tangent_after(piece) if start in sharp else _tangent_at(points, start)
        last = -_tangent_after(piece[::-1]) if end in sharp else _tangent_at(points, end)
        chain += _fit(piece, first, last, tolerance)
    return chain


def cross(first: Array, second: Array) -> Array:
    """Returns the cross product of vectors [..., 2]: above 0 where the second is to the left."""
    return first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0]


def _space_evenly(line):
    """Returns the points of a closed line at even distances, at least sixteen."""
    closed = np.concatenate([line, line[:1]])
    lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    count = max(16, round(lengths[-1] / _SPACING))
    places = np.arange(count) * lengths[-1] / count
    return np.stack([np.interp(places, lengths, closed[:, axis]) for axis in (0, 1)], axis=1)


def _find_corners(points):
    """Returns the places where a closed line turns more than anywhere nearby, and sharply."""
    window = min(_WINDOW, len(points) // 6)
    before = points - np.roll(points, window, axis=0)
    after = np.roll(points, -window, axis=0) - points
    turns = np.abs(np.arctan2(cross(before, after), np.sum(before * after, axis=1)))
    shifts = [np.roll(turns, shift) for shift in range(-window, window + 1)]
    # A bend has no point that turns more than all others, but for rounding.
    largest = turns >= np.max(shifts, axis=0)
    places = np.flatnonzero(largest & (turns > _CORNER))
    kept = []
    for place in places:
        if not kept or place - kept[-1] > window:
            kept.append(int(place))
    return kept


def _spread_joints(corners, count):
    """Returns places at which a line without two corners is cut."""
    start = corners[0] if corners else 0
    return sorted({start, (start + count // 3) % count, (start + 2 * count // 3) % count})


def _sharpen_corner(points, place):
    """Returns where the lines on both sides of a corner meet, if that is near, or the point."""
    window = min(_WINDOW, len(points) // 6)
    near = max(1, window // 3)
    ends = []
    for side in (-1, 1):
        inner, outer = (points[(place + side * k) % len(points)] for k in (near, window))
        ends.append((inner, inner - outer))
    (a, u), (b, v) = ends
    across = cross(u, v)
    if abs(across) < 1e-6:
        return points[place]
    meet = a + cross(b - a, v) / across * u
    return meet if np.linalg.norm(meet - points[place]) <= _REACH else points[place]


def _tangent_at(points, place):
    window = 3
    return _unit(points[(place + window) % len(points)] - points[place - window])


def _tangent_after(piece):
    return _unit(piece[min(_WINDOW // 2, len(piece) - 1)] - piece[0])


def _unit(vector):
    length = np.linalg.norm(vector)
    return vector / length if length else vector


def _fit(points, first, last, tolerance):
    """Returns lines and curves through points [N, 2] that start along `first`, end along `last`."""
    chord = points[-1] - points[0]
    length = np.linalg.norm(chord)
    if len(points) < 4 or (length == 0 and len(points) < 8):
        return [points[[0, -1]]]
    if length and np.abs(cross(_unit(chord), points - points[0])).max() < tolerance:
        return [points[[0, -1]]]
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    t = np.concatenate([[0.0], np.cumsum(steps)]) / steps.sum()
    for _ in range(_ROUNDS):
        curve = _solve(points, t, first, last)
        errors = np.linalg.norm(_evaluate(curve, t) - points, axis=1)
        if errors.max() < tolerance:
            return [curve]
        if errors.max() > _HOPELESS * tolerance:
            break
        t = _improve(curve, points, t)
    middle = int(np.clip(np.argmax(errors), 2, len(points) - 3))
    reach = min(3, middle, len(points) - 1 - middle)
    tangent = _unit(points[middle + reach] - points[middle - reach])
    return [
        *_fit(points[: middle + 1], first, tangent, tolerance),
        *_fit(points[middle:], tangent, last, tolerance),
    ]


def _solve(points, t, first, last):
    """Returns the cubic curve [4, 2] of these tangents with the least squared distance."""
    start, end = points[0], points[-1]
    weights = _weigh(t)
    along, back = weights[1][:, None] * first, -weights[2][:, None] * last
    rest = points - (weights[0] + weights[1])[:, None] * start
    rest = rest - (weights[2] + weights[3])[:, None] * end
    matrix = np.array([[np.sum(along * along), np.sum(along * back)],
                       [np.sum(along * back), np.sum(back * back)]])  # fmt: skip
    right = np.array([np.sum(along * rest), np.sum(back * rest)])
    length = np.linalg.norm(end - start)
    lengths = np.full(2, length / 3)
    if abs(np.linalg.det(matrix)) > 1e-9:
        solved = np.linalg.solve(matrix, right)
        # Beyond these a curve would have loops.
        if (solved > 0.02 * length).all() and (solved < 2.0 * max(length, 1e-9)).all():
            lengths = solved
    return np.stack([start, start + lengths[0] * first, end - lengths[1] * last, end])


def _weigh(t):
    return (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3


def _evaluate(curve, t):
    return np.stack(_weigh(t), axis=1) @ curve


def _improve(curve, points, t):
    """Returns the parameters of the nearest points of a curve: one step of Newton's."""
    off = _evaluate(curve, t) - points
    slope = 3 * np.diff(curve, axis=0)
    bend = 2 * np.diff(slope, axis=0)
    one = ((1 - t) ** 2)[:, None] * slope[0] + (2 * t * (1 - t))[:, None] * slope[1]
    one = one + (t**2)[:, None] * slope[2]
    two = (1 - t)[:, None] * bend[0] + t[:, None] * bend[1]
    below = np.sum(one * one, axis=1) + np.sum(off * two, axis=1)
    step = np.sum(off * one, axis=1) / np.where(np.abs(below) < 1e-9, np.inf, below)
    return np.sort(np.clip(t - step, 0.0, 1.0))
