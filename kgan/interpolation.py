"""Ways between two points of a latent space, in float64: along a circle, and straight."""

import numpy as np

from kgan.types import Array

_PARALLEL = 1e-6  # sine of the angle below which the circle is not defined, and the line serves


def slerp(start: Array, end: Array, fractions: Array) -> Array:
    """Interpolates along the great circle between latents, and linearly between their lengths.

    A straight line between two normal latents passes near the origin, where training has no
    latents.

    Args:
        start: [..., D].
        end: [..., D].
        fractions: [...] in [0, 1]; its shape and the latents' broadcast.

    Returns:
        [..., D] float64; `start` at 0, `end` at 1.

    Example:
        >>> slerp([2.0, 0.0], [0.0, 2.0], [0.5])
        array([[1.41421356, 1.41421356]])

    Reference: White 2016, arXiv:1609.04468.
    """
    start, end = np.asarray(start, np.float64), np.asarray(end, np.float64)
    fractions = np.asarray(fractions, np.float64)[..., None]
    ends = start, end
    lengths = [np.linalg.norm(one, axis=-1, keepdims=True) for one in ends]
    units = [x / np.maximum(length, 1e-300) for x, length in zip(ends, lengths, strict=True)]
    cosine = np.clip((units[0] * units[1]).sum(axis=-1, keepdims=True), -1.0, 1.0)
    angle = np.arccos(cosine)
    sine = np.sin(angle)
    straight = (sine < _PARALLEL) | (np.minimum(*lengths) == 0)
    divisor = np.where(straight, 1.0, sine)
    unit = np.sin((1.0 - fractions) * angle) * units[0] + np.sin(fractions * angle) * units[1]
    length = (1.0 - fractions) * lengths[0] + fractions * lengths[1]
    return np.where(straight, start + fractions * (end - start), unit * length / divisor)


def lerp(start: Array, end: Array, fractions: Array) -> Array:
    """Interpolates on the straight line: (1 − t) a + t b, shapes as `slerp`."""
    start, end = np.asarray(start, np.float64), np.asarray(end, np.float64)
    return start + np.asarray(fractions, np.float64)[..., None] * (end - start)
