"""KID against a double loop, its closed form between Gaussians, and itself in other tiles."""

import itertools

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.metrics import _kid


def kernel_of(x, y):
    return (np.dot(x, y) / len(x) + 1.0) ** 3


def by_hand(real, fake):
    real_pairs = [kernel_of(x, y) for x, y in itertools.permutations(real, 2)]
    fake_pairs = [kernel_of(x, y) for x, y in itertools.permutations(fake, 2)]
    both = [kernel_of(x, y) for x in real for y in fake]
    return np.mean(real_pairs) + np.mean(fake_pairs) - 2.0 * np.mean(both)


def closed_form(mean_p, variance_p, mean_q, variance_q):
    """Squared maximum mean discrepancy on the line: E (xy + 1)³ from the moments."""
    p, q = (
        (1.0, mean, mean**2 + variance, mean**3 + 3 * mean * variance)
        for mean, variance in ((mean_p, variance_p), (mean_q, variance_q))
    )
    binomials = (1.0, 3.0, 3.0, 1.0)
    return sum(b * (x - y) ** 2 for b, x, y in zip(binomials, p, q, strict=True))


def test_a_double_loop(random):
    real, fake = random.normal(size=(7, 3)), random.normal(size=(5, 3)) + 0.5
    assert _kid.kid(real, fake) == pytest.approx(by_hand(real, fake), rel=1e-12)


def test_tiles_do_not_matter(random, monkeypatch):
    real, fake = random.normal(size=(23, 3)), random.normal(size=(17, 3))
    expected = by_hand(real, fake)
    for tile in (1, 5, 8, 100):
        monkeypatch.setattr(_kid, "_TILE", tile)
        assert _kid.kid(real, fake) == pytest.approx(expected, rel=1e-12)
    assert _kid.kid(real[::-1], random.permutation(fake)) == pytest.approx(expected, rel=1e-12)


def test_the_closed_form_on_the_line(random):
    estimates = [
        _kid.kid(random.normal(0.5, 1.0, size=(500, 1)), random.normal(0.0, 1.2, size=(700, 1)))
        for _ in range(100)
    ]
    error = np.std(estimates) / 10
    assert np.mean(estimates) == pytest.approx(closed_form(0.5, 1.0, 0.0, 1.44), abs=4 * error)
    assert 4 * error < 0.2 * closed_form(0.5, 1.0, 0.0, 1.44)


def test_centred_gaussians_in_many_dimensions(random):
    # E (x·y/D + 1)³ = 1 + 3 tr(ΣT)/D² there, so that the discrepancy is 3 |Σ − T|²/D².
    d = 10
    real = random.normal(size=(3000, d))
    fake = random.normal(size=(3000, d)) * np.sqrt(1.0 + np.arange(d))
    expected = 3.0 * np.square(np.arange(d)).sum() / d**2
    assert _kid.kid(real, fake) == pytest.approx(expected, rel=0.05)


def test_unbiased_and_so_negative_half_of_the_time(random):
    estimates = np.array([_kid.kid(*random.normal(size=(2, 40, 4))) for _ in range(300)])
    assert abs(estimates.mean()) < 3 * estimates.std() / np.sqrt(300)
    assert 0.3 < (estimates < 0).mean() < 0.8


def test_blocks_average_to_the_same_expectation(random):
    real, fake = random.normal(size=(900, 2)), random.normal(size=(700, 2)) * 1.3
    blocks = _kid.kid_blocks(real, fake, block_size=100)
    assert blocks.shape == (9,)
    error = blocks.std(ddof=1) / 3.0
    assert blocks.mean() == pytest.approx(_kid.kid(real, fake), abs=3 * error)
    whole = _kid.kid_blocks(real, fake, block_size=900)
    assert whole.tolist() == [pytest.approx(_kid.kid(real, fake), rel=1e-12)]


def test_blocks_are_consecutive_and_the_larger_ones_last(random):
    real, fake = random.normal(size=(8, 2)), random.normal(size=(7, 2))
    blocks = _kid.kid_blocks(real, fake, block_size=3)
    expected = [
        by_hand(real[:2], fake[:2]), by_hand(real[2:5], fake[2:4]), by_hand(real[5:], fake[4:])
    ]  # fmt: skip
    np.testing.assert_allclose(blocks, expected, rtol=1e-12, atol=1e-12)


def test_float32_features_are_summed_in_float64(random):
    real = (random.normal(size=(200, 50)) + 3.0).astype(np.float32)
    fake = (random.normal(size=(200, 50)) + 3.0).astype(np.float32)
    wide = _kid.kid(real.astype(np.float64), fake.astype(np.float64))
    assert _kid.kid(real, fake) == pytest.approx(wide, rel=1e-12)


def test_bad_input_is_one_line(random):
    real = random.normal(size=(10, 2))
    with pytest.raises(InputError, match="at least 2 samples for fake"):
        _kid.kid(real, real[:1])
    with pytest.raises(InputError, match=r"in each of 5 blocks. Received: 10 real, 4 fake"):
        _kid.kid_blocks(real, real[:4], block_size=2)
    with pytest.raises(InputError, match="block_size >= 2"):
        _kid.kid_blocks(real, real, block_size=1)
