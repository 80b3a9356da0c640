"""Pictures are what their captions and attributes say."""

import numpy as np
import pytest
import tensorflow as tf

import kgan.data
from kgan.data._glyphs.caption_grammar import COLORS, is_combination_held_out, list_color_pairs
from kgan.data._glyphs.captions import captions
from kgan.data._glyphs.fonts import find_font
from kgan.data._glyphs.rendering import draw_in_fonts, shrink
from kgan.errors import InputError

KEYS = ("label", "color", "background", "weight", "family")


@pytest.fixture(scope="module")
def source():
    return captions(variants=2, split="all")


@pytest.fixture(scope="module")
def whole(source):
    return source.arrays()


def test_what_an_example_holds(source):
    assert source.spec["image"] == tf.TensorSpec((32, 32, 3), tf.uint8)
    assert source.spec["caption"] == tf.TensorSpec((), tf.string)
    assert all(source.spec[key] == tf.TensorSpec((), tf.int32) for key in KEYS)
    assert set(source.spec) == {"image", "caption", *KEYS}
    assert source.count == 10 * 24 * 6 * 2 and source.classes == tuple("0123456789")
    assert source.names["family"] == ("sans", "serif", "italic")


def test_all_combinations_are_there_as_often(whole):
    examples = np.stack([whole[key] for key in KEYS], axis=1)
    combinations, counts = np.unique(examples, axis=0, return_counts=True)
    assert len(combinations) == 10 * 24 * 6 and (counts == 2).all()


def test_pictures_have_the_colours_that_the_attributes_name(source, whole):
    colors = np.array(list(COLORS.values()))
    for number in range(0, source.count, 7):
        image = whole["image"][number].astype(int)
        background, color = (colors[whole[key][number]] for key in ("background", "color"))
        np.testing.assert_array_equal(image[0, 0], background)
        # Every pixel lies between the two, and one at least is all ink.
        ink = (image - background) @ (color - background) / np.sum((color - background) ** 2)
        assert ink.max() > 0.9
        between = background + ink[..., np.newaxis] * (color - background)
        np.testing.assert_allclose(image, between, rtol=0, atol=0.9)


def test_shapes_are_those_of_character_weight_and_family(source, whole):
    # White on black, unjittered: the font's own picture.
    fonts = ("DejaVuSans", "STIXGeneral", "STIXGeneralItalic")
    fonts += ("DejaVuSans-Bold", "STIXGeneralBol", "STIXGeneralBolIta")
    drawn, _ = draw_in_fonts("0123456789", [find_font(name) for name in fonts], 32)
    white, black = (source.names["color"].index(name) for name in ("white", "black"))
    chosen = np.flatnonzero((whole["color"] == white) & (whole["background"] == black))
    assert len(chosen) == 120
    for first, second in chosen.reshape(60, 2):
        label, weight, family = (whole[key][first] for key in ("label", "weight", "family"))
        expected = shrink(drawn[str(label)][3 * weight + family])
        np.testing.assert_array_equal(whole["image"][first, ..., 1], expected)
        assert (whole["image"][second] != whole["image"][first]).any()


def test_captions_name_what_is_there(source, whole):
    synonyms = {"red": {"red", "crimson", "scarlet"}, "bold": {"bold", "heavy", "thick"}}
    synonyms |= {"italic": {"italic", "slanted", "cursive"}}
    words = [set(caption.decode().split()) for caption in whole["caption"]]
    digits = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    color, background, weight, family = (
        np.array(source.names[key])[whole[key]] for key in KEYS[1:]
    )
    for number, said in enumerate(words):
        for digit, name in enumerate(digits):
            assert bool(said & {name, str(digit)}) == (digit == whole["label"][number])
        assert bool(said & synonyms["red"]) == ("red" in (color[number], background[number]))
        if weight[number] != "bold":
            assert not said & synonyms["bold"]
        if family[number] != "italic":
            assert not said & synonyms["italic"]
    # Weight and family are sometimes left open: in 30 % of the captions, each on its own.
    for values, name in ((weight, "bold"), (family, "italic")):
        shares = np.mean([bool(said & synonyms[name]) for said in words], where=values == name)
        assert abs(shares - 0.7) < 0.05


def test_words_are_those_of_the_captions():
    source = captions(variants=6)
    met = {word for caption in source.arrays()["caption"] for word in caption.decode().split()}
    assert source.words == tuple(sorted(met))


def test_test_holds_combinations_that_train_lacks():
    train, test = (captions(variants=1, split=split) for split in ("train", "test"))
    triples = [
        set(zip(*(source.arrays()[key] for key in KEYS[:3]), strict=True))
        for source in (train, test)
    ]
    assert len(triples[0]) == 204 and len(triples[1]) == 36 and not triples[0] & triples[1]
    assert train.count == 204 * 6
    names = list(COLORS)
    for label, color, background in triples[1]:
        assert is_combination_held_out(str(label), names[color], names[background])


def test_dataset_and_other_characters():
    batch = next(iter(kgan.data.captions("QXZ", size=16, variants=1).dataset(9)))
    assert batch["image"].shape == (9, 16, 16, 3) and batch["caption"].dtype == tf.string
    source = captions("QXZ", variants=1, split="all")
    assert source.count == 3 * len(list_color_pairs()) * 6 and {"Q", "X", "Z"} <= set(source.words)


def test_captions_reach_two_replicas(two_replicas):
    dataset = captions(variants=1).dataset(4, shuffle=False)
    parts = next(iter(two_replicas.experimental_distribute_dataset(dataset)))
    halves = two_replicas.experimental_local_results(parts["caption"])
    expected = next(iter(dataset))["caption"].numpy().tolist()
    assert [text for half in halves for text in half.numpy()] == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 4}, "Received: size=4"),
        ({"variants": 0}, "Received: variants=0"),
        ({"split": "val"}, "Unknown split. Received: 'val'"),
        ({"characters": "xyA"}, "Received: characters='xyA', with 'A'"),
        ({"characters": "あ"}, "Expected characters that the fonts can draw"),
    ],
)
def test_mistakes_are_named(options, message):
    with pytest.raises(InputError, match=message):
        captions(**options)
