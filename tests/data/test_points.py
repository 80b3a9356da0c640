"""Densities: the modes, the shares and the spreads one can compute by hand."""

import numpy as np
import pytest

from kgan.data import _points
from kgan.errors import InputError


def test_a_ring_of_eight_has_eight_distinct_modes():
    modes = _points.ring_modes()
    distances = np.linalg.norm(modes[:, None] - modes[None], axis=2) + 9.0 * np.eye(8)
    np.testing.assert_allclose(distances.min(axis=1), 2.0 * np.sin(np.pi / 8.0))
    np.testing.assert_allclose(np.linalg.norm(modes, axis=1), 1.0)


def test_the_grid_is_the_published_one():
    modes = _points.grid_modes()
    assert sorted(set(modes.ravel())) == [-4.0, -2.0, 0.0, 2.0, 4.0] and len(modes) == 25


@pytest.mark.parametrize(
    "source, modes, scale",
    [
        (_points.ring(count=40_000), _points.ring_modes(), 0.01),
        (_points.grid(count=40_000), _points.grid_modes(), 0.05),
    ],
)
def test_points_lie_about_their_modes(source, modes, scale):
    arrays = source.arrays()
    offsets = arrays["image"] - modes[arrays["label"]]
    np.testing.assert_allclose(offsets.std(axis=0), scale, rtol=0.03)
    shares = np.bincount(arrays["label"]) / 40_000
    np.testing.assert_allclose(shares, 1.0 / len(modes), atol=5.0 * np.sqrt(1.0 / len(modes) / 4e4))
    # Within three standard deviations of a plane Gaussian: 1 - exp(-9/2) = 98.9 %.
    good = (np.linalg.norm(offsets, axis=1) <= 3.0 * scale).mean()
    assert good == pytest.approx(1.0 - np.exp(-4.5), abs=0.003)


def test_the_mixtures_moments():
    """Mean .33·(-1) + .67·2 = 1.01; variance .33·.065 + .67·2 + .33·.67·9 = 3.3513..."""
    points = _points.mixture(count=200_000).arrays()["image"]
    assert points.shape == (200_000, 1)
    assert points.mean() == pytest.approx(1.01, abs=0.02)
    assert points.var() == pytest.approx(0.33 * 0.065 + 0.67 * 2 + 0.33 * 0.67 * 9, abs=0.06)


def test_the_spiral_and_the_moons_lie_on_their_curves():
    spiral = _points.swiss_roll(noise=0.0, count=1000).arrays()["image"]
    radius, angle = np.linalg.norm(spiral, axis=1), np.arctan2(spiral[:, 1], spiral[:, 0])
    turns = (radius * 4.5 * np.pi - angle) / (2 * np.pi)
    np.testing.assert_allclose(turns, np.rint(turns), atol=1e-4)
    arrays = _points.moons(noise=0.0, count=1000).arrays()
    centre = np.where(arrays["label"][:, None] == 0, [0.0, 0.0], [1.0, 0.5])
    np.testing.assert_allclose(np.linalg.norm(arrays["image"] - centre, axis=1), 1.0, atol=1e-5)
    above = arrays["image"][:, 1] >= centre[:, 1] - 1e-6
    np.testing.assert_array_equal(above, arrays["label"] == 0)


def test_a_density_of_ones_own():
    source = _points.density(lambda random, count: np.full((count, 3), 7.0), count=5)
    np.testing.assert_array_equal(source.arrays()["image"], np.full((5, 3), 7.0, np.float32))
    with pytest.raises(InputError, match=r"shape=\(5,\)"):
        _points.density(lambda random, count: np.zeros(count), count=5)


@pytest.mark.parametrize(
    "build, message",
    [
        (lambda: _points.ring(modes=0), "modes of at least 1. Received: modes=0"),
        (lambda: _points.grid(scale=-1.0), "scale of at least 0"),
        (lambda: _points.mixture(weights=(0.5, 0.6)), "sum to 1"),
        (lambda: _points.mixture(means=(1.0,)), "Received: 2, 1 and 2"),
    ],
)
def test_bad_arguments(build, message):
    with pytest.raises(InputError, match=message):
        build()
