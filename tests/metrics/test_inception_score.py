"""The Inception Score of predictions whose score is known."""

import numpy as np
import pytest
from scipy import special, stats

from kgan.errors import InputError
from kgan.metrics import _inception_score as scores


def test_one_hot_predictions_score_the_number_of_classes():
    logits = np.tile(1000.0 * np.eye(7), (30, 1))
    assert scores.inception_score(logits) == pytest.approx(7.0, rel=1e-12)
    assert scores.inception_score_from_probabilities(np.eye(7)) == pytest.approx(7.0, rel=1e-12)


def test_constant_predictions_score_one(random):
    logits = np.tile(random.normal(size=(1, 5)), (40, 1))
    assert scores.inception_score(logits) == pytest.approx(1.0, abs=1e-12)
    assert scores.inception_score_from_probabilities(np.full((3, 4), 0.25)) == pytest.approx(1.0)


def test_unequal_classes_score_the_exponential_of_their_entropy():
    predictions = np.eye(3)[[0, 0, 0, 1, 1, 2]]
    expected = np.exp(stats.entropy([1 / 2, 1 / 3, 1 / 6]))
    assert scores.inception_score_from_probabilities(predictions) == pytest.approx(expected)


def test_the_definition(random):
    logits = random.normal(size=(50, 6)) * 3.0
    p = special.softmax(logits, axis=1)
    expected = np.exp(np.mean([stats.entropy(row, p.mean(axis=0)) for row in p]))
    assert scores.inception_score(logits) == pytest.approx(expected, rel=1e-12)
    assert scores.inception_score_from_probabilities(p) == pytest.approx(expected, rel=1e-12)


def test_batches_of_any_size_and_order_give_the_same(random):
    logits = random.normal(size=(2500, 10)).astype(np.float32) * 2.0
    expected = scores.inception_score(logits)
    for size in (1, 7, 1000):
        predictions = scores.Predictions()
        for start in range(0, len(logits), size):
            predictions.update(logits[start : start + size])
        assert predictions.score() == expected
    assert scores.inception_score(random.permutation(logits)) == pytest.approx(expected, rel=1e-12)


def test_splits_are_scored_apart(random):
    logits = random.normal(size=(10, 3))
    parts = scores.inception_scores(logits, splits=2)
    expected = [scores.inception_score(logits[:5]), scores.inception_score(logits[5:])]
    np.testing.assert_allclose(parts, expected, rtol=1e-12, atol=0)
    assert scores.inception_score(logits, splits=2) == pytest.approx(np.mean(expected))


def test_half_precision_is_enough():
    """Float16 rounds a thousandth up: a thousand of them sum to 1.0004."""
    predictions = np.full((4, 1000), 1e-3, np.float16)
    assert predictions.sum(axis=1, dtype=np.float64).min() > 1.0003
    assert scores.inception_score_from_probabilities(predictions) == pytest.approx(1.0, rel=1e-2)


def test_bad_input_is_one_line():
    with pytest.raises(InputError, match="sum to 1 in each row"):
        scores.inception_score_from_probabilities([[0.5, 0.6]])
    with pytest.raises(InputError, match="splits=3 of 2 samples"):
        scores.inception_scores(np.zeros((2, 3)), splits=3)
    with pytest.raises(InputError, match="NaN"):
        scores.inception_score([[np.nan, 1.0]])
    with pytest.raises(InputError, match="at least one sample"):
        scores.Predictions().score()
    predictions = scores.Predictions()
    predictions.update(np.zeros((2, 3)))
    with pytest.raises(InputError, match="logits of width 3"):
        predictions.update(np.zeros((2, 4)))
