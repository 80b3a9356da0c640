"""A gated linear unit: one half of the channels, times the sigmoid of the other."""

import numpy as np

from kgan.layers.gating import GatedLinearUnit


def test_the_second_half_gates_the_first():
    x = np.float32([[[[3.0, -2.0, 0.0, np.log(3.0)]]]])
    layer = GatedLinearUnit()
    np.testing.assert_allclose(layer(x), [[[[1.5, -1.5]]]], rtol=1e-6)
    assert layer.compute_output_shape((None, 5, 7, 4)) == (None, 5, 7, 2)
