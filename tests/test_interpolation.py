"""The way between two latents."""

import numpy as np

from kgan.interpolation import lerp, slerp


def test_slerp_by_hand():
    one, other = np.array([[2.0, 0.0]]), np.array([[0.0, 2.0]])
    half = slerp(one, other, np.array([0.5]))
    np.testing.assert_allclose(half, [[np.sqrt(2.0), np.sqrt(2.0)]], rtol=1e-12)
    third = slerp(one, other, np.array([1 / 3]))
    np.testing.assert_allclose(third, [[2 * np.cos(np.pi / 6), 2 * np.sin(np.pi / 6)]], rtol=1e-12)
    np.testing.assert_allclose(slerp(one, one, np.array([0.3])), one, rtol=1e-12)
    opposite = slerp(one, -one, np.array([0.25]))
    np.testing.assert_allclose(opposite, [[1.0, 0.0]], atol=1e-7)
    np.testing.assert_allclose(lerp(one, other, np.array([0.25])), [[1.5, 0.5]])


def test_slerp_interpolates_lengths():
    fractions = np.linspace(0, 1, 5)
    got = slerp([3.0, 0.0], [0.0, 1.0], fractions)
    np.testing.assert_allclose(np.linalg.norm(got, axis=1), [3, 2.5, 2, 1.5, 1], rtol=1e-12)
    angles = np.arctan2(got[:, 1], got[:, 0])
    np.testing.assert_allclose(angles, fractions * np.pi / 2, rtol=1e-12)


def test_where_there_is_no_circle_the_way_is_straight():
    got = slerp([1.0, 1.0], [3.0, 3.0], [0.0, 0.5, 1.0])
    np.testing.assert_allclose(got, [[1, 1], [2, 2], [3, 3]], rtol=1e-12)
    np.testing.assert_allclose(slerp([0.0, 0.0], [1.0, 0.0], [0.0, 0.5]), [[0, 0], [0.5, 0]])
