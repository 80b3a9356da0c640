"""Signals as WAV files and pictures."""

import numpy as np
from scipy.io import wavfile

from kgan.signals import draw_signals, save_signals, save_wav


def test_a_wav_file_holds_what_was_given_and_cuts_what_is_too_loud(tmp_path):
    signal = np.float32([[0.0, -1.0], [0.5, 2.0]])
    save_wav(tmp_path / "two.wav", signal, 8000)
    rate, numbers = wavfile.read(tmp_path / "two.wav")
    assert rate == 8000 and numbers.dtype == np.int16
    np.testing.assert_array_equal(numbers, [[0, -32767], [16384, 32767]])


def test_waveforms_stand_at_their_heights():
    silent, loud = np.zeros((1, 512, 1)), np.ones((1, 512, 1))
    (picture,) = draw_signals(silent)
    dark = np.flatnonzero(picture[:64, 100, 0] < 100)
    assert set(dark) <= {31, 32}  # the middle
    (picture,) = draw_signals(loud)
    assert np.flatnonzero(picture[:64, 100, 0] < 100).tolist() == [0]


def test_a_high_tone_is_dark_at_the_top_and_a_low_one_at_the_bottom():
    time = np.arange(2048)
    low, high = (np.sin(2 * np.pi * pitch * time)[:, None] for pitch in (0.05, 0.45))
    spectra = draw_signals(np.stack([low, high]))[:, 64:, 100, 0]
    darkest = spectra.argmin(axis=1)
    assert 54 <= darkest[0] <= 60 and 4 <= darkest[1] <= 9  # a tenth from the ends of 64 rows
    assert spectra.max() > 250  # the rest is paper


def test_a_page_of_signals(tmp_path):
    save_signals(tmp_path / "page.png", np.zeros((5, 40, 2)))
    assert (tmp_path / "page.png").stat().st_size > 100
