"""Adaptive discriminator augmentation: as much of it as keeps the critic from overfitting."""

import math

import tensorflow as tf

from kgan.augmentation import geometry
from kgan.augmentation.augmentation import Augmentation
from kgan.errors import check_fraction, check_positive
from kgan.random import RandomStream
from kgan.types import Tensor

INTERVAL = 4  # rounds between two changes of the probability


def ada(
    target: float | None = 0.6, probability: float = 0.0, images: float = 500_000
) -> Augmentation:
    """Returns ADA: each change of geometry and of colour with a probability that is adapted.

    Every four rounds the probability rises where E[sign D(x)] over real images is above `target`,
    a sign of overfitting, and falls where it is below. Below .8 the changes do not leak into what
    the generator makes.

    Args:
        target: of r_t = E[sign D(x)], in [0, 1]; None for a constant probability.
        probability: at the start, in [0, 1].
        images: how many the critic sees while the probability goes from 0 to 1, > 0.

    Differs from the paper: one bilinear interpolation, without its wavelet filter; a mirrored rim
    of any width; geometry and colour only, no filters or corruptions.

    Reference: Karras et al. 2020, arXiv:2006.06676.
    """
    check_fraction(probability=probability)
    check_positive(images=images)
    if target is None:
        return Augmentation("ada", lambda x, rng: augment(x, rng, tf.constant(probability)))
    check_fraction(target=target)

    def adapt(real_scores, rng, before, total, count):
        signs = tf.sign(tf.cast(real_scores, tf.float32))
        total, count = total + tf.reduce_sum(signs), count + tf.cast(tf.size(signs), tf.float32)
        due = (rng.step + 1) % INTERVAL == 0
        seen = count * rng.replicas
        moved = before + tf.sign(total / count - target) * seen / images
        after = tf.where(due, tf.clip_by_value(moved, 0.0, 1.0), before)
        return after, tf.where(due, 0.0, total), tf.where(due, 0.0, count)

    def function(images, rng, now, total, count):
        del total, count
        return augment(images, rng, now)

    labels = ("probability",)
    return Augmentation("ada", function, adapt, labels, initial=(probability, 0.0, 0.0))


def augment(images: Tensor, rng: RandomStream, probability: Tensor) -> Tensor:
    """Returns images [B, H, W, C] in [-1, 1], each changed in place and colour.

    Args:
        images: of any channels; the fourth (or second) is an opacity, whose colour stays.
        rng: random numbers.
        probability: of each single change, in [0, 1].
    """
    geometry.check_pictures("ada", images)
    moved = geometry.warp(images, draw_affine(images, rng.purpose("geometry"), probability))
    return _recolor(moved, rng.purpose("color"), probability)


def draw_affine(images: Tensor, rng: RandomStream, probability: Tensor) -> Tensor:
    """Returns affine maps [B, 2, 3] as `geometry.warp` takes them."""
    height, width = images.shape[1:3]
    draw = _Draws(rng, tf.shape(images)[0], probability)
    flip = 1.0 - 2.0 * draw.half("flip")
    quarter = tf.floor(draw.uniform("quarter", 0.0, 4.0)) * (math.pi / 2)
    size = tf.constant([width, height], tf.float32)
    whole = [draw.uniform(f"whole_{axis}", -0.125, 0.125) for axis in "xy"]
    fraction = [draw.normal(f"fraction_{axis}", 0.125) for axis in "xy"]
    scale = 2.0 ** draw.normal("scale", 0.2)
    stretch = 2.0 ** draw.normal("stretch", 0.2)
    # Two rotations together are as likely as one other change: p = 1 − (1 − p_rot)².
    turns = _Draws(rng, draw.count, 1.0 - tf.sqrt(1.0 - probability))
    before, after = (turns.uniform(name, -math.pi, math.pi) for name in ("before", "after"))
    maps = _scale(flip, tf.ones_like(flip)) @ _turn(quarter)
    maps = maps @ _move(tf.round(whole[0] * size[0]), tf.round(whole[1] * size[1]))
    maps = maps @ _scale(scale, scale) @ _turn(before) @ _scale(stretch, 1.0 / stretch)
    maps = maps @ _turn(after) @ _move(fraction[0] * size[0], fraction[1] * size[1])
    return maps[:, :2]


