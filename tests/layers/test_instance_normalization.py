"""Instance normalisation is Keras' group normalisation of single channels, added up better."""

import keras
import numpy as np

from kgan.layers.instance_normalization import InstanceNormalization


def parted(layer, random, channels=3):
    """Builds a layer whose channels have gains and shifts of their own."""
    layer.build((None, 8, 6, channels))
    layer.gamma.assign(random.normal(size=channels))
    layer.beta.assign(random.normal(size=channels))
    return layer


def exact(x, layer, epsilon):
    x = x.astype(np.float64)
    mean, variance = (f(x, axis=(1, 2), keepdims=True) for f in (np.mean, np.var))
    return layer.gamma.numpy() * (x - mean) / np.sqrt(variance + epsilon) + layer.beta.numpy()


def test_it_is_the_formula_and_keras_layer(random):
    x = (2.0 + 3.0 * random.normal(size=(4, 8, 6, 3))).astype("float32")
    ours = parted(InstanceNormalization(epsilon=0.25), random)
    np.testing.assert_allclose(ours(x), exact(x, ours, 0.25), rtol=1e-5, atol=1e-5)
    theirs = keras.layers.GroupNormalization(groups=-1, epsilon=0.25)
    theirs.build(x.shape)
    theirs.set_weights(ours.get_weights())
    np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-5, atol=1e-5)


def test_each_image_is_normalised_on_its_own(random):
    x = random.normal(size=(4, 8, 6, 3)).astype("float32")
    layer = parted(InstanceNormalization(), random)
    np.testing.assert_allclose(layer(x)[1:2], layer(x[1:2]), rtol=1e-6, atol=1e-6)


def test_a_channel_that_hardly_varies_stays_accurate(random):
    x = (0.1 + 1e-3 * random.normal(size=(4, 64, 64, 3))).astype("float32")
    layer = parted(InstanceNormalization(), random)
    np.testing.assert_allclose(layer(x), exact(x, layer, 1e-5), rtol=0, atol=3e-5)


def test_half_precision_goes_through_float32(random):
    layer = InstanceNormalization(dtype="mixed_float16")
    x = (300.0 * random.normal(size=(2, 8, 6, 3))).astype("float16")  # squares beyond float16
    made = layer(x)
    assert made.dtype == "float16"
    np.testing.assert_allclose(made, exact(x, layer, 1e-5), rtol=0, atol=3e-3)


def test_config_round_trip():
    layer = InstanceNormalization(epsilon=0.5)
    assert InstanceNormalization.from_config(layer.get_config()).get_config() == layer.get_config()
