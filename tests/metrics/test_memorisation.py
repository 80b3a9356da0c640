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


@pytest.mark.parametrize("dimension, expected", [(1, 1 / 3), (10, 0.63), (64, 0.84)])
def test_a_true_sampler_is_as_authentic_as_held_out_samples(random, dimension, expected):
    """On a line 1/3, by Clark and Evans 1955; in many dimensions far more than half."""
    train, fake, held_out = random.normal(size=(3, 1500, dimension))
    result = _memorisation.authenticity(train, fake, held_out)
    assert result.value == pytest.approx(expected, abs=0.04)
    assert result.ideal == pytest.approx(result.value, abs=0.05)
    assert result.ideal == _memorisation.authenticity(train, held_out).value
    halves = _memorisation.authenticity(train, fake).ideal  # where nothing is held out
    assert halves == pytest.approx(result.value, abs=0.06)
    fake[: len(fake) * 2 // 5] = train[: len(fake) * 2 // 5]
    copied = _memorisation.authenticity(train, fake, held_out)
    assert copied.value < copied.ideal - 0.1  # 40 % copies do not look ideal


def test_authenticity_of_copies_and_of_strangers(sampler, random):
    train = sampler(500)
    assert _memorisation.authenticity(train, train[::-1]).value == 0.0
    twice = np.concatenate([train, train])
    assert _memorisation.authenticity(twice, train).value == 0.0
    assert _memorisation.authenticity(train, near_copies(train, random, 300)).value < 0.05
    assert _memorisation.authenticity(train, train + 1000.0).value == 1.0


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


def test_bad_input_is_one_line(sampler):
    with pytest.raises(InputError, match=r"train=\(6,\), fake=\(2,\)"):
        _memorisation.authenticity(sampler(10), np.zeros((10, 2)))
    with pytest.raises(InputError, match="NaN or infinity"):
        _memorisation.data_copying(sampler(10), sampler(10), np.full((10, 6), np.nan))
