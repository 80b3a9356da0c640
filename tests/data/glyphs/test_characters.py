"""Sets of characters, and a split that depends on the character alone."""

import unicodedata

import pytest

from kgan.data._glyphs.characters import (
    CHARACTERS,
    HELD_OUT,
    expand_characters,
    is_held_out,
    select_split,
)
from kgan.errors import InputError


def test_wide_is_digits_and_letters_of_three_scripts_each_once():
    wide = CHARACTERS["wide"]
    assert len(wide) == len(set(wide)) == 10 + 428 + 127 + 248
    for character in "09azAZéŁΩжЯґ":
        assert character in wide
    # Ligatures are wide, and marks, symbols and caseless letters are no letters of the scripts.
    for character in "ǅǆĲŉ×÷ʰªʹ҂":
        assert character not in wide
    assert {unicodedata.category(c) for c in wide} == {"Lu", "Ll", "Nd"}


def test_a_text_is_its_own_set():
    assert expand_characters("digits") == tuple("0123456789")
    assert expand_characters("banana") == ("b", "a", "n")


def test_splits_are_disjoint_and_do_not_depend_on_the_other_characters():
    wide, latin = CHARACTERS["wide"], CHARACTERS["latin"]
    train, test = ({wide[n] for n in select_split(split, wide)} for split in ("train", "test"))
    assert train | test == set(wide) and not train & test
    assert abs(len(test) / len(wide) - HELD_OUT) < 0.03
    assert {latin[n] for n in select_split("test", latin)} == test & set(latin)
    assert select_split("all", "cab") == [0, 1, 2]
    assert [c for c in "0123456789" if is_held_out(c)] == ["8", "9"]


@pytest.mark.parametrize(
    ("split", "characters", "message"),
    [
        ("tset", "ab", "Unknown split. Received: 'tset'. Known, nearest first: test"),
        ("test", "01", "Received: split='test' of characters='01'"),
        ("train", "89", "Received: split='train' of characters='89'"),
    ],
)
def test_mistakes_are_named(split, characters, message):
    with pytest.raises(InputError, match=message):
        select_split(split, characters)