def _recolor(images, rng, probability):
    """Returns images after one linear map of colours each, and an offset."""
    channels = images.shape[3]
    linear, offset = draw_color(tf.shape(images)[0], rng, probability)
    colors = images[..., : 3 if channels >= 3 else 1]
    linear, offset = tf.cast(linear, images.dtype), tf.cast(offset, images.dtype)
    if channels < 3:  # a grey picture becomes as bright as it would be in colour
        linear = tf.reduce_sum(tf.reduce_mean(linear, axis=1, keepdims=True), 2, keepdims=True)
    colors = tf.einsum("bhwc,bdc->bhwd", colors, linear) + offset[:, None, None, None]
    return tf.concat([colors, images[..., colors.shape[-1] :]], axis=3)


def draw_color(count: Tensor, rng: RandomStream, probability: Tensor) -> tuple[Tensor, Tensor]:
    """Returns maps of RGB [B, 3, 3], and the brightness [B] that is added after them."""
    draw = _Draws(rng, count, probability)
    offset = draw.normal("brightness", 0.2)
    contrast = 2.0 ** draw.normal("contrast", 0.5)
    flip, turn = draw.half("luma_flip"), draw.uniform("hue", -math.pi, math.pi)
    saturation = 2.0 ** draw.normal("saturation", 1.0)
    along = tf.fill((3, 3), 1.0 / 3.0)  # projection onto grey, v vᵀ
    across = tf.eye(3) - along
    cross = tf.constant([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]) / math.sqrt(3.0)
    wide = [x[:, None, None] for x in (contrast, flip, turn, saturation)]
    contrast, flip, turn, saturation = wide
    maps = contrast * tf.eye(3)
    maps = (tf.eye(3) - 2.0 * flip * along) @ maps
    maps = (along + tf.cos(turn) * across + tf.sin(turn) * cross) @ maps
    maps = (along + saturation * across) @ maps
    # Brightness comes first: it goes through all that follows, which keeps grey grey.
    return maps, offset * (contrast * (1.0 - 2.0 * flip))[:, 0, 0]


class _Draws:
    """Random numbers [B] that are 0 but where a change takes place."""

    def __init__(self, rng, count, probability):
        self.rng, self.count, self.probability = rng, count, probability

    def normal(self, name, scale):
        return self._where(name, scale * self.rng.purpose(name).normal((self.count,)))

    def uniform(self, name, low, high):
        draws = self.rng.purpose(name).uniform((self.count,))
        return self._where(name, low + (high - low) * draws)

    def half(self, name):
        """Returns 1 for half of the images that are changed."""
        return self._where(name, tf.round(self.rng.purpose(name).uniform((self.count,))))

    def _where(self, name, values):
        changes = self.rng.purpose(name).purpose("changes").uniform((self.count,))
        return tf.where(changes < self.probability, values, 0.0)


def _scale(x, y):
    return _matrix([[x, 0.0, 0.0], [0.0, y, 0.0]])


def _turn(angle):
    return _matrix([[tf.cos(angle), -tf.sin(angle), 0.0], [tf.sin(angle), tf.cos(angle), 0.0]])


def _move(x, y):
    return _matrix([[1.0, 0.0, x], [0.0, 1.0, y]])


def _matrix(rows):
    """Returns [B, 3, 3] of two rows of numbers or vectors [B]."""
    count = max((tf.convert_to_tensor(x) for row in rows for x in row), key=lambda x: x.shape.rank)
    rows = [[x + tf.zeros_like(count) for x in row] for row in (*rows, [0.0, 0.0, 1.0])]
    return tf.stack([tf.stack(row, axis=1) for row in rows], axis=1)
