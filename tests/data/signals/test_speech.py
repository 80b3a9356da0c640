"""Spoken digits: every voice speaks otherwise; a machine without espeak-ng says what to do."""

import shutil

import numpy as np
import pytest

from kgan.data import open_source
from kgan.data._signals import speech
from kgan.errors import InputError

needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="no espeak-ng")


def test_without_espeak_it_says_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="Run tools/fetch_speech"):
        open_source("spoken_digits")


@needs_espeak
def test_every_voice_is_another():
    """espeak-ng speaks in its usual voice, silently, where it does not know a variant."""
    sounds = {speech.speak("seven", voice, 180, 50, 8000).tobytes() for voice in speech._VOICES}
    assert len(sounds) == len(speech._VOICES) == 16


@needs_espeak
def test_words_lie_in_their_windows(tmp_path, monkeypatch):
    monkeypatch.setenv("KGAN_CACHE", str(tmp_path))
    options = [{"split": split, "speakers": 7} for split in ("train", "test")]
    parts = [open_source("spoken_digits", one) for one in options]
    assert [part.count for part in parts] == [60, 10]
    arrays = parts[1].arrays()
    np.testing.assert_array_equal(arrays["label"], np.arange(10))
    assert arrays["signal"].shape == (10, 4096, 1) and parts[1].rate == 8000
    loudest = np.abs(arrays["signal"]).max(axis=(1, 2))
    assert (loudest > 0.5).all() and (loudest < 1.0).all()
