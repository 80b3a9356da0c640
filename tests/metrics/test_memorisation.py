"""Copies are found, true samplers are not accused, and the ideal values are the right ones."""

import numpy as np
import pytest
from scipy import stats

from kgan.errors import InputError
from kgan.metrics import _memorisation


@pytest.fixture
def sampler(random):
    """Draws [count, 6] from a mixture of three Gaussians."""
    centres = 4.0 * random.normal(size=(3, 6))

    def draw(count):
        return centres[random.integers(3, size=count)] + random.normal(size=(count, 6))

    return draw


def near_copies(train, random, count):
    return train[random.integers(len(train), size=count)] + 0.05 * random.normal(size=(count, 6))


def test_ct_of_a_true_sampler_is_near_zero(sampler):
    draws = ((sampler(500), sampler(300), sampler(300)) for _ in range(8))
    results = [_memorisation.data_copying(*samples) for samples in draws]
    values = np.array([one.value for one in results])
    # The mean of three Z scores, eight times.
    assert abs(values.mean()) < 4 / np.sqrt(3 * 8)
    assert np.abs(values).max() < 4 / np.sqrt(3)
    assert {len(one.cells) for one in results} == {3}


def test_ct_of_near_copies_is_far_below(sampler, random):
    train = sampler(1000)
    result = _memorisation.data_copying(train, sampler(1000), near_copies(train, random, 1000))
    assert result.value < -8
    assert result.cells.max() < -5
    assert result.share > 0.9


def test_ct_of_an_underfit_sampler_is_above(sampler, random):
    noisy = sampler(500) + random.normal(size=(500, 6))
    assert _memorisation.data_copying(sampler(1000), sampler(500), noisy, cells=1).value > 8


def test_one_cell_is_scipys_mann_whitney(sampler):
    train, test, fake = sampler(200), sampler(60), sampler(50)
    result = _memorisation.data_copying(train, test, fake, cells=1)
    of_test, of_fake = (_memorisation.nearest_training(x, train)[1][:, 0] for x in (test, fake))
    expected = stats.mannwhitneyu(of_fake, of_test, use_continuity=False, method="asymptotic")
    assert stats.norm.sf(abs(result.value)) * 2 == pytest.approx(expected.pvalue, rel=1e-6)
    assert (result.value < 0) == (expected.statistic < 50 * 60 / 2)


def test_copying_in_one_cell_shows_there(random):
    centres = np.array([[0.0, 0.0], [100.0, 0.0]])
    train, test, fake = (
        np.repeat(centres, 200, axis=0) + random.normal(size=(400, 2)) for _ in "123"
    )
    fake[:200] = train[:200] + 1e-3
    result = _memorisation.data_copying(train, test, fake, cells=2)
    assert sorted(np.abs(result.cells) > 8) == [False, True]
    assert result.value == pytest.approx(result.cells.mean())


def test_the_order_of_the_rows_does_not_matter(sampler, random):
    train, test, fake = (sampler(400).astype(np.float32) for _ in "123")
    one = _memorisation.data_copying(train, test, fake)
    other = _memorisation.data_copying(*(random.permutation(x) for x in (train, test, fake)))
    assert one.value == pytest.approx(other.value, abs=1e-9)


def test_cells_without_samples_are_left_out_or_refused(sampler):
    train, test = sampler(300), sampler(300)
    lone = np.tile(train[:1], (300, 1))
    result = _memorisation.data_copying(train, test, lone, cells=3)
    assert len(result.cells) == 1 and result.share < 0.9
    with pytest.raises(InputError, match="at least 20 test and 20 fake"):
        _memorisation.data_copying(train, test[:10], lone)
    assert (
        _memorisation.data_copying(np.zeros((5, 2)), np.ones((30, 2)), np.ones((30, 2)), 4).value
        == 0
    )


@pytest.mark.parametrize("dimension", [1, 2, 5])
def test_authenticity_of_a_true_sampler_is_the_ideal_one(random, dimension):
    train, fake = random.uniform(size=(2, 2000, dimension))
    result = _memorisation.authenticity(train, fake)
    expected = _memorisation.ideal_authenticity(dimension)
    assert result.value == pytest.approx(expected, abs=0.05)
    assert result.dimension == pytest.approx(dimension, rel=0.1)
    assert result.ideal == pytest.approx(expected, abs=0.01)


def test_ideal_authenticity_of_the_line_the_plane_and_the_limit():
    assert _memorisation.ideal_authenticity(1) == pytest.approx(1 / 3)
    # The lens of two discs of radius 1 at distance 1 has the area 2π/3 − √3/2.
    lens = (2 * np.pi / 3 - np.sqrt(3) / 2) / np.pi
    assert _memorisation.ideal_authenticity(2) == pytest.approx(1 - 1 / (2 - lens))
    assert _memorisation.ideal_authenticity(1e4) == pytest.approx(0.5, abs=1e-6)


def test_authenticity_of_copies_and_of_strangers(sampler, random):
    train = sampler(500)
    assert _memorisation.authenticity(train, train[::-1]).value == 0.0
    twice = np.concatenate([train, train])
    assert _memorisation.authenticity(twice, train, dimension=6).value == 0.0
    assert _memorisation.authenticity(train, near_copies(train, random, 300)).value < 0.05
    assert _memorisation.authenticity(train, train + 1000.0).value == 1.0
    assert _memorisation.authenticity(train, sampler(300), dimension=6).dimension == 6


def test_copy_rate(sampler, random):
    train = sampler(2000)
    fake = sampler(2000)
    honest = _memorisation.copy_rate(train, fake)
    assert 0.0 <= honest.rate < 0.03
    fake[:500] = train[:500]
    assert _memorisation.copy_rate(train, fake).rate == pytest.approx(0.25, abs=0.03)
    assert _memorisation.copy_rate(train, fake, threshold=0.0).rate == 0.25
    assert _memorisation.copy_rate(train, fake, threshold=1e9) == (1.0, 1e9)
    with pytest.raises(InputError, match="threshold >= 0"):
        _memorisation.copy_rate(train, fake, threshold=-1.0)


def test_nearest_images_are_found(random):
    train = random.integers(0, 256, size=(20, 3, 3, 1), dtype=np.uint8)
    fake = train[[4, 7]].copy()
    fake[:, 0, 0] ^= 1
    flat = [x.reshape(len(x), -1).astype(np.float64) for x in (fake, train)]
    indices, gaps = _memorisation.nearest_training(*flat, count=2)
    assert indices[:, 0].tolist() == [4, 7]
    assert gaps[:, 0].tolist() == [1.0, 1.0]


def test_dimension_by_hand():
    """Ratios of the two nearest distances: 3/1, 2/1 and 3/2, whose logarithms add up to ln 9."""
    estimate = _memorisation.intrinsic_dimension([[0.0], [1.0], [3.0]])
    assert estimate == pytest.approx(2 / np.log(9.0), rel=1e-12)


def test_bad_input_is_one_line(sampler):
    with pytest.raises(InputError, match=r"train=\(6,\), fake=\(2,\)"):
        _memorisation.authenticity(sampler(10), np.zeros((10, 2)))
    with pytest.raises(InputError, match="NaN or infinity"):
        _memorisation.data_copying(sampler(10), sampler(10), np.full((10, 6), np.nan))
    with pytest.raises(InputError, match="copies only"):
        _memorisation.intrinsic_dimension(np.zeros((10, 2)))
    with pytest.raises(InputError, match="dimension > 0"):
        _memorisation.ideal_authenticity(0)
