"""Phase shuffle: whole shifts by what is drawn, mirrored ends, gradients that go back the way."""

import numpy as np
import tensorflow as tf

from kgan.layers.phase_shuffle import PhaseShuffle

DRAWS = np.float32([0.0, 0.3, 0.5, 0.7, 0.999])  # to the five shifts from -2 to 2


def rows():
    return np.tile(np.arange(6, dtype=np.float32)[None, :, None], (5, 1, 1))


def test_each_draw_has_its_shift_and_ends_are_mirrored():
    expected = [
        [2, 1, 0, 1, 2, 3],
        [1, 0, 1, 2, 3, 4],
        [0, 1, 2, 3, 4, 5],
        [1, 2, 3, 4, 5, 4],
        [2, 3, 4, 5, 4, 3],
    ]
    np.testing.assert_array_equal(PhaseShuffle(2)([rows(), DRAWS])[..., 0], expected)


def test_a_draw_that_half_precision_rounds_to_1_is_the_last_shift():
    layer = PhaseShuffle(2, dtype="mixed_float16")
    shifted = layer([rows(), np.float32([0, 0, 0, 0, 0.9999])])
    np.testing.assert_array_equal(shifted[4, :, 0], [2, 3, 4, 5, 4, 3])


def test_gradients_of_gradients_are_those_of_a_shift():
    x = tf.constant(rows())
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            total = tf.reduce_sum(PhaseShuffle(2)([x, DRAWS]) ** 3)
        slopes = inner.gradient(total, x)
    # Of the shift by 2 places: 2, 3, 4 come once, 3 and 4 again by the mirror, 5 once.
    np.testing.assert_allclose(slopes[4, :, 0], 3.0 * np.float32([0, 0, 4, 18, 32, 25]))
    seconds = outer.gradient(slopes, x)
    np.testing.assert_allclose(seconds[4, :, 0], 6.0 * np.float32([0, 0, 2, 6, 8, 5]))
