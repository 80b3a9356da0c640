"""Equalized layers: N(0, 1) weights, scaled when they are used."""

import keras
import numpy as np
import pytest

from kgan.errors import InputError
from kgan.layers.equalized import (
    EqualizedConv2D,
    EqualizedDense,
    StyleScales,
    leaky_relu_with_gain,
)


def normal(random, *shape):
    return random.normal(size=shape).astype("float32")


def test_a_dense_layer_scales_at_run_time(random):
    layer = EqualizedDense(3, bias=2.0, learning_rate_multiplier=0.5)
    x = normal(random, 5, 16)
    layer(x)
    kernel, bias = normal(random, 16, 3), normal(random, 3)
    np.testing.assert_allclose(layer.bias.numpy(), [4.0] * 3)  # times ½ it is 2
    layer.set_weights([kernel, bias])
    np.testing.assert_allclose(layer(x), 0.5 * (x @ kernel / 4.0 + bias), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("multiplier", [1.0, 0.01])
def test_weights_start_so_that_outputs_have_unit_variance(random, multiplier):
    keras.utils.set_random_seed(0)
    x = normal(random, 500, 400)
    dense = EqualizedDense(300, learning_rate_multiplier=multiplier)
    assert abs(dense(x).numpy().std() - 1.0) < 0.02
    assert abs(dense.kernel.numpy().std() * multiplier - 1.0) < 0.02
    convolution = EqualizedConv2D(300, 3, padding="valid")
    assert abs(convolution(normal(random, 200, 3, 3, 40)).numpy().std() - 1.0) < 0.03
    assert abs(convolution.kernel.numpy().std() - 1.0) < 0.02


def test_a_multiplier_slows_the_output_down_by_its_square(random):
    """A gradient step on the weight moves W · m by m² times what it moves without m."""
    x, moves = normal(random, 1, 4), []
    for multiplier in (1.0, 0.1):
        layer = EqualizedDense(1, learning_rate_multiplier=multiplier)
        model = keras.Sequential([keras.Input((4,)), layer])
        layer.set_weights([np.zeros((4, 1)), np.zeros(1)])
        model.compile(keras.optimizers.SGD(1e-3), loss="mse")
        model.train_on_batch(x, np.ones((1, 1)))
        moves.append(float(model(x)[0, 0]))
    np.testing.assert_allclose(moves[1], 0.01 * moves[0], rtol=1e-4)


def test_a_convolution_by_hand(random):
    layer = EqualizedConv2D(2, 3, strides=2, padding="valid", activation="relu")
    x = normal(random, 1, 5, 5, 4)
    layer(x)
    kernel, bias = normal(random, 3, 3, 4, 2), normal(random, 2)
    layer.set_weights([kernel, bias])
    patch = x[0, 2:5, 0:3]  # output (1, 0)
    wanted = np.tensordot(patch, kernel, axes=3) / 6.0 + bias
    np.testing.assert_allclose(layer(x)[0, 1, 0], np.maximum(wanted, 0), rtol=1e-5, atol=1e-6)


def test_the_activation_keeps_the_mean_square(random):
    x = normal(random, 200_000)
    np.testing.assert_allclose(leaky_relu_with_gain(np.float32([-5, 5])), [-(2**0.5), 5 * 2**0.5])
    assert abs(np.square(leaky_relu_with_gain(x)).mean() - 1.04) < 0.01  # (1 + 0.2²) / 2 · 2


def test_scales_read_the_style_of_their_layer(random):
    layer, styles = StyleScales(3, index=1), normal(random, 2, 4, 5)
    layer(styles)
    np.testing.assert_array_equal(layer.bias.numpy(), np.ones(3))
    kernel = normal(random, 5, 3)
    layer.set_weights([kernel, np.ones(3)])
    np.testing.assert_allclose(
        layer(styles), styles[:, 1] @ kernel / 5**0.5 + 1.0, rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize(
    "layer",
    [
        EqualizedDense(3, leaky_relu_with_gain, 0.1, 1.0),
        StyleScales(3, index=2),
        EqualizedConv2D(3, 3, 2, "valid", leaky_relu_with_gain, False),
    ],
)
def test_config_round_trip(layer):
    assert type(layer).from_config(layer.get_config()).get_config() == layer.get_config()


def test_bad_sizes_are_refused():
    with pytest.raises(InputError, match="units"):
        EqualizedDense(0)
    with pytest.raises(InputError, match="learning_rate_multiplier"):
        EqualizedDense(1, learning_rate_multiplier=0.0)
