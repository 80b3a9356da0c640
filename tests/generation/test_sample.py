"""The way between two latents."""

import numpy as np

from kgan.generation import slerp


def test_slerp_runs_along_the_circle():
    got = slerp([2.0, 0.0], [0.0, 2.0], [0.0, 0.5, 1.0])
    np.testing.assert_allclose(got, [[2, 0], [2**0.5, 2**0.5], [0, 2]], rtol=1e-6, atol=1e-6)
    thirds = slerp([1.0, 0.0], [0.0, 1.0], [1 / 3])
    np.testing.assert_allclose(thirds, [[np.cos(np.pi / 6), 0.5]], rtol=1e-6, atol=1e-6)


def test_slerp_interpolates_lengths():
    got = slerp([3.0, 0.0], [0.0, 1.0], np.linspace(0, 1, 5))
    np.testing.assert_allclose(np.linalg.norm(got, axis=1), [3, 2.5, 2, 1.5, 1], rtol=1e-6)


def test_parallel_latents_have_a_straight_way():
    got = slerp([1.0, 1.0], [3.0, 3.0], [0.0, 0.5, 1.0])
    np.testing.assert_allclose(got, [[1, 1], [2, 2], [3, 3]], rtol=1e-6)
    opposite = slerp([1.0, 0.0], [-1.0, 0.0], [0.0, 1.0])
    np.testing.assert_allclose(opposite, [[1, 0], [-1, 0]], rtol=1e-6)
    assert np.isfinite(slerp([0.0, 0.0], [1.0, 0.0], [0.0, 0.5, 1.0])).all()
