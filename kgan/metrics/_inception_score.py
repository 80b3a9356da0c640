"""Inception Score: confident predictions of each sample, diverse predictions over all.

IS = exp E KL(p(y|x) ‖ p(y)), from 1 (one answer to all) to the number of classes K. It never
looks at real data: a generator that shows one perfect picture of each class scores K.

Reference: Section 4, Salimans et al. 2016, arXiv:1606.03498.
"""

import numpy as np
from numpy.typing import ArrayLike

from kgan.errors import InputError, check_whole
from kgan.metrics import _validation
from kgan.metrics._fid import Blocks
from kgan.types import Array

_SUM_TOLERANCE = 1e-3  # float16 rounds each prediction by up to 2⁻¹¹ of itself, and so their sum


class Predictions:
    """What the score needs of logits that come in batches: float64, constant memory.

    Example:
        >>> predictions = Predictions()
        >>> predictions.update(logits)
        >>> predictions.score()
        7.9
    """

    def __init__(self) -> None:
        self._blocks = Blocks("logits")
        self._sums = 0.0, 0.0  # of p, [K], and of Σ p log p

    def update(self, logits: ArrayLike) -> None:
        """Adds logits [B, K]: unnormalised log-probabilities."""
        for block in self._blocks.add(logits):
            self._sums = self._sums_with(block)

    def score(self) -> float:
        """Returns the Inception Score of all logits so far, in [1, K]."""
        count = self._blocks.count
        if not count:
            raise InputError("Expected at least one sample. Received: 0. Draw more.")
        total, own = self._sums_with(self._blocks.rest)
        return _score(total / count, own / count)

    def _sums_with(self, block):
        from scipy.special import log_softmax

        logarithms = log_softmax(block, axis=1)
        probabilities = np.exp(logarithms)
        own = (probabilities * logarithms).sum()
        return self._sums[0] + probabilities.sum(axis=0), self._sums[1] + own


def inception_score(logits: ArrayLike, splits: int = 1) -> float:
    """Returns the Inception Score, from 1 to K; higher is better.

    Args:
        logits: [N, K] unnormalised log-probabilities of an image classifier.
        splits: return the mean score of so many consecutive parts of the samples, which must be
            in random order; the literature's 10 lowers the score where parts are small.

    Raises:
        InputError: NaN, no samples, or more splits than samples.

    Example:
        >>> inception_score(50.0 * np.eye(4))
        4.0

    Reference: Section 4, Salimans et al. 2016, arXiv:1606.03498.
    """
    return float(np.mean(inception_scores(logits, splits)))


def inception_scores(logits: ArrayLike, splits: int = 10) -> Array:
    """Returns the score of each of `splits` consecutive parts, [splits], for their spread.

    Args: as `inception_score`.
    """
    logits = _validation.check_rows("logits", logits, least=1)
    check_whole(1, splits=splits)
    if splits > len(logits):
        raise InputError(
            f"Expected at most as many splits as samples. Received: splits={splits} "
            f"of {len(logits)} samples."
        )
    scores = []
    for part in np.array_split(logits, splits):
        predictions = Predictions()
        predictions.update(part)
        scores.append(predictions.score())
    return np.array(scores)


def inception_score_from_probabilities(probabilities: ArrayLike) -> float:
    """Returns the Inception Score of predictions [N, K], each row summing to one.

    Example:
        >>> inception_score_from_probabilities(np.eye(10))
        10.0
    """
    from scipy.special import xlogy

    predictions = _validation.check_rows("probabilities", probabilities, least=1)
    predictions = predictions.astype(np.float64)
    error = np.abs(predictions.sum(axis=1) - 1.0).max()
    if predictions.min() < 0 or error > _SUM_TOLERANCE:
        raise InputError(
            f"Expected probabilities >= 0 that sum to 1 in each row. Received: least "
            f"{predictions.min():g}, a sum off by {error:g}. Pass logits to inception_score."
        )
    own = xlogy(predictions, predictions).sum(axis=1).mean()
    return _score(predictions.mean(axis=0), own)


def _score(marginal, own):
    from scipy.special import xlogy

    return float(np.exp(own - xlogy(marginal, marginal).sum()))
