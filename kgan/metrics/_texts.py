"""Metrics of token sequences: n-grams, an outside language model, and right transfers.

Texts are tokens [N, T] of whole numbers; token 0 ends a text, and fills what follows.
"""

import collections
import functools
import math

import numpy as np
from numpy.typing import ArrayLike
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from kgan.errors import InputError, check_whole
from kgan.types import Array

_END = 0
_WORDS_AT_ONCE = 3  # of the n-grams of embeddings and of the style's classifier


class NGramModel:
    """A language model by counts, interpolated by Witten and Bell's rule.

    p_n(w | h) = (c(h w) + d(h) p_{n−1}(w | h')) / (c(h) + d(h)), where c counts and d(h) is how
    many different words follow h; below one word all are alike.

    Args:
        tokens: [N, T], the texts that it learns.
        vocabulary: how many tokens there are, ≥ 2.
        order: words it looks at, the one that is foretold included, ≥ 1.

    Example:
        >>> model = NGramModel([[1, 2, 0], [1, 2, 0]], vocabulary=3)
        >>> round(model.perplexity([[1, 2, 0]]), 2) < round(model.perplexity([[2, 1, 0]]), 2)
        True

    Reference: Witten and Bell 1991, doi:10.1109/18.87000.
    """

    def __init__(self, tokens: ArrayLike, vocabulary: int, order: int = 5) -> None:
        check_whole(1, order=order)
        check_whole(2, vocabulary=vocabulary)
        self.vocabulary = vocabulary
        self.order = order
        self._counts = collections.Counter()
        for text in _cut(tokens, vocabulary):
            padded = (_END,) * (order - 1) + text
            for place in range(order - 1, len(padded)):
                for size in range(order):
                    self._counts[padded[place - size : place + 1]] += 1
        self._totals, self._kinds = collections.Counter(), collections.Counter()
        for words, count in self._counts.items():
            self._totals[words[:-1]] += count
            self._kinds[words[:-1]] += 1
        self._odds = functools.cache(self._compute_odds)

    def log_probabilities(self, tokens: ArrayLike) -> Array:
        """Returns log p of texts [N, T], with their end, in nats, float64 [N]."""
        sums = []
        for text in _cut(tokens, self.vocabulary):
            padded = (_END,) * (self.order - 1) + text
            ends = range(self.order, len(padded) + 1)
            sums.append(sum(math.log(self._odds(padded[end - self.order : end])) for end in ends))
        return np.array(sums)

    def perplexity(self, tokens: ArrayLike) -> float:
        """Returns exp(−log p a token) of texts [N, T], the ends counted as tokens."""
        count = sum(map(len, _cut(tokens, self.vocabulary)))
        return math.exp(-self.log_probabilities(tokens).sum() / count)

    def _compute_odds(self, words):
        """Returns p of the last word after the others."""
        if not words:
            return 1.0 / self.vocabulary
        before, kinds = words[:-1], self._kinds[words[:-1]]
        shorter = self._odds(words[1:])
        if not kinds:
            return shorter
        return (self._counts[words] + kinds * shorter) / (self._totals[before] + kinds)


def ngram_overlap(real: ArrayLike, fake: ArrayLike, order: int = 4) -> float:
    """Returns the share of the n-grams of generated texts that real ones hold, n = `order`.

    Args:
        real: tokens [N, T].
        fake: tokens [M, T]; the end of a text counts as a word.
        order: n, ≥ 1.

    Example:
        >>> ngram_overlap([[1, 2, 3, 0]], [[2, 3, 1, 0]], order=2)  # 23; not 31, nor 1 at an end
        0.3333333333333333
    """
    check_whole(1, order=order)
    known = {words for text in _cut(real) for words in _slide(text, order)}
    written = [words in known for text in _cut(fake) for words in _slide(text, order)]
    return float(np.mean(written)) if written else 0.0


def vectorize_texts(train: ArrayLike, *others: ArrayLike, size: int = 32) -> list[Array]:
    """Returns vectors float64 [N, size] of each of several sets of texts.

    They are counts of 1 to 3 words at once, weighted by how rare they are in `train`, on the
    directions in which these vary most (latent semantic analysis).

    Args:
        train: tokens [N, T], by which the directions are chosen.
        others: tokens [M, T] each, of which vectors are returned.
        size: length of a vector, ≥ 1; at most as many as there are n-grams.

    Reference: Deerwester et al. 1990.
    """
    counts = TfidfVectorizer(analyzer=_list_ngrams).fit(_as_lists(train))
    size = min(size, len(counts.vocabulary_) - 1)
    reduce = TruncatedSVD(size, random_state=0).fit(counts.transform(_as_lists(train)))
    return [reduce.transform(counts.transform(_as_lists(other))) for other in others]


def style_share(texts: ArrayLike, styles: ArrayLike, made: ArrayLike, wanted: ArrayLike) -> float:
    """Returns the share of texts that a classifier of n-grams reads as the style wanted.

    Args:
        texts: tokens [N, T], which the classifier learns.
        styles: [N] whole numbers, theirs.
        made: tokens [M, T], which it reads.
        wanted: [M] whole numbers.
    """
    # Linear in the n-grams: it cannot be the critic's twin.
    reader = make_pipeline(TfidfVectorizer(analyzer=_list_ngrams), LogisticRegression(C=10.0))
    reader.fit(_as_lists(texts), np.asarray(styles))
    return float((reader.predict(_as_lists(made)) == np.asarray(wanted)).mean())


def transfer_accuracy(targets: ArrayLike, made: ArrayLike) -> tuple[float, float]:
    """Returns the share of texts that are what they should be, and that of words.

    A word is right at its place; words beyond the end of the other text are wrong.

    Args:
        targets: tokens [N, T].
        made: tokens [N, T].

    Example:
        >>> transfer_accuracy([[1, 2, 0], [1, 2, 0]], [[1, 2, 0], [1, 3, 3]])
        (0.5, 0.6)
    """
    targets, made = np.asarray(targets), np.asarray(made)
    if targets.shape != made.shape or targets.ndim != 2:
        raise InputError(
            f"Expected two arrays of tokens [N, T]. Received: {targets.shape} and {made.shape}."
        )
    same, there = targets == made, (targets != _END) | (made != _END)
    return float(same.all(axis=1).mean()), float((same & there).sum() / max(there.sum(), 1))


def _cut(tokens, vocabulary=None):
    """Returns each text as a tuple that ends with its first token 0, if it has one."""
    tokens = np.asarray(tokens)
    whole = tokens.ndim == 2 and np.issubdtype(tokens.dtype, np.integer)
    if not whole or (
        tokens.size and not 0 <= tokens.min() <= tokens.max() < (vocabulary or np.inf)
    ):
        raise InputError(
            f"Expected whole tokens [N, T] from 0 to {(vocabulary or math.inf) - 1}. Received: "
            f"{tokens.dtype.name} {tokens.shape}."
        )
    rows = tokens.tolist()
    return [tuple(row[: row.index(_END) + 1]) if _END in row else tuple(row) for row in rows]


def _slide(words, size):
    """Yields each `size` words that follow each other."""
    return zip(*(words[place:] for place in range(size)), strict=False)


def _as_lists(tokens):
    return [list(text) for text in _cut(tokens)]


def _list_ngrams(text):
    """Returns the n-grams of a text, which begins with an end too."""
    padded = [_END, *text]
    return [words for size in range(1, _WORDS_AT_ONCE + 1) for words in _slide(padded, size)]
