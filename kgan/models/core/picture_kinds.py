"""Pictures of any kind for networks of one: grey or in colour, opaque or not, there and back.

In TensorFlow's own operations, so that an artefact does what Python does.
"""

import tensorflow as tf

from kgan.types import Tensor

_LUMA = (19595, 38470, 7471)  # ITU-R 601-2 in units of 2⁻¹⁶, as Pillow has it


def fit_picture(picture: Tensor, channels: int) -> Tensor:
    """Returns a picture as a network takes it, [h, w, channels] uint8.

    Grey becomes colour by copying, colour becomes grey by its luma; transparency is left out, or
    added as opaque where the network has a channel for it. The colours under it are taken as they
    are.

    Args:
        picture: [h, w, c] uint8, c from 1 to 4: grey, grey and alpha, RGB, RGB and alpha.
        channels: 1 to 4, the network's.
    """
    picture = tf.convert_to_tensor(picture)
    colours, alpha, _ = _split(picture)
    if _count_colours(channels) == 1:
        colours = _take_luma(colours)
    return colours if channels % 2 else tf.concat([colours, alpha], axis=-1)


def restore_picture(made: Tensor, picture: Tensor, channels: int) -> Tensor:
    """Returns what a network made of a picture, as a picture of the same kind, uint8.

    Alpha is the picture's own, brought to the size of what was made, unless the network makes
    its own. Where source and target of the network have as many colours, a picture without colour,
    stored as grey or as RGB, stays without, and keeps its channels; else the target's colours are
    kept: a network that colours grey pictures is asked for colours.

    Args:
        made: [H, W, C] uint8.
        picture: [h, w, c] uint8, what `fit_picture` was given.
        channels: what it was given, those of the network's source.
    """
    made, picture = tf.convert_to_tensor(made), tf.convert_to_tensor(picture)
    before, alpha, kept = _split(picture)
    transparent = tf.shape(picture)[2] - kept  # 1 or 0
    target = _count_colours(made.shape[-1])
    colours, own, _ = _split(made)
    if target == _count_colours(channels):
        grey = tf.reduce_all(before == before[..., :1])
        colours = tf.where(grey, tf.repeat(_take_luma(colours), 3, axis=-1), colours)
    else:
        kept = target
    if made.shape[-1] % 2:
        own = tf.cast(tf.round(tf.image.resize(alpha, tf.shape(made)[:2])), tf.uint8)
    return tf.concat([colours[..., :kept], own[..., :transparent]], axis=-1)


def _count_colours(channels):
    return channels - 1 + channels % 2


def _split(picture):
    """Returns RGB [h, w, 3], alpha [h, w, 1], and how many of its channels are colours, 1 or 3."""
    own = _count_colours(tf.shape(picture)[2])
    opaque = tf.fill(tf.concat([tf.shape(picture)[:2], [1]], axis=0), tf.constant(255, tf.uint8))
    colours = tf.tile(picture[..., :own], [1, 1, 3 // own])
    alpha = tf.concat([picture, opaque], axis=-1)[..., own : own + 1]
    colours.set_shape((*picture.shape[:2], 3))
    alpha.set_shape((*picture.shape[:2], 1))
    return colours, alpha, own


def _take_luma(colours):
    """Returns the luma [h, w, 1] uint8 of RGB [h, w, 3]; of grey it is the grey."""
    sums = tf.reduce_sum(tf.cast(colours, tf.int32) * tf.constant(_LUMA), axis=-1, keepdims=True)
    return tf.cast((sums + 2**15) // 2**16, tf.uint8)
