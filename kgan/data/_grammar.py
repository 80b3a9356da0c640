"""Arithmetic expressions from a grammar: texts that a person can read and a parser can check.

expression → product | product + expression | product - expression
product    → factor | factor * product
factor     → digit | ( expression )
"""

import random
from collections.abc import Iterator
from typing import Literal

import numpy as np

from kgan.data._detokenize import detokenize
from kgan.data._source import MADE_BY_KGAN, Source
from kgan.errors import InputError, check_whole
from kgan.registry import SOURCES
from kgan.types import Array

register = SOURCES.register

# Token 0 is empty: it is read before the first token, and fills what follows the end.
TOKENS = ("", *"0123456789+-*()")
_DIGITS = tuple("0123456789")
_SIGNS = ("*", "+", "-")
# Of the expressions; the order in which they are read has its own.
_SEEDS = {"train": 0, "test": 1}
MORE = 0.7  # chance of one more sign and factor
BRACKET = 0.3  # chance that a factor is in brackets


@register("grammar")
def grammar(
    length: int = 20, count: int = 10_000, split: Literal["train", "test"] = "train"
) -> Source:
    """Arithmetic expressions with brackets, letter by letter, such as 3*(4+1)-7.

    Args:
        length: letters of the longest, at least 3; shorter ones are padded with token 0.
        count: expressions, ≥ 1; they may be alike.
        split: `"train"` or `"test"`, which was drawn apart and may hold some of the same.

    Returns:
        A `Source` of `tokens` [length] int32; its `vocabulary` holds the letters.

    Raises:
        InputError: an argument out of range.

    Example:
        >>> source = kgan.data.grammar()
        >>> kgan.data.detokenize(source.arrays(limit=2)["tokens"], source.vocabulary)
        ['6-4', '3+((8))']
    """
    check_whole(3, length=length)
    check_whole(1, count=count)
    if split not in _SEEDS:
        raise InputError(f"Expected split train or test. Received: {split!r}.")
    tokens = np.zeros((count, length), np.int32)
    for row, text in zip(tokens, draw_expressions(length, count, _SEEDS[split]), strict=True):
        row[: len(text)] = [TOKENS.index(letter) for letter in text]
    return Source.from_arrays(
        "grammar", {"tokens": tokens}, vocabulary=TOKENS, licence=MADE_BY_KGAN
    )


def draw_expressions(length: int, count: int, seed: int = 0) -> Iterator[str]:
    """Yields `count` random expressions of 2 to `length` letters."""
    draws = random.Random(seed)
    for _ in range(count):
        text = None
        while text is None or len(text) == 1:  # too long, or a bare digit
            text = _expression(draws, length)
        yield text


def is_expression(text: str) -> bool:
    """Returns whether a text is an expression of the grammar.

    Example:
        >>> is_expression("3*(4+1)"), is_expression("3*(4+"), is_expression("12")
        (True, False, False)
    """
    return _expression_end(text, 0) == len(text)


def are_expressions(tokens: Array) -> Array:
    """Returns bool [N]: whether tokens [N, T] are an expression and then nothing but token 0.

    Raises:
        InputError: for tokens that the grammar does not have.
    """
    tokens = np.asarray(tokens)
    if tokens.ndim != 2 or tokens.min(initial=0) < 0 or tokens.max(initial=0) >= len(TOKENS):
        raise InputError(
            f"Expected tokens [N, T] in [0, {len(TOKENS)}). Received: {tokens.shape}, up to "
            f"{tokens.max(initial=0)}. Check samples of a run on grammar."
        )
    ended = np.diff((tokens == 0).astype(int), axis=1).min(axis=1, initial=0) >= 0
    return ended & np.array([is_expression(text) for text in detokenize(tokens, TOKENS)], bool)


def _expression(draws, room):
    """Returns a random expression of at most `room` letters, or None where it grew longer."""
    text = ""
    while True:
        if draws.random() < BRACKET and room - len(text) > 2:
            inner = _expression(draws, room - len(text) - 2)
            if inner is None:
                return None
            text += f"({inner})"
        else:
            text += draws.choice(_DIGITS)
        if len(text) > room:
            return None
        if draws.random() >= MORE:
            return text
        text += draws.choice(_SIGNS)


def _expression_end(text, start):
    """Returns where the expression that starts here ends, or None if there is none."""
    return _chain_end(text, start, "+-", _product_end)


def _product_end(text, start):
    return _chain_end(text, start, "*", _factor_end)


def _chain_end(text, start, signs, part_end):
    end = part_end(text, start)
    while end is not None and text[end : end + 1] and text[end] in signs:
        end = part_end(text, end + 1)
    return end


def _factor_end(text, start):
    if text[start : start + 1] == "(":
        end = _expression_end(text, start + 1)
        return end + 1 if end is not None and text[end : end + 1] == ")" else None
    return start + 1 if text[start : start + 1] and text[start] in _DIGITS else None
