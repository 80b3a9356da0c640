"""Unpaired characters: no character on both sides in training, the hidden pairs in the test."""

import numpy as np
import pytest

import kgan.data
from kgan.data._glyphs.pairs import glyph_pairs
from kgan.data._glyphs.unpaired import unpaired_glyphs
from kgan.errors import InputError

FONTS = ("DejaVuSans", "DejaVuSerif-Bold")


@pytest.fixture(scope="module")
def known():
    """For each side, from a picture's bytes to the number of its character."""
    whole = glyph_pairs(*FONTS, split="all").arrays()
    return [
        {picture.tobytes(): number for number, picture in enumerate(whole[key])}
        for key in ("source", "target")
    ]


def test_no_character_is_on_both_sides(known):
    source = unpaired_glyphs()
    assert source.sides == (244, 257) and source.count == 257
    whole = source.arrays()
    a = {known[0][picture.tobytes()] for picture in whole["a"]}
    b = {known[1][picture.tobytes()] for picture in whole["b"]}
    assert (len(a), len(b)) == (244, 257) and not a & b


def test_the_test_is_the_hidden_pairs_that_neither_side_shows(known):
    train, test = (unpaired_glyphs(split=split) for split in ("train", "test"))
    seen = train.arrays()
    shown = {known[0][picture.tobytes()] for picture in seen["a"]}
    shown |= {known[1][picture.tobytes()] for picture in seen["b"]}
    held = test.arrays()
    a = [known[0][picture.tobytes()] for picture in held["a"]]
    b = [known[1][picture.tobytes()] for picture in held["b"]]
    assert a == b and len(a) == test.count == 118
    assert not shown & set(a) and len(shown) + len(a) == len(known[0])
    assert test.sides == ()


def test_the_test_characters_are_those_of_glyph_pairs(known):
    held = unpaired_glyphs(split="test").arrays()
    expected = glyph_pairs(*FONTS, split="test").arrays()
    np.testing.assert_array_equal(held["a"], expected["source"])
    np.testing.assert_array_equal(held["b"], expected["target"])


def test_pairs_differ_from_epoch_to_epoch(known):
    dataset = kgan.data.unpaired_glyphs().dataset(257)
    first, second = (
        {
            known[0][a.tobytes()]: known[1][b.tobytes()]
            for a, b in zip(batch["a"], batch["b"], strict=True)
        }
        for batch in (next(dataset.as_numpy_iterator()) for _ in range(2))
    )
    assert set(first) == set(second)
    assert sum(first[a] == second[a] for a in first) < 10


def test_options():
    source = unpaired_glyphs(*FONTS, "alphanumeric", 16, 3, 4)
    assert source.spec["a"].shape == (16, 16, 3) and sum(source.sides) == 4 * 48
    whole = unpaired_glyphs(*FONTS, "alphanumeric", variants=2, split="test").arrays()
    assert len(whole["a"]) == 26 and (whole["a"][0] != whole["a"][1]).any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 4}, "Received: size=4"),
        ({"split": "all"}, "Unknown split. Received: 'all'. Known, nearest first: train, test"),
        ({"font_b": "Arial"}, "Received: 'Arial'"),
        ({"characters": "01"}, "which leaves 2 for a and 0 for b"),
        ({"characters": "89"}, "split='train' of characters='89'"),
    ],
)
def test_mistakes_are_named(options, message):
    with pytest.raises(InputError, match=message):
        unpaired_glyphs(**options)
