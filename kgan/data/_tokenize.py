"""From texts to tokens, and the words that a set of texts is made of."""

import collections
from collections.abc import Iterable, Sequence

import numpy as np

from kgan.errors import InputError, UnknownNameError
from kgan.types import Array

UNKNOWN = "<unknown>"  # the token of words that a vocabulary lacks, where it has one


def tokenize(texts: Iterable[str], vocabulary: Sequence[str], length: int) -> Array:
    """Returns tokens [N, length] int32 of texts: the inverse of `detokenize`.

    Args:
        texts: words with blanks between them, or letters where all names are single ones.
        vocabulary: names of the tokens, of which the first, `""`, fills what follows the end;
            with `"<unknown>"` among them every other word is that one.
        length: tokens of a text, ≥ 1.

    Raises:
        InputError: a text without words or with more than `length`, or a word that is not in the
            vocabulary.

    Example:
        >>> tokenize(["ab", "b"], ("", "a", "b"), 3)
        array([[1, 2, 0],
               [2, 0, 0]], dtype=int32)
    """
    numbers = {name: number for number, name in enumerate(vocabulary)}
    letters = max(map(len, vocabulary)) <= 1
    texts = list(texts)
    tokens = np.zeros((len(texts), length), np.int32)
    for row, text in zip(tokens, texts, strict=True):
        words = list(text) if letters else text.split()
        if not 1 <= len(words) <= length:
            raise InputError(
                f"Expected texts of 1 to {length} {'letters' if letters else 'words'}. Received: "
                f"{len(words)} in {text!r}. Cut it."
            )
        for place, word in enumerate(words):
            number = numbers.get(word, numbers.get(UNKNOWN))
            if number is None:
                raise UnknownNameError("word", word, [name for name in vocabulary if name])
            row[place] = number
    return tokens


def collect_vocabulary(texts: Iterable[str], min_count: int = 2) -> tuple[str, ...]:
    """Returns `("", "<unknown>", …)` and the words that texts hold, the commonest first.

    Args:
        texts: words with blanks between them.
        min_count: how often a word must stand in them, ≥ 1; rarer ones are unknown.

    Example:
        >>> collect_vocabulary(["a b", "a b", "a c"])
        ('', '<unknown>', 'a', 'b')
    """
    counts = collections.Counter(word for text in texts for word in text.split())
    common = sorted((-count, word) for word, count in counts.items() if count >= min_count)
    return ("", UNKNOWN, *(word for _, word in common))
