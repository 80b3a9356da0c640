"""Pairs of the same character: aligned, jittered alike, split by character."""

import numpy as np
import pytest

import kgan.data
from kgan.data._glyphs.pairs import glyph_pairs
from kgan.errors import InputError


def middle(image):
    """Returns the centre of ink (y, x) of [32, 32, 1]."""
    ink = image[..., 0].astype(float)
    return np.array([(ink.sum(axis) * np.arange(32)).sum() / ink.sum() for axis in (1, 0)])


def test_hundreds_of_characters_and_a_fifth_of_them_held_out():
    train, test, whole = (glyph_pairs(split=split) for split in ("train", "test", "all"))
    assert train.classes == test.classes == whole.classes
    assert (train.count, test.count) == (497, 115) and whole.count == len(whole.classes)
    labels = [set(source.arrays()["label"]) for source in (train, test)]
    assert not labels[0] & labels[1]
    assert labels[0] | labels[1] == set(range(whole.count))
    assert set("7Wéωя") <= set(whole.classes)


def test_no_test_picture_is_in_training():
    train, test = (glyph_pairs(split=split).arrays() for split in ("train", "test"))
    for key in ("source", "target"):
        seen, held = (part[key].reshape(len(part[key]), -1) / 255.0 for part in (train, test))
        # Nor one that could be taken for it: the nearest differs by a sixth of its ink or more.
        nearest = np.sqrt(((held[:, np.newaxis] - seen) ** 2).mean(axis=2)).min(axis=1)
        assert (nearest / np.sqrt((held**2).mean(axis=1))).min() > 1 / 6


def test_test_characters_stay_held_out_under_other_options():
    test = glyph_pairs(split="test", characters="latin", target_font="STIXGeneral")
    train = glyph_pairs()
    held = {test.classes[label] for label in test.arrays()["label"]}
    seen = {train.classes[label] for label in train.arrays()["label"]}
    assert len(held) > 40 and not held & seen


def test_source_and_target_are_the_same_character():
    whole = (source := glyph_pairs(characters="lO", split="all")).arrays()
    assert source.classes == ("l", "O")
    for key in ("source", "target"):
        bar, ring = whole[key][..., 0].astype(float)
        assert bar[16, 14:18].max() > 200 and ring[16, 14:18].max() == 0  # a bar; a hole
    assert (whole["source"] != whole["target"]).any(axis=(1, 2, 3)).all()


def test_variants_move_both_sides_alike():
    whole = glyph_pairs(characters="O", split="all", variants=20).arrays()
    first = middle(whole["source"][0]), middle(whole["target"][0])
    moves = np.array([
        (middle(source) - first[0], middle(target) - first[1])
        for source, target in zip(whole["source"], whole["target"], strict=True)
    ])  # fmt: skip
    assert np.abs(moves[1:]).max() > 0.9
    np.testing.assert_allclose(moves[:, 0], moves[:, 1], rtol=0, atol=0.15)
    np.testing.assert_array_equal(whole["label"], np.zeros(20))


def test_variants_stand_side_by_side_under_one_label():
    whole = glyph_pairs(characters="|O", split="all", variants=3).arrays()
    np.testing.assert_array_equal(whole["label"], [0, 0, 0, 1, 1, 1])
    # Only a ring is empty in the middle.
    hollow = whole["target"][:, 14:18, 14:18].max(axis=(1, 2, 3)) < 50
    np.testing.assert_array_equal(hollow, whole["label"] == 1)


def test_options_and_dataset():
    source = glyph_pairs("STIXGeneral", "STIXGeneralItalic", "digits", 16, 3, 2)
    assert source.count == 16 and source.spec["target"].shape == (16, 16, 3)
    batch = next(iter(kgan.data.glyph_pairs(characters="digits").dataset(8)))
    assert set(batch) == {"source", "target", "label"}
    assert sorted(batch["label"].numpy()) == [0, 1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 4}, "Received: size=4"),
        ({"channels": 2}, "Received: channels=2"),
        ({"variants": 0}, "Received: variants=0"),
        ({"split": "val"}, "Unknown split. Received: 'val'"),
        ({"source_font": "Arial"}, "Unknown font, and no such file. Received: 'Arial'"),
        ({"characters": "あ"}, "Expected characters that the fonts can draw"),
        ({"characters": "0", "split": "test"}, "Received: split='test' of characters='0'"),
    ],
)
def test_mistakes_are_named(options, message):
    with pytest.raises(InputError, match=message):
        glyph_pairs(**options)
