"""Precision, recall, density, coverage: by hand, against their expectations, and by direction."""

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.metrics import _distances, _prdc


def test_four_scores_by_hand():
    # Real balls (k = 1): 0 ± 1, 1 ± 1, 10 ± 9. Fake balls: 1.5 ± 1, 2.5 ± 1, 30 ± 27.5.
    real = np.array([[0.0], [1.0], [10.0]])
    fake = np.array([[1.5], [2.5], [30.0]])
    scores = _prdc.neighbourhoods(real, fake, 1, 1)
    assert scores.precision == pytest.approx(2 / 3)  # 30 is in none
    assert scores.recall == pytest.approx(2 / 3)  # 0 is in none
    assert scores.density == pytest.approx(3 / 3)  # 1.5 is in two, 2.5 in one
    assert scores.coverage == pytest.approx(2 / 3)  # the ball around 0 is empty


def test_the_two_numbers_of_neighbours_are_kept_apart(random):
    real, fake = random.normal(size=(60, 2)), random.normal(size=(50, 2)) + 0.7
    scores = _prdc.neighbourhoods(real, fake, 2, 4)
    assert _prdc.precision_recall(real, fake, 2) == (scores.precision, scores.recall)
    assert _prdc.density_coverage(real, fake, 4) == (scores.density, scores.coverage)
    assert _prdc.precision_recall(real, fake, 4) != (scores.precision, scores.recall)
    # Theirs: recall is precision with the roles exchanged.
    assert _prdc.precision_recall(fake, real, 2) == (scores.recall, scores.precision)


def test_expectations_of_a_true_sampler(random):
    n, m, k = 40, 25, 3
    scores = np.array(
        [
            _prdc.density_coverage(random.normal(size=(n, 5)), random.normal(size=(m, 5)), k)
            for _ in range(400)
        ]
    )
    errors = scores.std(axis=0) / 20
    expected = (1.0, _prdc.ideal_coverage(n, m, k))
    for mean, error, value in zip(scores.mean(axis=0), errors, expected, strict=True):
        assert mean == pytest.approx(value, abs=4 * error)
        assert 4 * error < 0.1


def test_ideal_coverage_by_hand():
    assert _prdc.ideal_coverage(2, 1, 1) == pytest.approx(1 / 2)
    assert _prdc.ideal_coverage(10**6, 10**6, 5) == pytest.approx(1 - 1 / 32, abs=1e-5)


def test_collapse_keeps_precision_and_loses_recall(random):
    real = random.normal(size=(500, 4))
    collapsed = 0.1 * random.normal(size=(500, 4))
    scores = _prdc.neighbourhoods(real, collapsed)
    assert scores.precision > 0.95 and scores.recall < 0.05
    assert scores.density > 1.2 and scores.coverage < 0.5


def test_noise_keeps_recall_and_loses_precision(random):
    real = random.normal(size=(500, 4))
    noisy = 4.0 * random.normal(size=(500, 4))
    scores = _prdc.neighbourhoods(real, noisy)
    assert scores.precision < 0.3 and scores.recall > 0.9
    assert scores.density < 0.3


def test_a_dropped_mode_is_recall_of_the_rest(random):
    modes = np.array([[0.0, 0.0], [50.0, 0.0], [0.0, 50.0], [50.0, 50.0]])
    real = np.repeat(modes, 100, axis=0) + random.normal(size=(400, 2))
    fake = np.repeat(modes[:3], 100, axis=0) + random.normal(size=(300, 2))
    scores = _prdc.neighbourhoods(real, fake)
    assert 0.65 < scores.recall <= 0.75
    assert 0.65 < scores.coverage <= 0.75


def test_order_and_tiles_do_not_matter(random, monkeypatch):
    real = random.normal(size=(90, 3)).astype(np.float32)
    fake = random.normal(size=(70, 3)).astype(np.float32)
    expected = _prdc.neighbourhoods(real, fake)
    assert _prdc.neighbourhoods(random.permutation(real), fake[::-1]) == expected
    monkeypatch.setattr(_distances, "_TILE", 32)
    assert _prdc.neighbourhoods(real, fake) == expected


def test_ties_are_inside_whatever_rounding_says():
    # A lattice: every nearest neighbour is at exactly 1/3, which float64 cannot hold.
    line = np.arange(30)[:, None] / 3.0 + 1000.0
    scores = _prdc.neighbourhoods(line, line + 1 / 3, 1, 1)
    # The last fake lies one step beyond the last real: on the edge of its ball.
    assert scores.precision == 1.0 and scores.recall == 1.0
    # Each fake is in three balls; the first two and the last have fewer beside them.
    assert scores.density == pytest.approx((28 * 3 + 2 + 1) / 30)


def test_bad_input_is_one_line(random):
    real = random.normal(size=(10, 2))
    with pytest.raises(InputError, match="more than 5 samples"):
        _prdc.neighbourhoods(real, real[:4], 5, 5)
    with pytest.raises(InputError, match="of one shape a sample"):
        _prdc.neighbourhoods(real, np.zeros((10, 3)))
    with pytest.raises(InputError, match="precision_neighbours >= 1"):
        _prdc.neighbourhoods(real, real, 0)
    with pytest.raises(InputError, match="real_count >= 6"):
        _prdc.ideal_coverage(5, 5, 5)


def test_recall_within_a_class_sees_one_picture_of_each(random):
    """All of class 0 is made, and of class 1 one point, in a corner."""
    labels = np.repeat([0, 1], 100)
    real = random.normal(size=(200, 2))
    fake = np.where(labels[:, None] == 0, real, 9.0 + 1e-3 * random.normal(size=(200, 2)))
    assert _prdc.intra_class_recall(real, labels, fake, labels) == {0: 1.0, 1: 0.0}
    with pytest.raises(InputError, match=r"at least 4 real and 4 fake .* 100 real and 3 fake of"):
        _prdc.intra_class_recall(real, labels, fake[:103], labels[:103])
