"""Modulated convolutions against a kernel of its own for each sample; noise; the mean latent."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.layers.modulation import (
    AddNoise,
    FixedNoise,
    LearnedConstant,
    MeanLatent,
    ModulatedConv2D,
)
from kgan.layers.resampling import TAPS


def normal(random, *shape):
    return random.normal(size=shape).astype("float32")


def one_by_one(layer, features, scales):
    """Eqs. 1 and 3 as they stand: each sample convolves with a modulated kernel of its own."""
    kernel, bias = (weight.numpy() for weight in layer.weights)
    kernel = kernel * layer.scale
    outputs = []
    for x, s in zip(features, scales, strict=True):
        own = kernel * s[:, None]
        if layer.demodulate:
            own = own / np.sqrt(np.square(own).sum(axis=(0, 1, 2)) + 1e-8)
        if layer.upsample:
            height, width = x.shape[:2]
            shape = (1, 2 * height + 1, 2 * width + 1, own.shape[-1])
            swapped = own.transpose(0, 1, 3, 2)
            wide = tf.nn.conv2d_transpose(x[None], swapped, shape, 2, "VALID").numpy()
            wide = np.pad(wide[0], ((1, 1), (1, 1), (0, 0)))
            wide = sum(2 * tap * wide[k : k + 2 * height] for k, tap in enumerate(TAPS))
            y = sum(2 * tap * wide[:, k : k + 2 * width] for k, tap in enumerate(TAPS))
        else:
            y = tf.nn.conv2d(x[None], own, 1, "SAME").numpy()[0]
        outputs.append(y + bias)
    return np.stack(outputs)


@pytest.mark.parametrize(
    "size, upsample, demodulate",
    [(3, False, True), (3, True, True), (1, False, False), (3, True, False)],
)
def test_scaling_in_and_out_equals_a_kernel_for_each_sample(random, size, upsample, demodulate):
    layer = ModulatedConv2D(5, size, upsample, demodulate)
    features, scales = normal(random, 3, 6, 6, 4), normal(random, 3, 4)
    layer([features, scales])
    layer.set_weights([normal(random, size, size, 4, 5), normal(random, 5)])
    wanted = one_by_one(layer, features, scales)
    np.testing.assert_allclose(layer([features, scales]), wanted, rtol=1e-4, atol=1e-5)
    # And so for their gradients with respect to the scales.
    direction = normal(random, *wanted.shape)

    def along(s):
        return (one_by_one(layer, features, s) * direction).sum()

    variable = tf.constant(scales)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        shown = tf.reduce_sum(layer([features, variable]) * direction)
    step = np.zeros_like(scales)
    step[1, 2] = 1e-2
    slope = (along(scales + step) - along(scales - step)) / 2e-2
    np.testing.assert_allclose(tape.gradient(shown, variable)[1, 2], slope, rtol=2e-2, atol=2e-2)


def test_demodulation_brings_white_features_to_unit_variance(random):
    keras.utils.set_random_seed(0)
    features = normal(random, 8, 32, 32, 16)
    for strength in (0.01, 1.0, 100.0):
        layer = ModulatedConv2D(16, 3)
        scales = strength * np.exp(normal(random, 8, 16))
        outputs = layer([features, scales]).numpy()[:, 1:-1, 1:-1]
        np.testing.assert_allclose(outputs.std(axis=(1, 2)), 1.0, atol=0.12)
    plain = ModulatedConv2D(16, 3, demodulate=False)
    assert plain([features, scales]).numpy().std() > 50


@pytest.mark.parametrize("weight", [0.0, 1e-3])
def test_demodulation_of_weights_and_scales_near_zero_is_finite(weight):
    # Eq. 3 divides by √(Σ w² + 1e-8): here Σ w² is 0 or 1e-6.
    layer = ModulatedConv2D(1, 3)
    features, scales = np.ones((1, 3, 3, 2), "float32"), np.ones((1, 2), "float32")
    layer([features, scales])
    layer.set_weights([np.full((3, 3, 2, 1), weight, "float32"), np.zeros(1, "float32")])
    used = weight / np.sqrt(18)
    centre = 18 * used / np.sqrt(18 * used**2 + 1e-8)
    np.testing.assert_allclose(layer([features, scales])[0, 1, 1], [centre], rtol=1e-5)
    zeros = np.zeros_like(scales)
    np.testing.assert_array_equal(layer([features, zeros]), np.zeros((1, 3, 3, 1)))


def test_what_all_scales_share_does_not_leave_float16s_range(random):
    layer = ModulatedConv2D(16, 3, dtype="float16")
    features, scales = normal(random, 2, 8, 8, 16), random.uniform(0.5, 1.5, size=(2, 16))
    wanted = layer([features, scales]).numpy()
    np.testing.assert_allclose(layer([features, 4e4 * scales]).numpy(), wanted, atol=0.01)
    assert np.abs(wanted).max() > 1


def test_noise_has_a_learned_strength_and_one_map_for_all_channels(random):
    layer = AddNoise(start=4)
    features, noise = normal(random, 2, 3, 3, 5), normal(random, 2, 20)
    np.testing.assert_array_equal(layer([features, noise]), features)  # none at first
    layer.strength.assign(0.5)
    wanted = features + 0.5 * noise[:, 4:13].reshape(2, 3, 3, 1)
    np.testing.assert_allclose(layer([features, noise]), wanted, rtol=1e-6)
    same = layer([features, noise[:1]])  # fixed noise, for all samples
    np.testing.assert_allclose(same[1] - features[1], same[0] - features[0], atol=1e-6)


def test_fixed_noise_and_the_constant_ignore_what_they_are_given(random):
    for layer, shape in ((FixedNoise(50), (1, 50)), (LearnedConstant((2, 2, 3)), (1, 2, 2, 3))):
        first = layer(normal(random, 2, 4)).numpy()
        assert first.shape == shape
        np.testing.assert_array_equal(layer(normal(random, 7, 4)), first)
    assert FixedNoise(50).trainable_variables == []
    assert len(layer.trainable_variables) == 1


def test_the_mean_latent_follows_in_training_alone():
    layer = MeanLatent(momentum=0.75)
    latents = np.float32([[1.0, 2.0], [3.0, 6.0]])
    np.testing.assert_array_equal(layer(latents), latents)
    np.testing.assert_array_equal(layer.mean, [0.0, 0.0])
    np.testing.assert_array_equal(layer(latents, training=True), latents)
    np.testing.assert_allclose(layer.mean, [0.5, 1.0])
    layer(latents, training=True)
    np.testing.assert_allclose(layer.mean, [0.875, 1.75])
    assert layer.trainable_variables == []


@pytest.mark.parametrize(
    "layer",
    [
        ModulatedConv2D(4, 1, True, False),
        AddNoise(3),
        FixedNoise(7),
        LearnedConstant((1, 2)),
        MeanLatent(0.5),
    ],
)
def test_config_round_trip(layer):
    assert type(layer).from_config(layer.get_config()).get_config() == layer.get_config()


def test_scales_of_zeros_and_dead_filters_stay_finite(random):
    """What is divided by is above 0: all that is modulated to nothing is the bias."""
    layer = ModulatedConv2D(3, 3)
    features, scales = normal(random, 2, 4, 4, 5), normal(random, 2, 5)
    layer((features, scales))
    kernel = layer.kernel.numpy()
    kernel[..., 1] = 0.0
    layer.kernel.assign(kernel)
    scales[0] = 0.0
    outputs = layer((features, scales)).numpy()
    np.testing.assert_array_equal(outputs[0], np.zeros((4, 4, 3)))
    assert np.isfinite(outputs).all() and not outputs[1, ..., 1].any()
