"""Self-attention by hand, and what it is at the start: nothing."""

import keras
import numpy as np

from kgan.layers.attention import GainedSum, SpatialAttention, apply_self_attention


def test_values_are_weighted_by_how_keys_fit():
    """A query [log 2] and keys 1 and 0 weigh values 2 : 1; a query of 0 takes their mean."""
    queries = np.float32([np.log(2.0), 0.0]).reshape(1, 1, 2, 1)
    keys = np.float32([1.0, 0.0]).reshape(1, 2, 1, 1)
    values = np.float32([[3.0, -1.0], [0.0, 5.0]]).reshape(1, 2, 1, 2)
    told = SpatialAttention()([queries, keys, values])
    np.testing.assert_allclose(told, [[[[2.0, 1.0], [1.5, 2.0]]]], rtol=1e-6)


def test_the_gain_starts_at_zero_and_adds():
    x, y = np.ones((1, 2, 2, 3), "float32"), np.full((1, 2, 2, 3), 4.0, "float32")
    layer = GainedSum()
    np.testing.assert_array_equal(layer([x, y]), x)
    layer.gain.assign(0.5)
    np.testing.assert_array_equal(layer([x, y]), 3.0 * x)


def test_keys_are_pooled_and_no_position_is_alone(random):
    inputs = keras.Input((8, 6, 16))
    network = keras.Model(inputs, apply_self_attention(inputs))
    attention = next(one for one in network.layers if isinstance(one, SpatialAttention))
    shapes = [tuple(one.shape[1:]) for one in attention.input]
    assert shapes == [(8, 6, 2), (4, 3, 2), (4, 3, 8)]
    x = random.normal(size=(1, 8, 6, 16)).astype("float32")
    np.testing.assert_array_equal(network(x), x)
    network.layers[-1].gain.assign(1.0)
    other = x.copy()
    other[0, 7, 5] += 3.0
    moved = np.abs(network(other) - network(x)).max(axis=-1)[0]
    assert (moved > 0).mean() > 0.9
