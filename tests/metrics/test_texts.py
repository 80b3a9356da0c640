"""Metrics of texts by hand."""

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.metrics import (
    NGramModel,
    fid,
    ngram_overlap,
    style_share,
    transfer_accuracy,
    vectorize_texts,
)


def test_a_models_odds_by_hand():
    # Of one word at a time: 1 twice, 2 once, 0 twice, of 5 tokens and 3 kinds.
    model = NGramModel([[1, 1, 0], [2, 0, 0]], vocabulary=4, order=1)
    odds = {word: (count + 3 / 4) / (5 + 3) for word, count in {0: 2, 1: 2, 2: 1, 3: 0}.items()}
    np.testing.assert_allclose(sum(odds.values()), 1.0)
    got = model.log_probabilities([[1, 3, 0]])
    np.testing.assert_allclose(got, [np.log(odds[1] * odds[3] * odds[0])])
    np.testing.assert_allclose(model.perplexity([[1, 3, 0]]), np.exp(-got[0] / 3))


@pytest.mark.parametrize("order", [2, 3])
def test_odds_sum_to_one_after_any_words(order, random):
    model = NGramModel(random.integers(0, 5, (30, 6)), vocabulary=5, order=order)
    for before in ((1,), (4, 2), (3, 3, 3)):
        # Without an end: what comes after an end is cut off.
        texts = np.array([[*before, word] for word in range(5)])
        logs = model.log_probabilities(texts) - model.log_probabilities(texts[:, :-1])
        np.testing.assert_allclose(np.exp(logs).sum(), 1.0, rtol=1e-9)


def test_its_own_texts_are_less_perplexing():
    model = NGramModel([[1, 2, 3, 0]] * 9, vocabulary=5)
    assert 1.0 < model.perplexity([[1, 2, 3, 0]]) < 1.6 < model.perplexity([[3, 2, 1, 0]])


def test_overlap_counts_n_grams_of_generated_texts():
    real = [[1, 2, 3, 0], [4, 4, 0, 0]]
    assert ngram_overlap(real, real, order=2) == 1.0
    # 12 and 23 are there, 31 and "1 and end" are not; what follows the end does not count.
    assert ngram_overlap(real, [[1, 2, 3, 1, 0], [1, 0, 4, 4, 0]], order=2) == 2 / 5
    assert ngram_overlap(real, [[0, 0, 0, 0]], order=4) == 0.0


def test_embeddings_tell_texts_apart(random):
    one, other, odd = (random.integers(1, top, (400, 5)) for top in (6, 6, 3))
    vectors = vectorize_texts(one, one, other, odd, size=8)
    assert vectors[0].shape == (400, 8)
    same, different = fid(vectors[0], vectors[1]), fid(vectors[0], vectors[2])
    assert same < 0.02 < 0.1 < different


def test_a_style_is_read(random):
    texts = random.integers(3, 9, (200, 5))
    styles = np.arange(200) % 2
    texts[:, 0] = 1 + styles
    assert style_share(texts[:150], styles[:150], texts[150:], styles[150:]) == 1.0
    assert style_share(texts[:150], styles[:150], texts[150:], 1 - styles[150:]) == 0.0


def test_right_texts_and_words():
    targets, made = [[1, 2, 0], [1, 2, 0], [3, 0, 0]], [[1, 2, 0], [1, 3, 3], [3, 0, 0]]
    np.testing.assert_allclose(transfer_accuracy(targets, made), (2 / 3, 4 / 6))


@pytest.mark.parametrize(
    "call",
    [
        lambda: NGramModel([[5]], vocabulary=5),
        lambda: NGramModel([[0.5]], vocabulary=5),
        lambda: ngram_overlap([1, 2], [[1]]),
        lambda: transfer_accuracy([[1]], [[1, 2]]),
    ],
)
def test_other_arrays_are_refused(call):
    with pytest.raises(InputError, match=r"Expected .* tokens"):
        call()
