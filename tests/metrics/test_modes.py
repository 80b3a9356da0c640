"""Counting modes: known mixtures, collapse, noise."""

import numpy as np
import pytest

from kgan.data import grid_modes, ring_modes
from kgan.errors import InputError
from kgan.metrics._modes import count_modes


def draw(centres, scale, count, seed=0):
    random = np.random.default_rng(seed)
    return centres[random.integers(0, len(centres), count)] + scale * random.normal(size=(count, 2))


@pytest.mark.parametrize("centres, scale", [(ring_modes(), 0.01), (grid_modes(), 0.05)])
def test_a_perfect_sampler_covers_all_at_rayleighs_rate(centres, scale):
    """P(‖ε‖ ≤ 3) = 1 − exp(−9/2) = 0.9889."""
    modes = count_modes(draw(centres, scale, 200_000), centres, scale)
    assert modes.covered == len(centres)
    np.testing.assert_allclose(modes.high_quality_rate, 1 - np.exp(-4.5), atol=1e-3)


def test_collapse_is_of_high_quality_but_covers_one_mode():
    centres = grid_modes()
    modes = count_modes(draw(centres[3:4], 0.05, 5000), centres, 0.05)
    assert modes.covered == 1 and modes.high_quality_rate > 0.98


def test_bad_samples_find_nothing():
    assert count_modes([[0.5, 0.5]], ring_modes(), 0.01) == (0, 0.0)


def test_the_border_counts():
    assert count_modes([[0.75]], [[0.0]], scale=0.25) == (1, 1.0)
    assert count_modes([[0.75]], [[0.0]], scale=0.25, within=2.9) == (0, 0.0)


@pytest.mark.parametrize(
    "points, message",
    [
        (np.zeros((3, 3)), r"shapes \(3, 3\) and \(8, 2\)"),
        (np.full((3, 2), np.nan), "6 values not finite"),
        (np.zeros((0, 2)), "0 points"),
    ],
)
def test_bad_points_are_refused(points, message):
    with pytest.raises(InputError, match=message):
        count_modes(points, ring_modes(), 0.01)
