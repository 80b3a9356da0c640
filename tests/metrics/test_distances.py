"""Distances in tiles against SciPy's in one piece."""

import numpy as np
import pytest
from scipy.spatial import distance

from kgan.errors import InputError
from kgan.metrics import _distances


@pytest.fixture(params=[1, 4, 1024])
def tile(request, monkeypatch):
    monkeypatch.setattr(_distances, "_TILE", request.param)


def test_tiles_cover_all_pairs(tile, random):
    x, y = random.normal(size=(11, 3)), random.normal(size=(7, 3)).astype(np.float32)
    whole = np.full((11, 7), np.nan)
    for tile in _distances.tiles(x, y, "Testing"):
        assert np.isnan(whole[tile.rows, tile.columns]).all()
        whole[tile.rows, tile.columns] = tile.squared
    np.testing.assert_allclose(whole, distance.cdist(x, y) ** 2, rtol=1e-12, atol=1e-14)


def test_neighbours_leave_the_sample_itself_out(tile, random):
    x = random.normal(size=(10, 2))
    expected = np.sort(distance.cdist(x, x), axis=1)[:, 1:4]
    distances = _distances.neighbour_distances(x, 3)
    np.testing.assert_allclose(distances, expected, rtol=1e-9, atol=1e-12)


def test_nearest_with_indices(tile, random):
    x, y = random.normal(size=(9, 2)), random.normal(size=(12, 2))
    matrix = distance.cdist(x, y)
    indices, distances = _distances.nearest(x, y, count=4)
    np.testing.assert_array_equal(indices, np.argsort(matrix, axis=1)[:, :4])
    np.testing.assert_allclose(distances, np.sort(matrix, axis=1)[:, :4], rtol=1e-12, atol=0)


def test_a_copy_is_at_distance_zero_exactly(random):
    y = (random.normal(size=(50, 30)) + 1e3).astype(np.float32)
    indices, distances = _distances.nearest(y[::-1], y)
    np.testing.assert_array_equal(indices[:, 0], np.arange(50)[::-1])
    assert (distances == 0).all()


def test_repeated_samples_are_near_and_no_nan(random):
    x = np.repeat(random.normal(size=(40, 17)) * 1e3, 4, axis=0)
    distances = _distances.neighbour_distances(x, 4)
    np.testing.assert_allclose(distances[:, :3], 0.0, atol=1e-3)
    assert (distances[:, 3] > 1.0).all()


def test_far_from_the_origin_nothing_cancels(random):
    x = random.normal(size=(20, 3))
    near = _distances.neighbour_distances(x, 2)
    far = _distances.neighbour_distances(x + 2.0**20, 2)
    np.testing.assert_allclose(far, near, rtol=1e-8, atol=1e-8)


def test_too_few_samples():
    with pytest.raises(InputError, match=r"more than 3 samples .* Received: 3"):
        _distances.neighbour_distances(np.zeros((3, 2)), 3)
    with pytest.raises(InputError, match=r"at least 2 samples .* Received: 1"):
        _distances.nearest(np.zeros((3, 2)), np.zeros((1, 2)), count=2)
