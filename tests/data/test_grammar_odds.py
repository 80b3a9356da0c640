"""The grammar's odds sum to 1, and are those of its draws."""

import itertools
import math
import re

import numpy as np
import pytest

from kgan.data import expression_entropy, expression_log_probabilities, is_expression
from kgan.data._grammar import draw_expressions
from kgan.errors import InputError


@pytest.mark.parametrize("length", [3, 4, 6])
def test_the_odds_of_all_expressions_sum_to_one(length):
    total = 0.0
    for size in range(2, length + 1):
        for letters in itertools.product("1+()", repeat=size):
            text = "".join(letters)
            if is_expression(text):  # for all digits and signs in its places
                alike = 10 ** text.count("1") * 3 ** text.count("+")
                total += alike * math.exp(expression_log_probabilities([text], length)[0])
    np.testing.assert_allclose(total, 1.0, rtol=1e-12)


def test_draws_have_these_odds():
    texts = list(draw_expressions(6, 20_000))
    for shape in ("d+d", "(d)", "d+d+d", "(d+d)"):
        plain = shape.replace("d", "1")
        alike = 10 ** shape.count("d") * 3 ** shape.count("+")
        wanted = alike * math.exp(expression_log_probabilities([plain], 6)[0])
        masks = [re.sub("[-*]", "+", re.sub("[0-9]", "d", text)) for text in texts]
        np.testing.assert_allclose(masks.count(shape) / len(texts), wanted, atol=0.012)


def test_the_entropy_of_the_shortest_is_by_hand():
    # Of three letters at most: (d) and d+d, 10 and 300 of them.
    bracket = 0.3 * 0.3 / 10
    chain = 0.7 * (1.0 / 10) * 0.7 * (1.0 / 3) * (1.0 / 10) * 0.3
    total = 10 * bracket * 0.3 + 300 * chain
    odds = np.array([bracket * 0.3] * 10 + [chain] * 300) / total
    got = np.exp(expression_log_probabilities(["(7)", "1+2"], 3))
    np.testing.assert_allclose(got, odds[[0, -1]], rtol=1e-12)
    entropy = -(odds * np.log(odds)).sum()
    np.testing.assert_allclose(expression_entropy(3, 5000), entropy, atol=0.05)


@pytest.mark.parametrize("text", ["1", "12", "1+", "1+2+3+4"])
def test_what_the_grammar_does_not_write_is_refused(text):
    with pytest.raises(InputError, match="Expected expressions of 2 to 5 letters"):
        expression_log_probabilities([text], 5)
