"""Simulated hearts: windows in range, labels by the rate, splits by recording."""

import numpy as np
import pytest
from scipy.signal import find_peaks

from kgan.data import open_source
from kgan.errors import InputError


@pytest.fixture(scope="module", autouse=True)
def simulator():
    pytest.importorskip("neurokit2")


def test_rates_labels_and_splits(tmp_path, monkeypatch):
    monkeypatch.setenv("KGAN_CACHE", str(tmp_path))
    options = {"count": 6, "rate": 64, "length": 512}
    parts = {name: open_source("ecg", {**options, "split": name}) for name in ("train", "test")}
    assert [part.count for part in parts.values()] == [5 * 9, 9]
    rates = [set(part.arrays()["heart_rate"].tolist()) for part in parts.values()]
    assert len(rates[0]) == 5 and not rates[0] & rates[1]
    arrays = parts["train"].arrays()
    assert np.abs(arrays["signal"]).max() <= 1.0 and parts["train"].rate == 64
    columns = (arrays[key] for key in ("signal", "heart_rate", "label"))
    for signal, rate, label in zip(*columns, strict=True):
        peaks = find_peaks(signal[:, 0], prominence=0.6)[0]
        beats = 60.0 * 64 * (len(peaks) - 1) / (peaks[-1] - peaks[0])
        assert abs(beats - rate) < 12
        assert label == int(rate >= 60) + int(rate >= 100)


def test_mistakes_are_named():
    with pytest.raises(InputError, match="at most 16 seconds"):
        open_source("ecg", {"length": 4096})
    with pytest.raises(InputError, match="Unknown split"):
        open_source("ecg", {"split": "validation"})
