"""Texts become tokens and texts again."""

import numpy as np
import pytest

from kgan.data import collect_vocabulary, detokenize, tokenize
from kgan.errors import InputError

WORDS = ("", "<unknown>", "the", "cat")


def test_texts_come_back():
    for vocabulary, texts in ((WORDS, ["the cat", "cat"]), (("", "a", "b"), ["ab", "b"])):
        assert detokenize(tokenize(texts, vocabulary, 3), vocabulary) == texts


def test_other_words_are_unknown_or_refused():
    np.testing.assert_array_equal(tokenize(["the dog"], WORDS, 3), [[2, 1, 0]])
    with pytest.raises(InputError, match=r"Unknown word\. Received: 'dog'. Known"):
        tokenize(["the dog"], ("", "the"), 3)


@pytest.mark.parametrize("text, count", [("the cat the cat", 4), ("", 0)])
def test_texts_of_another_length_are_refused(text, count):
    with pytest.raises(InputError, match=f"Expected texts of 1 to 3 words. Received: {count} in"):
        tokenize([text], WORDS, 3)


def test_rare_words_are_no_part_of_a_vocabulary():
    texts = ["b a", "a b", "b c"]
    assert collect_vocabulary(texts) == ("", "<unknown>", "b", "a")
    assert collect_vocabulary(texts, min_count=1)[-1] == "c"
