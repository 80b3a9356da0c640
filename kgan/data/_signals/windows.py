"""Recordings as windows of one length, at one rate."""

import math

import numpy as np

from kgan.types import Array

PEAK = 0.95  # greatest absolute value of a recording that is scaled


def resample(recording: Array, before: int, rate: int) -> Array:
    """Returns a recording [N, C] at another rate, by a polyphase filter.

    Args:
        recording: [N, C].
        before: samples a second that it has, ≥ 1.
        rate: that it shall have, ≥ 1.
    """
    if before == rate:
        return recording
    from scipy.signal import resample_poly

    divisor = math.gcd(before, rate)
    return resample_poly(recording, rate // divisor, before // divisor, axis=0)


def scale(recording: Array) -> Array:
    """Returns a recording [N, C] as float32, its mean at 0 and its greatest value at 0.95."""
    centred = recording - recording.mean(axis=0)
    return (PEAK * centred / (np.abs(centred).max() or 1.0)).astype(np.float32)


def cut_windows(recording: Array, length: int, hop: int) -> Array:
    """Returns all windows [M, length, C] of a recording [N, C] that begin `hop` samples apart.

    Example:
        >>> cut_windows(np.arange(5.0)[:, None], 2, 2)[..., 0]
        array([[0., 1.],
               [2., 3.]])
    """
    if len(recording) < length:
        return np.empty((0, length, recording.shape[1]), recording.dtype)
    whole = np.lib.stride_tricks.sliding_window_view(recording, length, axis=0)
    return np.ascontiguousarray(whole[::hop].swapaxes(1, 2))
