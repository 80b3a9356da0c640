"""Signals as files and pictures: WAV, waveforms over spectrograms."""

import numpy as np
from PIL import Image

from kgan.files import replace_atomically
from kgan.images import draw_grid, to_pillow
from kgan.types import Array, PathLike

_WIDTH, _STRIP, _SPECTRUM = 240, 64, 64  # pixels: of a picture, of its waveform, its spectrogram
_INK, _PAPER, _AXIS = 40, 255, 215
_DECIBELS = 60.0  # below the loudest of a signal, from which on a spectrogram is white
_GAP = 6  # pixels between pictures


def save_wav(path: PathLike, signal: Array, rate: int) -> None:
    """Writes a signal [T, C] in [-1, 1] as a WAV file of 16 bits, atomically.

    Args:
        path: where to.
        signal: [T, C], floating point; what is beyond [-1, 1] is cut.
        rate: samples a second.
    """
    from scipy.io import wavfile

    numbers = np.rint(32767.0 * np.clip(signal, -1.0, 1.0)).astype(np.int16)
    with replace_atomically(path) as temporary:
        wavfile.write(temporary, rate, numbers)


def draw_signals(signals: Array) -> Array:
    """Draws each signal: its waveform from -1 to 1, and under it how loud each pitch is when.

    Args:
        signals: [N, T, C] in [-1, 1]; channels are drawn over each other, and their mean heard.

    Returns:
        [N, 128, 240, 1] uint8; low pitches are at the bottom, loud ones dark.

    Example:
        >>> draw_signals(np.zeros((2, 512, 1))).shape
        (2, 128, 240, 1)
    """
    signals = np.asarray(signals, np.float64)
    pages = [np.concatenate([_draw_waveform(one), _draw_spectrum(one)]) for one in signals]
    return np.reshape(pages, (-1, _STRIP + _SPECTRUM, _WIDTH, 1)).astype(np.uint8)


def save_signals(path: PathLike, signals: Array) -> None:
    """Writes a PNG with a drawing of each signal [N, T, C], see `draw_signals`, atomically."""
    page = draw_grid(draw_signals(signals), gap=_GAP)
    with replace_atomically(path) as temporary:
        to_pillow(page).save(temporary, format="PNG")


def _draw_waveform(signal):
    """Returns [_STRIP, _WIDTH]: in each column a line over all values that are there."""
    page = np.full((_STRIP, _WIDTH), _PAPER, np.float64)
    page[_STRIP // 2] = _AXIS
    places = np.linspace(0, len(signal) - 1, max(8 * _WIDTH, len(signal)))
    rows = np.arange(_STRIP)[:, None]
    for channel in signal.T:
        values = np.interp(places, np.arange(len(signal)), channel)
        heights = (1.0 - np.clip(values, -1.0, 1.0)) / 2.0 * (_STRIP - 1)
        columns = np.array_split(heights, _WIDTH)
        high, low = (np.array([f(column) for column in columns]) for f in (np.min, np.max))
        page[(rows >= np.floor(high)) & (rows <= np.ceil(low))] = _INK
    return page


def _draw_spectrum(signal):
    """Returns [_SPECTRUM, _WIDTH]: the short-time spectrum in decibels."""
    from scipy.signal import ShortTimeFFT
    from scipy.signal.windows import hann

    size = 2 ** max(4, int(np.log2(len(signal))) - 4)
    size = min(size, len(signal) // 2)
    transform = ShortTimeFFT(hann(size), hop=max(1, size // 4), fs=1.0)
    power = transform.spectrogram(signal.mean(axis=1), padding="even")[::-1]
    loudness = 10.0 * np.log10(power / max(power.max(), 1e-12) + 1e-12)
    dark = np.clip(1.0 + loudness / _DECIBELS, 0.0, 1.0)
    page = Image.fromarray(np.rint(255.0 * (1.0 - dark)).astype(np.uint8))
    return np.asarray(page.resize((_WIDTH, _SPECTRUM), Image.Resampling.BILINEAR), np.float64)
