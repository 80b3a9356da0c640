"""Electrocardiograms that neurokit2 simulates: the heart rate of each is known."""

from typing import Literal

import numpy as np

from kgan.data._drawings import draw_once
from kgan.data._signals.windows import cut_windows
from kgan.data._source import Source
from kgan.errors import InputError, UnknownNameError, check_whole
from kgan.packages import import_package, name_version
from kgan.registry import SOURCES
from kgan.types import Array

register = SOURCES.register

SPLITS = ("train", "test", "all")
CLASSES = ("slow", "normal", "fast")  # by the heart rate of a recording
LIMITS = (60.0, 100.0)  # beats a minute: bradycardia is below, tachycardia above
_SLOWEST, _FASTEST = 50.0, 120.0  # beats a minute
_SECONDS, _SETTLING = 16, 2  # of a recording, and before it, which are left out
_GOLDEN = 0.6180339887498949  # its multiples, modulo 1, are spread evenly however many there are
_MILLIVOLTS = 1.35  # that become 1
_LICENCE = "MIT: simulated by neurokit2 (McSharry et al. 2003), of nobody's heart"


@register("ecg")
def ecg(
    length: int = 512,
    rate: int = 128,
    count: int = 192,
    split: Literal["train", "test", "all"] = "train",
) -> Source:
    """Windows of simulated electrocardiograms, 50 to 120 beats a minute.

    Each recording lasts 16 seconds, and a window begins every second of it. Needs
    `pip install 'kgan[signals]'`; the first call simulates for a minute.

    Args:
        length: samples of a window, from 32 to 16 seconds' worth.
        rate: samples a second, at least 64.
        count: recordings, ≥ 6.
        split: `"train"` (five of six recordings), `"test"` (each sixth) or `"all"`.

    Returns:
        A `Source` of `signal` [length, 1] float32 in [-1, 1], 1.35 millivolts as 1; `label` []
        int32, slow (below 60), normal or fast (above 100); and `heart_rate` [] float32, beats a
        minute in the mean of the recording.

    Raises:
        InputError: an option out of range, or a package that is missing.

    Example:
        >>> gan = kgan.models.WaveGAN(image_shape=(512, 1), rate=128)
        >>> gan.compile()
        >>> gan.fit(kgan.data.ecg().dataset(batch_size=64), epochs=40)

    Reference: the simulator, McSharry et al. 2003, doi:10.1109/TBME.2003.808805.
    """
    check_whole(64, rate=rate)
    check_whole(6, count=count)
    check_whole(32, length=length)
    if length > _SECONDS * rate:
        raise InputError(
            f"Expected windows of at most {_SECONDS} seconds. Received: length={length} at "
            f"rate={rate}."
        )
    if split not in SPLITS:
        raise UnknownNameError("split", split, SPLITS)
    neurokit = import_package("neurokit2", "neurokit2", "simulates hearts", extra="signals")

    def draw(number: int) -> Array:
        recording = neurokit.ecg_simulate(
            duration=_SECONDS + _SETTLING,
            sampling_rate=rate,
            heart_rate=find_heart_rate(number),
            heart_rate_std=2,
            noise=0.005,
            method="ecgsyn",
            random_state=number,
        )
        start = _SETTLING * rate
        return np.asarray(recording)[start : start + _SECONDS * rate, None]

    key = f"ecg 1, rate={rate}, {name_version('neurokit2')}"
    shape = (_SECONDS * rate, 1)
    recordings = draw_once(key, count, shape, draw, "Simulating hearts", np.float32)
    numbers = [n for n in range(count) if split == "all" or (n % 6 == 5) == (split == "test")]
    scaled = np.clip(recordings[numbers] / _MILLIVOLTS, -1.0, 1.0)
    windows = [cut_windows(recording, length, rate) for recording in scaled]
    rates = np.float32([find_heart_rate(n) for n in numbers]).repeat(len(windows[0]))
    examples = {
        "signal": np.concatenate(windows),
        "label": np.digitize(rates, LIMITS).astype(np.int32),
        "heart_rate": rates,
    }
    return Source.from_arrays("ecg", examples, classes=CLASSES, licence=_LICENCE, rate=rate)


def find_heart_rate(number: int) -> float:
    """Returns the beats a minute of a recording by its number."""
    return _SLOWEST + (_FASTEST - _SLOWEST) * (number * _GOLDEN % 1.0)
