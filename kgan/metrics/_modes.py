"""How many modes of a known mixture a generator covers, and how many of its samples lie on one."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree

from kgan.errors import InputError, check_whole


class Modes(NamedTuple):
    """What `count_modes` counts.

    Attributes:
        covered: modes that are nearest to a high-quality sample.
        high_quality_rate: share of high-quality samples, in [0, 1].
    """

    covered: int
    high_quality_rate: float


def count_modes(points: ArrayLike, centres: ArrayLike, scale: float, within: float = 3.0) -> Modes:
    """Counts the modes and the high-quality samples: those near a mode.

    Args:
        points: samples [N, D].
        centres: the modes' means [M, D].
        scale: standard deviation of every mode in each coordinate, > 0.
        within: how many of them a high-quality sample may be away from its mode, in Euclidean
            distance. In the plane 98.9 % of the true mixture's samples are within 3.

    Returns:
        `Modes`.

    Raises:
        InputError: for points that are not finite or do not fit the centres.

    Example:
        >>> count_modes([[0.0, 0.1], [9.0, 9.0]], [[0.0, 0.0], [1.0, 0.0]], scale=0.05)
        Modes(covered=1, high_quality_rate=0.5)

    Reference: Section 4.1, Srivastava et al. 2017 (VEEGAN), arXiv:1705.07761.
    """
    points, centres = np.asarray(points, np.float64), np.asarray(centres, np.float64)
    if points.ndim != 2 or centres.ndim != 2 or points.shape[1:] != centres.shape[1:]:
        raise InputError(
            "Expected points [N, D] and centres [M, D] of one dimension. "
            f"Received: shapes {points.shape} and {centres.shape}."
        )
    if len(points) == 0 or not np.isfinite(points).all() or not scale > 0:
        raise InputError(
            "Expected finite points, at least one, and a scale > 0. Received: "
            f"{len(points)} points, {np.sum(~np.isfinite(points))} values not finite, "
            f"scale={scale}."
        )
    distances, nearest = cKDTree(centres).query(points)
    near = distances <= within * scale
    return Modes(len(np.unique(nearest[near])), float(near.mean()))


def ideal_high_quality_rate(dimension: int, within: float = 3.0) -> float:
    """Returns the share of a true Gaussian's samples within `within` standard deviations.

    Args:
        dimension: of the points, at least 1.
        within: the distance, in standard deviations of a coordinate.

    Example:
        >>> round(ideal_high_quality_rate(2), 4)
        0.9889
    """
    from scipy.special import gammainc

    check_whole(1, dimension=dimension)
    return float(gammainc(dimension / 2, within**2 / 2))
