"""DiffAugment: colour, translation and cutout of every image that the critic sees."""

import tensorflow as tf

from kgan.augmentation import geometry
from kgan.augmentation.augmentation import Augmentation
from kgan.errors import InputError
from kgan.random import RandomStream
from kgan.types import Tensor


def diffaugment(color: bool = True, translation: bool = True, cutout: bool = True) -> Augmentation:
    """Returns DiffAugment, for few images: real and generated ones are changed alike.

    Args:
        color: brightness + U(−½, ½), saturation × U(0, 2), contrast × U(½, 1½).
        translation: shifts by up to an eighth of each side, with grey coming in.
        cutout: a grey square of half the side, anywhere.

    Raises:
        InputError: if all three are off.

    Reference: Zhao et al. 2020, arXiv:2006.10738.
    """
    steps = [
        step
        for step, wanted in ((_color, color), (_translate, translation), (_cut_out, cutout))
        if wanted
    ]
    if not steps:
        raise InputError(
            "Expected color, translation or cutout of augmentation diffaugment. Received: all off. "
            "Leave diffaugment out."
        )

    def function(images: Tensor, rng: RandomStream) -> Tensor:
        geometry.check_pictures("diffaugment", images)
        for step in steps:
            images = step(images, rng.purpose(step.__name__))
        return images

    return Augmentation("diffaugment", function)


def _color(images, rng):
    def draw(name, low, high):
        draws = rng.purpose(name).uniform((tf.shape(images)[0], 1, 1, 1))
        return tf.cast(low + (high - low) * draws, images.dtype)

    images = images + draw("brightness", -0.5, 0.5)
    grey = tf.reduce_mean(images, axis=3, keepdims=True)
    images = (images - grey) * draw("saturation", 0.0, 2.0) + grey
    mean = tf.reduce_mean(images, axis=(1, 2, 3), keepdims=True)
    return (images - mean) * draw("contrast", 0.5, 1.5) + mean


def _translate(images, rng):
    height, width = images.shape[1:3]
    return geometry.shift(images, rng, (round(height / 8), round(width / 8)))


def _cut_out(images, rng):
    """Returns images with a square, which may reach over the rim, at 0."""
    inside = True
    for axis in (1, 2):
        size = images.shape[axis]
        side = int(size / 2 + 0.5)
        places = size + 1 - side % 2  # of its middle
        draws = tf.floor(rng.purpose(axis).uniform((tf.shape(images)[0], 1)) * places)
        start = tf.cast(draws, tf.int32) - side // 2
        index = tf.range(size)[None]
        covered = (index >= start) & (index < start + side)  # [B, size]
        inside &= covered[:, :, None, None] if axis == 1 else covered[:, None, :, None]
    return tf.where(inside, tf.zeros_like(images), images)
