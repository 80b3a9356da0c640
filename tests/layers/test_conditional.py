"""Class-conditional batch normalization against plain NumPy."""

import numpy as np

from kgan.layers.conditional import ConditionalBatchNormalization

LABEL = np.array([1, 0, 1, 2])


def layer_for(x):
    layer = ConditionalBatchNormalization(3, momentum=0.5, epsilon=1e-5)
    layer([x, LABEL])
    return layer


def test_it_starts_as_plain_normalisation_and_then_each_class_has_its_own(random):
    x = random.normal(size=(4, 2, 2, 5)).astype("float32") * 3 + 1
    layer = layer_for(x)
    mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
    plain = (x - mean) / np.sqrt(variance + 1e-5)
    np.testing.assert_allclose(layer([x, LABEL], training=True), plain, rtol=1e-4, atol=1e-5)
    gain, shift = random.normal(size=(2, 3, 5)).astype("float32")
    layer.gain.assign(gain)
    layer.shift.assign(shift)
    expected = plain * (1 + gain[LABEL])[:, None, None] + shift[LABEL][:, None, None]
    np.testing.assert_allclose(layer([x, LABEL], training=True), expected, rtol=1e-4, atol=1e-5)


def test_afterwards_it_uses_moving_statistics(random):
    x = random.normal(size=(4, 6)).astype("float32") + 2
    layer = layer_for(x)
    layer([x, LABEL], training=True)
    mean, variance = 0.5 * x.mean(0), 0.5 + 0.5 * x.var(0)
    expected = (x - mean) / np.sqrt(variance + 1e-5)
    np.testing.assert_allclose(layer([x, LABEL]), expected, rtol=1e-4, atol=1e-5)


def test_config_round_trip():
    layer = ConditionalBatchNormalization(3, momentum=0.8, epsilon=1e-4)
    again = ConditionalBatchNormalization.from_config(layer.get_config())
    assert (again.classes, again.momentum, again.epsilon) == (3, 0.8, 1e-4)
