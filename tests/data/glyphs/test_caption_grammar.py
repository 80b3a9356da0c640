"""Captions say what they were asked to say, in words that are known beforehand."""

import itertools
import re

import numpy as np
import pytest

from kgan.data._glyphs.caption_grammar import (
    COLORS,
    FAMILIES,
    WEIGHTS,
    is_combination_held_out,
    list_color_pairs,
    list_words,
    write_caption,
)
from kgan.errors import InputError

DIGITS = "0123456789"
# Written out anew: what a word may stand for.
MEANING = {
    "black": "black ebony", "blue": "blue navy", "red": "red crimson scarlet",
    "green": "green emerald", "yellow": "yellow golden", "white": "white snowy",
    "regular": "regular thin normal", "bold": "bold heavy thick", "sans": "sans grotesque",
    "serif": "serif roman", "italic": "italic slanted cursive", "7": "7 seven",
}  # fmt: skip


def said(words, name):
    return [word for word in words if word in MEANING[name].split()]


def test_the_plainest_caption():
    assert write_caption("7", "red", "blue") == "a red 7 on blue"
    assert write_caption("7", "red", "blue", "bold", "serif") == "a bold red serif 7 on blue"
    assert write_caption("Q", "red", "blue", family="italic") == "a red italic Q on blue"


def test_every_wording_says_each_attribute_once_and_nothing_else():
    of_attributes = {word for words in MEANING.values() for word in words.split()}
    for wording in range(300):
        words = write_caption("7", "red", "blue", "bold", "italic", wording).split()
        for name in ("7", "red", "blue", "bold", "italic"):
            assert len(said(words, name)) == 1
        assert len(of_attributes & set(words)) == 5 and len(words) <= 10
        open_words = write_caption("7", "red", "blue", wording=wording).split()
        assert len(of_attributes & set(open_words)) == 3


def test_colour_and_background_are_told_apart_by_the_sentence():
    # With both colours exchanged no wording may come out the same.
    one = {write_caption("7", "red", "blue", wording=number) for number in range(300)}
    other = {write_caption("7", "blue", "red", wording=number) for number in range(300)}
    assert len(one) > 50 and not one & other


def test_the_background_stands_after_a_preposition_or_an_article():
    for number in range(300):
        words = write_caption("7", "red", "blue", "bold", "italic", number).split()
        (place,) = (n for n, word in enumerate(words) if word in ("blue", "navy"))
        assert words[place - 1] in ("on", "over", "a", "an")
        # The adjectives stand together.
        places = [words.index(said(words, name)[0]) for name in ("red", "bold", "italic")]
        assert max(places) - min(places) == 2


def test_wordings_differ_repeat_and_use_every_synonym():
    texts = [write_caption("7", "red", "blue", "bold", "italic", number) for number in range(2000)]
    assert texts == [write_caption("7", "red", "blue", "bold", "italic", n) for n in range(2000)]
    # 6 templates, 3 orders, 2 x 3 x 2 x 3 x 3 synonyms.
    assert len(set(texts)) > 1000
    words = [word for text in texts for word in text.split()]
    for name in ("7", "red", "blue", "bold", "italic"):
        counts = [words.count(word) for word in MEANING[name].split()]
        assert min(counts) > 0.8 * 2000 / len(counts)


def test_articles():
    texts = [
        write_caption("8", color, background, weight, family, number)
        for color, background in list_color_pairs()
        for weight, family in (("regular", "italic"), (None, None))
        for number in range(50)
    ]
    assert any(text.startswith("an emerald ") for text in texts)
    for text in texts:
        assert not re.search(r"\ba [aeiou]|\ban [^aeiou]", text)


def test_vocabulary_holds_every_word_and_no_other():
    met = set()
    for character, (color, background) in itertools.product("789", list_color_pairs()):
        for weight, family, number in itertools.product(WEIGHTS, FAMILIES, range(12)):
            met |= set(write_caption(character, color, background, weight, family, number).split())
    assert list_words("789") == tuple(sorted(met))
    digits = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}
    assert set(list_words(DIGITS)) - set(list_words()) == {*DIGITS, *digits}


def test_colours_can_be_read():
    luma = {name: np.dot(rgb, [0.299, 0.587, 0.114]) for name, rgb in COLORS.items()}
    pairs = list_color_pairs()
    assert len(pairs) == len(set(pairs)) == 24
    for color, background in pairs:
        assert abs(luma[color] - luma[background]) >= 55
    assert ("red", "blue") in pairs and ("red", "green") not in pairs
    # Colours themselves stay apart, so that a classifier can name them.
    for one, other in itertools.combinations(COLORS.values(), 2):
        assert np.linalg.norm(np.subtract(one, other)) > 150


def test_a_sixth_of_the_combinations_is_held_out_and_every_two_parts_of_them_are_seen():
    pairs = list_color_pairs()
    held = [c for c in itertools.product(DIGITS, pairs) if is_combination_held_out(c[0], *c[1])]
    assert len(held) == 36  # of 240
    seen = [(d, *colors) for d, colors in itertools.product(DIGITS, pairs)
            if (d, colors) not in held]  # fmt: skip
    for first, second, count in ((0, 1, 60), (0, 2, 60), (1, 2, 24)):
        assert len({(c[first], c[second]) for c in seen}) == count


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("7", "pink", "blue"), "Unknown color. Received: 'pink'"),
        (("7", "red", "pink"), "Unknown background. Received: 'pink'"),
        (("7", "red", "blue", "fat"), "Unknown weight. Received: 'fat'. Known, nearest first"),
        (("7", "red", "blue", "bold", "mono"), "Unknown family. Received: 'mono'"),
    ],
)
def test_mistakes_are_named(arguments, message):
    with pytest.raises(InputError, match=message):
        write_caption(*arguments)
