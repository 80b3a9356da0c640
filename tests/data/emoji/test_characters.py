"""Emoji are pictures with names; groups and splits depend on the code point alone."""

import pytest

from kgan.data._emoji.characters import (
    _RANGES,
    GROUPS,
    group_of,
    is_emoji,
    name_emoji,
    select_split,
)
from kgan.errors import InputError


def test_letters_halves_of_flags_and_what_has_no_name_are_none():
    assert all(is_emoji(ord(character)) for character in "😀☕🚀❤‼⤴")
    assert not any(is_emoji(ord(character)) for character in "a7#©é")
    assert not any(map(is_emoji, (0x1F1E9, 0x1F3FB, 0x200D, 0xFE0F, 0xE000, 0x3FFFF)))


def test_names_are_words():
    assert name_emoji(0x1F600) == "grinning face"
    assert name_emoji(0x1F60D) == "smiling face with heart shaped eyes"


@pytest.mark.parametrize(
    ("group", "characters"),
    [
        ("faces", "😀🙂🤖👻☺😎🤯"),
        ("people", "👋👶👮🙋🥷💪👀🎅🤷"),
        ("animals", "🐱🦄🐙🦋🐳🕷"),
        ("plants and food", "🌵🍎🍕☕🥑🍺🌻"),
        ("weather", "☀⛄🌈🌙❄"),
        ("travel", "🚀🚗🏠🗼⚓"),
        ("activities", "⚽🎨🎸🎁🏆"),
        ("objects", "👑📷🔨💡🔑✂🕒"),
        ("symbols", "❤♻✔♈🔴🆗"),
    ],
)
def test_groups(group, characters):
    assert [c for c in characters if group_of(ord(c)) != group] == []
    assert group in GROUPS


def test_every_group_but_symbols_has_ranges():
    assert {group for group, _ in _RANGES} | {"symbols"} == set(GROUPS)


def test_splits_are_disjoint_and_do_not_depend_on_the_others():
    codes = range(0x1F300, 0x1F700)
    splits = [set(select_split(split, codes)) for split in ("train", "validation", "test")]
    assert set.union(*splits) == set(codes) and sum(map(len, splits)) == len(codes)
    assert [round(len(split) / len(codes), 1) for split in splits] == [0.8, 0.1, 0.1]
    assert set(select_split("test", codes[:500])) == splits[2] & set(codes[:500])
    assert select_split("all", [3, 1]) == [3, 1]
    with pytest.raises(InputError, match=r"Unknown split\. Received: 'dev'"):
        select_split("dev", codes)
    with pytest.raises(InputError, match="Expected emoji of which some belong to the split"):
        select_split("test", [])
