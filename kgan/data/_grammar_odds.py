"""How likely expressions of the grammar are, exactly, and its entropy."""

import functools
import math
from collections.abc import Iterable

import numpy as np

from kgan.data._grammar import BRACKET, MORE, draw_expressions, is_expression
from kgan.errors import InputError, check_whole
from kgan.types import Array

_SIGNS, _DIGITS = 3, 10


def expression_log_probabilities(texts: Iterable[str], length: int = 20) -> Array:
    """Returns log p in nats, float64 [N], of expressions as `grammar(length)` draws them.

    Args:
        texts: expressions of 2 to `length` letters.
        length: letters of the longest, at least 3.

    Raises:
        InputError: for a text that the grammar does not write.

    Example:
        >>> expression_log_probabilities(["1+2", "3-4"]).round(2)
        array([-7.14, -7.14])
    """
    check_whole(3, length=length)
    texts = list(texts)
    for text in texts:
        if not 2 <= len(text) <= length or not is_expression(text):
            raise InputError(f"Expected expressions of 2 to {length} letters. Received: {text!r}.")
    # Those drawn too long, or as a bare digit, are drawn again.
    lengths = _length_odds(length)
    kept = math.log(sum(lengths[2:]))
    return np.array([_log_odds(text, length) - kept for text in texts])


def expression_entropy(length: int = 20, count: int = 50_000) -> float:
    """Returns the entropy of `grammar(length)` in nats an expression, by `count` draws.

    Args:
        length: letters of the longest, at least 3.
        count: draws, ≥ 1; with 50,000 it is right to about 0.05.
    """
    return -float(expression_log_probabilities(draw_expressions(length, count), length).mean())


def _log_odds(text, room):
    """Returns log p of an expression in so much room, drawn once."""
    total, place = 0.0, 0
    while True:
        choice = room - place > 2
        if text[place] == "(":
            end = _closing(text, place)
            inner = text[place + 1 : end]
            total += math.log(BRACKET) + _log_odds(inner, room - place - 2)
            place = end + 1
        else:
            total += (math.log(1.0 - BRACKET) if choice else 0.0) - math.log(_DIGITS)
            place += 1
        if place == len(text):
            return total + math.log(1.0 - MORE)
        total += math.log(MORE / _SIGNS)
        place += 1


def _closing(text, start):
    """Returns where the bracket that opens at `start` is closed."""
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] == "(") - (text[place] == ")")
        if not depth:
            return place
    raise InputError(f"Expected closed brackets. Received: {text!r}.")


@functools.cache
def _length_odds(room):
    """Returns p that an expression drawn once in so much room has n letters, for n = 0 … room."""
    if room < 1:
        return (0.0,) * (max(room, 0) + 1)
    ends = [0.0] * (room + 1)
    begins = [1.0] + [0.0] * room  # that a part begins after so many letters
    for place in range(room):
        here = begins[place]
        bracket = BRACKET if room - place > 2 else 0.0
        parts = {place + 1: 1.0 - bracket}
        if bracket:
            for size, odds in enumerate(_length_odds(room - place - 2)):
                parts[place + size + 2] = parts.get(place + size + 2, 0.0) + bracket * odds
        for end, odds in parts.items():
            ends[end] += here * odds * (1.0 - MORE)
            if end + 1 <= room:
                begins[end + 1] += here * odds * MORE
    return tuple(ends)
