"""Variety under a condition: whether noise makes a difference beside what a generator is told."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import distance

from kgan.errors import InputError
from kgan.metrics import _validation


def conditional_variety(real: Sequence[ArrayLike], fake: Sequence[ArrayLike]) -> float:
    """Returns the mean distance between samples of one condition, as a share of real ones'.

    1: samples of a condition differ as much as the data's. 0: a condition has one picture, whatever
    the noise; an obedient generator may do so, and no score of obedience tells.

    Args:
        real: for each condition the features [n, D] of real samples, n ≥ 2.
        fake: of generated samples, for the same conditions.

    Raises:
        InputError: for a condition with fewer than 2 samples, or real ones that are all alike.

    Example:
        >>> conditional_variety([[[0.0], [2.0]]], [[[5.0], [6.0]]])
        0.5
    """
    if not len(real) or len(real) != len(fake):
        raise InputError(
            f"Expected real and generated samples of the same conditions. Received: {len(real)} "
            f"and {len(fake)} conditions."
        )
    usual = _mean_distance("real", real)
    if not usual:
        raise InputError(
            "Expected real samples of a condition that differ. Received: all alike. Leave variety "
            "out."
        )
    return _mean_distance("fake", fake) / usual


def _mean_distance(name, groups):
    """Returns the mean over conditions of the mean distance between two samples."""
    rows = [_validation.check_rows(name, group, least=2) for group in groups]
    return float(np.mean([distance.pdist(group.astype(np.float64)).mean() for group in rows]))
