"""FID against closed forms between Gaussians, SciPy, its known bias, and itself in other orders."""

import numpy as np
import pytest
from scipy import linalg

from kgan.errors import InputError
from kgan.metrics import _fid
from kgan.theory import transport


def in_batches(features, size):
    moments = _fid.Moments()
    for start in range(0, len(features), size):
        moments.update(features[start : start + size])
    return moments


def test_two_gaussians_on_the_line_by_hand():
    # Means 1 and 4, variances 2 and 8: 9 + (√2 − √8)².
    expected = 9.0 + (np.sqrt(2.0) - np.sqrt(8.0)) ** 2
    assert _fid.fid([[0.0], [2.0]], [[2.0], [6.0]]) == pytest.approx(expected, rel=1e-12)


def test_given_gaussians_agree_with_transport(random):
    root_p, root_q = random.normal(size=(2, 6, 6))
    p = _fid.Gaussian(9, random.normal(size=6), root_p @ root_p.T)
    q = _fid.Gaussian(9, random.normal(size=6), root_q @ root_q.T)
    expected = transport.gaussian_wasserstein2(p.mean, p.covariance, q.mean, q.covariance) ** 2
    assert _fid.frechet_distance(p, q) == pytest.approx(expected, rel=1e-9)


def test_samples_agree_with_the_formula_and_scipy(random):
    real = random.normal(size=(300, 5)) @ random.normal(size=(5, 5)) + 1.0
    fake = random.normal(size=(200, 5)) @ random.normal(size=(5, 5))
    one, other = np.cov(real.T), np.cov(fake.T)
    cross = linalg.sqrtm(one @ other).real
    expected = np.square(real.mean(0) - fake.mean(0)).sum() + np.trace(one + other - 2 * cross)
    assert _fid.fid(real, fake) == pytest.approx(expected, rel=1e-9)
    assert _fid.fid(fake, real) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("count", [500, 20])
def test_a_sample_is_at_no_distance_from_itself(random, count):
    # With 20 samples in 64 dimensions the covariance has no inverse.
    features = random.normal(size=(count, 64)).astype(np.float32)
    assert abs(_fid.fid(features, features[::-1])) < 1e-10


def test_a_shift_costs_its_square_even_where_a_feature_is_dead(random):
    features = random.normal(size=(100, 8))
    features[:, 3] = 0.25
    assert _fid.fid(features, features + 2.0) == pytest.approx(8 * 4.0, rel=1e-9)


def test_all_constant_features():
    assert _fid.fid(np.zeros((5, 3)), np.ones((4, 3))) == pytest.approx(3.0, rel=1e-12)


def test_batches_of_any_size_and_order_give_the_same(random):
    real = random.normal(size=(4500, 6)).astype(np.float32)
    fake = random.normal(size=(2100, 6)).astype(np.float32) * 1.5
    expected = _fid.fid(real, fake)
    for size in (1, 7, 1000, 2048):
        assert _fid.fid(in_batches(real, size), in_batches(fake, size)) == expected
    shuffled = _fid.fid(random.permutation(real), random.permutation(fake))
    assert shuffled == pytest.approx(expected, rel=1e-9)


def test_moments_are_float64_and_survive_an_offset(random):
    features = random.normal(size=(1000, 3))
    whole = in_batches(features + 1e6, 10).whole()
    assert whole.count == 1000
    assert whole.mean.dtype == whole.covariance.dtype == np.float64
    np.testing.assert_allclose(whole.covariance, np.cov(features.T), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(whole.mean, features.mean(0) + 1e6, rtol=1e-14, atol=0)


def test_reading_moments_does_not_change_them(random):
    features = random.normal(size=(4400, 2))
    moments = _fid.Moments()
    for row in features:
        moments.update(row[None])
        if moments.count in (2, 300, 2049):
            moments.whole()
    np.testing.assert_allclose(moments.whole().covariance, np.cov(features.T), rtol=1e-12, atol=0)


def test_halves_are_the_even_and_the_odd_rows(random):
    features = random.normal(size=(4601, 2))
    moments = in_batches(features, 50)
    even, odd = moments.half(0), moments.half(1)
    assert (even.count, odd.count) == (2301, 2300)
    np.testing.assert_allclose(even.covariance, np.cov(features[::2].T), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(odd.mean, features[1::2].mean(0), rtol=1e-12, atol=1e-15)


def expected_bias(d, n, m):
    """E FID of N(0, I) against itself: second order of the distance around equal covariances."""
    return (1 / n + 1 / m) * (d + d / 4 + d * d / 4)


def test_the_known_bias_of_equal_gaussians(random):
    d, n, m = 8, 400, 600
    values = [_fid.fid(random.normal(size=(n, d)), random.normal(size=(m, d))) for _ in range(100)]
    error = np.std(values) / 10
    assert np.mean(values) == pytest.approx(expected_bias(d, n, m), abs=4 * error + 0.002)
    assert 4 * error < 0.1 * expected_bias(d, n, m)


def test_the_bias_is_estimated(random):
    d, n = 8, 400
    samples = [(random.normal(size=(n, d)), 0.5 + random.normal(size=(n, d))) for _ in range(50)]
    estimates = [_fid.fid_bias(real, fake) for real, fake in samples]
    excess = [_fid.fid(real, fake) - d * 0.25 for real, fake in samples]
    assert np.mean(estimates) == pytest.approx(expected_bias(d, n, n), rel=0.15)
    assert np.mean(excess) == pytest.approx(np.mean(estimates), abs=0.1)


def test_intra_class_sees_what_the_whole_hides(random):
    labels = np.repeat([0, 1], 500)
    real = random.normal(size=(1000, 1)) + 6.0 * labels[:, None]
    swapped = real[::-1]
    assert _fid.fid(real, swapped) < 1e-9
    distances = _fid.intra_class_fid(real, labels, swapped, labels)
    assert set(distances) == {0, 1}
    assert distances[0] == pytest.approx(36.0, rel=0.1)
    assert distances[1] == pytest.approx(36.0, rel=0.1)
    own = _fid.intra_class_fid(real, labels, real, labels)
    assert max(own.values()) < 1e-9


def test_bad_input_is_one_line(random):
    features = random.normal(size=(10, 3))
    with pytest.raises(InputError, match=r"at least 2 samples for fake. Received: 1"):
        _fid.fid(features, features[:1])
    with pytest.raises(InputError, match=r"one width. Received: real=3, fake=2"):
        _fid.fid(features, features[:, :2])
    with pytest.raises(InputError, match="NaN or infinity in 1 of 10"):
        _fid.fid(features, np.where(np.arange(30).reshape(10, 3) == 4, np.nan, features))
    with pytest.raises(InputError, match="4 for a bias estimate"):
        _fid.fid_bias(features[:3], features)
    with pytest.raises(InputError, match="0 fake of class 1"):
        _fid.intra_class_fid(features, np.arange(10) % 2, features, np.zeros(10, int))
    with pytest.raises(InputError, match="Received: 0"):
        _fid.Moments().whole()
    with pytest.raises(InputError, match="of width 3"):
        in_batches(features, 5).update(features[:, :2])
