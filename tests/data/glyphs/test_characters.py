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


def test_sets_of_other_scripts_have_the_sizes_of_their_standards():
    sizes = {"gb2312_level1": 3755, "gb2312_level2": 3008, "big5": 5401, "jis_level1": 2965}
    sizes |= {"hangul": 2350, "gb2312": 6763}
    assert {name: len(set(CHARACTERS[name])) for name in sizes} == sizes
    assert set("永和九年") <= set(CHARACTERS["gb2312"]) and "가" in CHARACTERS["hangul"]
    assert set("あアんン") <= set(CHARACTERS["kana"]) and set("é7?") <= set(
        CHARACTERS["latin_text"]
    )


def test_characters_of_a_file(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text("\ufeffab a\n\U00020000", "utf-8")
    assert expand_characters(str(path)) == ("a", "b", "\U00020000")
    path.write_bytes(b"\xff\xfe\xff")
    for name in (path, tmp_path / "no.txt"):
        with pytest.raises(InputError, match="Expected a text file of characters"):
            expand_characters(str(name))
