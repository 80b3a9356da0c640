"""The parser accepts what the source makes, and refuses what has been tampered with."""

import itertools

import numpy as np
import pytest

from kgan.data import open_source
from kgan.data._detokenize import detokenize
from kgan.data._grammar import TOKENS, are_expressions, is_expression
from kgan.errors import InputError


@pytest.mark.parametrize("text", ["7", "1+2", "3*(4+1)-7", "((8))", "0-0*0", "(1)*(2-(3))"])
def test_expressions_are_accepted(text):
    assert is_expression(text)


@pytest.mark.parametrize(
    "text", ["", "12", "+1", "1+", "1+*2", "(1", "1)", "()", "(1+)", "1(2)", "(1)2", "a", "1 "]
)
def test_what_is_none_is_refused(text):
    assert not is_expression(text)


def test_the_parser_agrees_with_python(random):
    """Short texts of these letters are Python's expressions too, but for what Python allows."""
    letters = np.array(list("12+-*()"))
    accepted = 0
    for _ in range(4000):
        text = "".join(random.choice(letters, random.integers(1, 8)))
        try:
            compile(text, "", "eval")
            runs = True
        except SyntaxError:
            runs = False
        # Python's signs, powers, numbers of two digits, calls and empty tuples.
        unlike = any(
            pair in text for pair in ("**", "()", "11", "12", "21", "22", ")(", "1(", "2(")
        )
        signed = text[0] in "+-" or any(
            a in "+-*(" and b in "+-" for a, b in itertools.pairwise(text)
        )
        if not (unlike or signed):
            assert is_expression(text) == runs, text
            accepted += runs
    assert accepted > 50


def test_the_source_makes_expressions_of_every_letter():
    source = open_source("grammar", {"length": 12, "count": 2000})
    tokens = source.arrays()["tokens"]
    assert tokens.shape == (2000, 12) and source.vocabulary == TOKENS
    assert are_expressions(tokens).all()
    assert set(np.unique(tokens)) == set(range(len(TOKENS)))
    lengths = (tokens > 0).sum(axis=1)
    assert lengths.min() >= 3 and lengths.max() == 11  # they are odd
    assert len(set(detokenize(tokens, TOKENS))) > 1000
    np.testing.assert_array_equal(
        tokens[:50], open_source("grammar", {"length": 12, "count": 50}).arrays()["tokens"]
    )


def test_mutations_are_refused(random):
    tokens = open_source("grammar", {"count": 300}).arrays()["tokens"]
    lengths = (tokens > 0).sum(axis=1)
    rows = np.arange(len(tokens))
    doubled, holed, cut = tokens.copy(), tokens.copy(), tokens.copy()
    doubled[:, 1:] = tokens[:, :-1]  # the first letter twice: a digit, or a bracket too many
    holed[rows, random.integers(0, lengths - 1)] = 0  # nothing in the middle
    cut[rows, lengths - 1] = TOKENS.index("+")  # a sign at the end
    for mutated in (doubled, holed, cut):
        assert not are_expressions(mutated).any()


def test_what_cannot_be_is_refused():
    with pytest.raises(InputError, match=r"length >= 3. Received: length=2"):
        open_source("grammar", {"length": 2})
    with pytest.raises(InputError, match=r"Expected tokens \[N, T\] in \[0, 16\). Received"):
        are_expressions([[16, 0]])


def test_tokens_become_texts():
    assert detokenize(np.array([[3, 11, 1, 0, 0]]), TOKENS) == ["2+0"]
    assert detokenize([[0, 1]], ("red", "seven")) == ["red seven"]
    assert detokenize(np.array([[7, 0]]), 5000) == ["7 0"]
