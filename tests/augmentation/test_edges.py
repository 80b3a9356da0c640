"""Edges are blurred by values done by hand; what is flat or soft stays as it is."""

import numpy as np

from kgan.augmentation.edges import smooth_edges


def test_a_step_becomes_a_slope():
    """Of columns -1 to 5 dark, from 6 on bright: each blurred pixel by [1, 4, 6, 4, 1]/16."""
    images = np.full((1, 8, 12, 3), -1.0, np.float32)
    images[:, :, 6:] = 1.0
    row = [-1, -1, -1, -1, -0.875, -0.375, 0.375, 0.875, 1, 1, 1, 1]
    expected = np.broadcast_to(np.float32(row)[:, None], images.shape)
    np.testing.assert_allclose(smooth_edges(images), expected, atol=1e-6)


def test_flat_and_soft_pictures_stay(random):
    flat = np.full((1, 8, 8, 1), 0.3, np.float32)
    np.testing.assert_array_equal(smooth_edges(flat), flat)
    soft = np.broadcast_to(np.linspace(-0.5, 0.5, 16, dtype="float32"), (1, 16, 16))[..., None]
    np.testing.assert_array_equal(smooth_edges(soft), soft)  # slopes of 8/15


def test_only_pixels_near_an_edge_change(random):
    images = random.uniform(-0.05, 0.05, (1, 20, 20, 1)).astype("float32")
    images[:, 10, 10] = 1.0
    changed = np.argwhere(np.asarray(smooth_edges(images) != images)[0, ..., 0])
    assert np.abs(changed - 10).max() == 3  # Sobel reaches 1, the widened edge 2 more
    assert len(changed) == 7 * 7
