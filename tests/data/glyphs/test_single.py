"""Characters: drawn, centred, labelled, and never a placeholder box."""

import numpy as np
import pytest

from kgan.data._glyphs.fonts import find_fonts
from kgan.data._glyphs.single import PALETTE, glyphs
from kgan.errors import InputError


def font(name):
    return str(next(path for path in find_fonts("matplotlib") if path.name == name))


def test_every_text_font_of_matplotlib_draws_every_character():
    assert len(find_fonts("matplotlib")) == 21
    source = glyphs("alphanumeric")
    assert source.count == 21 * 62 and source.notes == ()
    whole = source.arrays()
    # A font that draws one placeholder for all would repeat a picture.
    for number in range(21):
        mine = whole["image"][whole["font"] == number]
        assert len(np.unique(mine.reshape(62, -1), axis=0)) >= 60  # some draw I and l alike
    assert whole["image"].reshape(source.count, -1).max(axis=1).min() > 100


def test_labels_and_classes():
    whole = (source := glyphs("ba", fonts=font("DejaVuSans.ttf"), variants=2)).arrays()
    assert source.classes == ("b", "a")
    np.testing.assert_array_equal(whole["label"], [0, 0, 1, 1])
    np.testing.assert_array_equal(whole["font"], [0, 0, 0, 0])
    alone = glyphs("a", fonts=font("DejaVuSans.ttf")).arrays()["image"][0, ..., 0]
    assert (alone > 0).sum() < (glyph_of("b") > 0).sum() * 2


def glyph_of(character, name="DejaVuSans.ttf", size=32):
    source = glyphs(character, fonts=font(name), size=size)
    return source.arrays()["image"][0, ..., 0].astype(float)


def test_centred_antialiased_and_in_the_right_shape():
    bar = glyph_of("|")
    rows, columns = (np.flatnonzero(bar.sum(axis=axis)) for axis in (1, 0))
    assert abs(rows.mean() - 15.5) <= 0.5 and abs(columns.mean() - 15.5) <= 0.5
    # A vertical bar: 76 % of the height, and a few columns wide.
    assert 23 <= len(rows) <= 26 and len(columns) <= 5
    levels = np.unique(glyph_of("O"))
    assert len(levels) > 10 and levels.max() == 255 and levels.min() == 0


def test_small_letters_stay_smaller_than_capitals():
    images = glyphs("oO", fonts=font("DejaVuSans.ttf")).arrays()["image"]
    small, capital = ((image > 0).any(axis=1).sum() for image in images)
    assert 0.6 * capital < small < 0.85 * capital


def test_variants_are_jittered_reproducibly_and_stay_inside():
    first, second = (glyphs("01", variants=5).arrays()["image"] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    of_one = first[:5].reshape(5, -1)
    assert len(np.unique(of_one, axis=0)) == 5
    np.testing.assert_array_equal(first[::5], glyphs("01").arrays()["image"])
    border = np.concatenate([first[:, 0], first[:, -1], first[:, :, 0], first[:, :, -1]])
    assert border.max() < 16


def test_missing_characters_are_left_out_aloud():
    source = glyphs("a\N{HIRAGANA LETTER A}é")
    assert source.classes == ("a", "é")
    notes = "\n".join(source.notes)
    assert "DejaVuSans.ttf lacks 'あ': left out" in notes
    assert "cmr10.ttf lacks 'あé': left out" in notes
    assert source.count == 21 + 16
    # Computer Modern has a glyph at '<', but it is an inverted exclamation mark.
    assert glyphs("a<", fonts=font("cmr10.ttf")).classes == ("a",)
    # A blank is no picture.
    assert glyphs("a ", fonts=font("DejaVuSans.ttf")).classes == ("a",)


def test_colors_come_from_the_palette_and_differ():
    images = glyphs("digits", channels=3, colors=True).arrays()["image"]
    luma = images @ np.array([0.299, 0.587, 0.114])
    assert np.ptp(luma.reshape(len(images), -1), axis=1).min() > 60
    corners = {tuple(corner) for corner in images[:, 0, 0].tolist()}
    assert corners <= set(PALETTE.values()) and len(corners) == len(PALETTE)


def test_three_channels_without_colors_are_grey():
    images = glyphs("digits", channels=3).arrays()["image"]
    np.testing.assert_array_equal(images[..., 0], images[..., 2])


def test_a_folder_of_fonts(tmp_path):
    source_file = font("DejaVuSans.ttf")
    (tmp_path / "b.ttf").symlink_to(source_file)
    (tmp_path / "a.ttf").write_bytes(b"no font")
    source = glyphs("xy", fonts=str(tmp_path))
    assert source.notes == ("a.ttf left out: not a readable font",)
    np.testing.assert_array_equal(source.arrays()["font"], [1, 1])


def test_dataset():
    batch = next(iter(glyphs("digits", fonts=font("DejaVuSans.ttf")).dataset(10)))
    assert sorted(batch["label"].numpy()) == list(range(10))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 4}, "Received: size=4"),
        ({"channels": 2}, "Received: channels=2"),
        ({"colors": True}, "Received: channels=1, colors=True"),
        ({"variants": 0}, "Received: variants=0"),
        ({"fonts": "/no/such/font.ttf"}, "Received: fonts='/no/such/font.ttf'"),
        ({"characters": "\N{HIRAGANA LETTER A}"}, "Expected characters that the fonts can draw"),
    ],
)
def test_mistakes_are_named(options, message):
    with pytest.raises(InputError, match=message):
        glyphs(**options)
