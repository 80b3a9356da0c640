"""Spoken digits, by espeak-ng: voices, speeds and pitches."""

import itertools
import pathlib
import shutil
import subprocess
import tempfile
from typing import Literal

import numpy as np

from kgan.data._drawings import draw_once
from kgan.data._signals.windows import resample, scale
from kgan.data._source import Source
from kgan.errors import InputError, UnknownNameError, check_whole
from kgan.registry import SOURCES
from kgan.types import Array

register = SOURCES.register

SPLITS = ("train", "test", "all")
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SEED = 0  # of where in its window a word begins
_VOICES = tuple(
    f"{accent}+{one}"
    for accent in ("en-us", "en")  # espeak-ng has no variants of "en-gb", and says nothing of it
    for one in ("m1", "m2", "m3", "m4", "f1", "f2", "f3", "f4")
)
_SPEEDS = (150, 180, 210)  # words a minute
_PITCHES = (35, 50, 65, 80)  # 0 to 99
_SPEAKERS = tuple(itertools.product(_SPEEDS, _PITCHES, _VOICES))
_LEVEL = 0.02  # of the loudest sample, below which a word has not begun or is over
_LICENCE = "free to use: spoken by espeak-ng (GPL, which its output is not under)"


@register("spoken_digits")
def spoken_digits(
    length: int = 4096,
    rate: int = 8000,
    speakers: int = len(_SPEAKERS),
    split: Literal["train", "test", "all"] = "train",
) -> Source:
    """The words zero to nine, each by up to 192 speakers: 16 voices, 3 speeds, 4 pitches.

    Needs the program espeak-ng, which `tools/fetch_speech` brings; the first call speaks for a
    minute or two.

    Args:
        length: samples of an example, ≥ 32; a longer word is cut at its end.
        rate: samples a second, ≥ 1000.
        speakers: how many, 7 to 192.
        split: `"train"` (six of seven speakers), `"test"` (each seventh) or `"all"`.

    Returns:
        A `Source` of `signal` [length, 1] float32 in [-1, 1] and `label` [] int32 in 0..9.

    Raises:
        InputError: an option out of range, or no espeak-ng.

    Example:
        >>> kgan.data.spoken_digits(split="test").classes[7]
        'seven'
    """
    check_whole(32, length=length)
    check_whole(1000, rate=rate)
    if split not in SPLITS:
        raise UnknownNameError("split", split, SPLITS)
    check_whole(7, speakers=speakers)
    if speakers > len(_SPEAKERS):
        raise InputError(f"Expected at most {len(_SPEAKERS)} speakers. Received: {speakers}.")
    version = _find_version()
    random = np.random.default_rng(_SEED)
    begins = random.uniform(size=len(_SPEAKERS) * len(WORDS))

    def draw(number: int) -> Array:
        speaker, digit = divmod(number, len(WORDS))
        speed, pitch, voice = _SPEAKERS[speaker]
        sound = speak(WORDS[digit], voice, speed, pitch, rate)[:length]
        begin = int(begins[number] * (length - len(sound)))
        return np.pad(sound, ((begin, length - len(sound) - begin), (0, 0)))

    key = f"spoken digits 1, length={length}, rate={rate}, {version}"
    count = speakers * len(WORDS)
    signals = draw_once(key, count, (length, 1), draw, "Speaking digits", np.float32)
    speaker, labels = np.divmod(np.arange(count), len(WORDS))
    chosen = (split == "all") | ((speaker % 7 == 6) == (split == "test"))
    examples = {"signal": signals[chosen], "label": labels[chosen].astype(np.int32)}
    return Source.from_arrays("spoken_digits", examples, classes=WORDS, licence=_LICENCE, rate=rate)


def speak(text: str, voice: str, speed: int, pitch: int, rate: int) -> Array:
    """Returns what espeak-ng says, without silence about it, float32 [N, 1] in [-1, 1].

    Args:
        text: a word or more.
        voice: e.g. `"en-us+f2"`.
        speed: words a minute.
        pitch: 0 to 99.
        rate: samples a second of the result.

    Raises:
        InputError: no espeak-ng, or one that fails.
    """
    from scipy.io import wavfile

    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "word.wav"
        _run("-v", voice, "-s", str(speed), "-p", str(pitch), "-w", str(file), text)
        before, sound = wavfile.read(file)
    sound = scale(resample(sound[:, None].astype(np.float64), before, rate))
    loud = np.flatnonzero(np.abs(sound[:, 0]) > _LEVEL)
    return sound[loud[0] : loud[-1] + 1]


def _find_version():
    return _run("--version").split("Data")[0].strip()


def _run(*arguments):
    """Returns what espeak-ng prints."""
    program = shutil.which("espeak-ng")
    if program is None:
        raise InputError(
            "Expected the program espeak-ng, which speaks the digits. Received: none in PATH. "
            "Run tools/fetch_speech, or install espeak-ng."
        )
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(
            f"Expected espeak-ng to speak. Received: {' '.join(done.stderr.split())}. "
            "Install it and its voices: tools/fetch_speech."
        )
    return done.stdout
