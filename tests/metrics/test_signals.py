"""Distances of signals: values by hand, and that what is worse scores worse."""

import numpy as np
import pytest

from kgan import metrics
from kgan.errors import InputError

LENGTH = 512


def pulses(random, count, low=50, high=100, width=3.0):
    """Bumps at even distances, drawn anew for each signal, from anywhere on."""
    places = np.arange(LENGTH)
    periods = random.uniform(low, high, (count, 1))
    phases = (places + random.uniform(0, 1, (count, 1)) * periods) % periods
    signals = np.exp(-0.5 * np.square((phases - periods / 2) / width))
    return signals[..., None] - 0.1


def test_ten_times_as_loud_is_twenty_decibels(random):
    real = pulses(random, 50)
    assert metrics.spectrum_distance(real, 10.0 * real) == pytest.approx(20.0)
    assert metrics.spectrum_distance(real, -real) == pytest.approx(0.0)


def test_an_envelope_by_hand():
    """Loudness 1 in the first half, 0 in the second; its standard deviation is one half."""
    real = np.zeros((4, 64, 1))
    real[:, :32] = 1.0
    assert metrics.envelope_distance(real, real) == 0.0
    assert metrics.envelope_distance(real, real[:, ::-1]) == pytest.approx(2.0)
    assert metrics.envelope_distance(real, 0.5 * real) == pytest.approx(0.5)


def test_rates_of_peaks(random):
    real, other = pulses(random, 300), pulses(random, 300)
    assert metrics.peak_rate_distance(real, other) < 0.05
    # One rate alone, at an end of the range: half of the range away in the mean, or about.
    slow = pulses(random, 300, 99, 100)
    assert 0.3 < metrics.peak_rate_distance(real, slow) < 0.7
    assert metrics.peak_rate_distance(real, 0.0 * real) > 1.0  # no peak at all: the rate 0
    with pytest.raises(InputError, match="peaks at several rates"):
        metrics.peak_rate_distance(0.0 * real, real)


def test_shapes_of_peaks_against_a_gaussian_process(random):
    real, other = pulses(random, 300), pulses(random, 300)
    wider = pulses(random, 300, width=5.0)
    ratios = [metrics.peak_shape_ratio(real, fake) for fake in (real, other, wider)]
    assert ratios[0] == 0.0 and ratios[1] < 0.1 < ratios[2]
    # Noise of the same spectrum, drawn here by shifting random phases into real signals.
    waves = np.fft.rfft(real[..., 0] - real.mean())
    turns = np.exp(2j * np.pi * random.uniform(size=waves.shape))
    noise = real.mean() + np.fft.irfft(waves * turns, LENGTH)[..., None]
    assert metrics.peak_shape_ratio(real, noise) == pytest.approx(1.0, abs=0.3)
    assert metrics.spectrum_distance(real, noise) < metrics.spectrum_distance(real, wider)
    assert metrics.peak_shape_ratio(real, 0.0 * real) == np.inf


def test_scores_have_names_and_refuse_what_is_no_signal(random):
    real = pulses(random, 20)
    (score,) = metrics.measure_signals(["spectrum_distance"], real, [2.0 * real, real])
    assert str(score.name) == "spectrum_distance/samples/20"
    np.testing.assert_allclose(score.values, [20.0 * np.log10(2.0), 0.0])
    with pytest.raises(InputError, match=r"\[N, T, C\]"):
        metrics.spectrum_distance(real[..., 0], real)
    with pytest.raises(InputError, match="NaN"):
        metrics.spectrum_distance(real, real * np.nan)
    with pytest.raises(InputError, match="one shape"):
        metrics.spectrum_distance(real, real[:, :100])


def test_a_classifier_of_signals_reads_rates(random):
    def draw(count):
        slow, fast = pulses(random, count, 90, 100), pulses(random, count, 40, 50)
        return np.concatenate([slow, fast]), np.repeat([0, 1], count)

    extractor = metrics.open_extractor("classifier", *draw(200))
    signals, labels = draw(50)
    features = extractor(signals.astype(np.float32))
    assert metrics.accuracy(features.logits, labels) > 0.95
    assert features.pooled.shape == (100, 64)
