"""Distances between real and generated signals: spectra, envelopes, peaks.

A Gaussian process has any spectrum one likes, and neither peaks nor words: hence the other three.
"""

import functools
from collections.abc import Iterable

import numpy as np
from scipy.signal import find_peaks
from scipy.stats import wasserstein_distance

from kgan.errors import InputError
from kgan.metrics import _validation
from kgan.metrics.card import MetricName, Score, resolve_name
from kgan.types import Array

_FRAMES = 32  # of an envelope
_FLOOR = 60.0  # decibels below the strongest frequency, from which on spectra are not compared
_PROMINENCE = 0.5  # of a peak, in units of a real signal's height from valley to peak
_AROUND = 0.35  # of the median interval: how much of a signal before and after a peak is its shape
_SEED = 0  # of the Gaussian process


def spectrum_distance(real: Array, fake: Array) -> float:
    """Returns the root mean squared difference of the mean power spectra, in decibels.

    Args:
        real: [N, T, C].
        fake: [M, T, C].

    Raises:
        InputError: for NaN, or signals of two shapes.

    Example:
        >>> spectrum_distance(signals, 10.0 * signals)
        20.0
    """
    both = _rows(real, fake)
    ours, theirs = (10.0 * np.log10(_power(rows) + 1e-20) for rows in both)
    heard = ours > ours.max() - _FLOOR
    return float(np.sqrt(np.mean(np.square(ours - theirs)[heard])))


def envelope_distance(real: Array, fake: Array) -> float:
    """Returns how far loudness in time is apart, in units of how much the real one varies.

    The Wasserstein distance between the loudness of real and of generated signals in each of 32
    parts of them, in the mean, over the standard deviation of all real ones.

    Args:
        real: [N, T, C].
        fake: [M, T, C].

    Raises:
        InputError: for NaN, or signals of two shapes.
    """
    ours, theirs = (_measure_loudness(rows) for rows in _rows(real, fake))
    distances = [wasserstein_distance(*each) for each in zip(ours.T, theirs.T, strict=True)]
    return float(np.mean(distances) / max(ours.std(), 1e-12))


def peak_rate_distance(real: Array, fake: Array) -> float:
    """Returns the Wasserstein distance between peaks in a time, in units of the real ones' range.

    Of an electrocardiogram it is the heart rate's. A signal of fewer than two peaks has the rate 0.

    Args:
        real: [N, T, C].
        fake: [M, T, C].

    Raises:
        InputError: for NaN, signals of two shapes, or real ones without peaks.
    """
    ours, theirs = _rows(real, fake)
    find = _find_peaks_like(ours)
    rates = [np.array([_rate(find(row)) for row in rows]) for rows in (ours, theirs)]
    extent = np.ptp(rates[0])
    if not extent:
        raise InputError("Expected real signals with peaks at several rates. Received: one rate.")
    return float(wasserstein_distance(*rates) / extent)


def peak_shape_ratio(real: Array, fake: Array) -> float:
    """Returns how far the mean peak is from the real one, in units of a Gaussian process's.

    The root mean squared error of the mean signal about a peak; 1 is as bad as Gaussian noise of
    the real signals' spectrum. Without a peak it is infinite.

    Args:
        real: [N, T, C].
        fake: [M, T, C].

    Raises:
        InputError: for NaN, signals of two shapes, or real ones without peaks.
    """
    ours, theirs = _rows(real, fake)
    find = _find_peaks_like(ours)
    intervals = np.concatenate([np.diff(find(row)) for row in ours])
    if not len(intervals):
        raise InputError("Expected real signals with two peaks or more. Received: none.")
    reach = max(1, round(_AROUND * float(np.median(intervals))))
    shape = _mean_peak(ours, find, reach)
    errors = []
    for rows in (theirs, _draw_gaussian(ours, len(theirs))):
        other = _mean_peak(rows, find, reach)
        errors.append(np.inf if other is None else np.sqrt(np.mean(np.square(shape - other))))
    return float(errors[0] / max(errors[1], 1e-12)) if np.isfinite(errors[0]) else np.inf


SIGNALS = {
    "spectrum_distance": spectrum_distance,
    "envelope_distance": envelope_distance,
    "peak_rate_distance": peak_rate_distance,
    "peak_shape_ratio": peak_shape_ratio,
}


def measure_signals(names: Iterable[str], real: Array, fakes: list[Array]) -> tuple[Score, ...]:
    """Returns the `Score`s of signals.

    Args:
        names: metric names of `SIGNAL_METRICS`.
        real: [N, T, C].
        fakes: list of [M, T, C], one for each repeat.

    Example:
        >>> measure_signals(["spectrum_distance"], real, [generated])[0].value
        2.31
    """
    names = [resolve_name(name, MetricName("", samples=len(fakes[0]))) for name in names]
    return tuple(
        Score(name, tuple(SIGNALS[name.metric](real, fake) for fake in fakes), 0.0)
        for name in names
    )


def _rows(real, fake):
    """Returns both as float64 [N · C, T]: each channel a signal of its own."""
    rows = []
    for name, signals in (("real", real), ("fake", fake)):
        signals = np.asarray(signals, np.float64)
        if signals.ndim != 3 or not signals.size:
            raise InputError(f"Expected {name} signals [N, T, C]. Received: {signals.shape}.")
        _validation.check_finite(name, signals)
        rows.append(signals)
    _validation.check_same("real", rows[0], "fake", rows[1])
    return [one.swapaxes(1, 2).reshape(-1, one.shape[1]) for one in rows]


def _power(rows):
    """Returns the mean power [F] of windowed signals [N, T] at each frequency."""
    window = np.hanning(rows.shape[1])
    return np.square(np.abs(np.fft.rfft(rows * window, axis=1))).mean(axis=0)


def _measure_loudness(rows):
    """Returns the root mean square [N, frames] of each part of signals [N, T]."""
    parts = np.array_split(rows, min(_FRAMES, rows.shape[1]), axis=1)
    return np.stack([np.sqrt(np.square(part).mean(axis=1)) for part in parts], axis=1)


def _find_peaks_like(rows):
    """Returns the function from a signal [T] to places of its peaks, by what a real peak is."""
    height = np.median(np.ptp(rows, axis=1))
    return functools.partial(_find_peaks, prominence=_PROMINENCE * max(height, 1e-12))


def _find_peaks(row, prominence):
    return find_peaks(row, prominence=prominence)[0]


def _rate(peaks):
    return 0.0 if len(peaks) < 2 else (len(peaks) - 1) / (peaks[-1] - peaks[0])


def _mean_peak(rows, find, reach):
    """Returns the mean [2 · reach + 1] of all signals about their peaks, or None without any."""
    shapes = [
        row[place - reach : place + reach + 1]
        for row in rows
        for place in find(row)
        if reach <= place < len(row) - reach
    ]
    return np.mean(shapes, axis=0) if shapes else None


def _draw_gaussian(rows, count):
    """Returns Gaussian signals [count, T] of the mean and the mean spectrum of others [N, T]."""
    mean, length = rows.mean(), rows.shape[1]
    size = np.sqrt(np.square(np.abs(np.fft.rfft(rows - mean, axis=1))).mean(axis=0))
    random = np.random.default_rng(_SEED)
    real, imaginary = random.normal(size=(2, count, len(size)))
    waves = size * (real + 1j * imaginary) / np.sqrt(2.0)
    waves[:, 0] = size[0] * real[:, 0]
    return mean + np.fft.irfft(waves, length, axis=1)
