"""Instance noise: its spread, its way to zero, whose numbers it draws."""

import numpy as np
import pytest
import tensorflow as tf

from kgan import augmentation
from kgan.augmentation import noise as instance_noise
from kgan.errors import InputError
from kgan.random import RandomStream

ZEROS = tf.zeros((20_000, 2))


def stream(step):
    return RandomStream(0, tf.constant(step, tf.int64))


@pytest.mark.parametrize("step, spread", [(0, 0.4), (25, 0.3), (50, 0.2), (100, 0.0), (200, 0.0)])
def test_noise_falls_to_zero_along_a_line(step, spread):
    noise = instance_noise.instance_noise(scale=0.4, steps=100)(ZEROS, stream(step)).numpy()
    np.testing.assert_allclose(noise.std(), spread, rtol=0.02, atol=0)
    np.testing.assert_allclose(noise.mean(), 0.0, atol=0.01)


def test_without_steps_it_stays():
    noise = instance_noise.instance_noise(scale=0.4)(ZEROS, stream(10**6))
    np.testing.assert_allclose(noise.numpy().std(), 0.4, rtol=0.02)


def test_it_is_added_to_the_images_and_keeps_their_dtype():
    images = tf.fill((4, 2, 2, 1), tf.constant(3.0, tf.float16))
    noisy = instance_noise.instance_noise(scale=1e-6)(images, stream(0))
    assert noisy.dtype == tf.float16 and noisy.shape == images.shape
    np.testing.assert_allclose(noisy, images, atol=1e-2)


def test_every_round_and_purpose_has_noise_of_its_own():
    noise = instance_noise.instance_noise()
    seen = [
        noise(ZEROS[:3], stream(step).purpose(purpose)).numpy().tobytes()
        for step in (0, 1)
        for purpose in ("shown_real", "shown_fake")
    ]
    assert len(set(seen)) == 4
    assert noise(ZEROS[:3], stream(1).purpose("shown_fake")).numpy().tobytes() == seen[-1]


@pytest.mark.parametrize(
    "config, message",
    [
        ({"instant_noise": {}}, "Unknown augmentation.*nearest first: instance_noise"),
        ({"instance_noise": {"scale": 0.0}}, "scale=0.0"),
        ({"instance_noise": {"steps": -5}}, "steps=-5"),
        ({"instance_noise": {"sigma": 1.0}}, "nearest first: scale"),
    ],
)
def test_bad_configs_say_what_is_known(config, message):
    with pytest.raises(InputError, match=message):
        augmentation.build_augmentations(config)
