"""Characters that several fonts share: comparable, each with a look of its own."""

import numpy as np
import pytest

from kgan.data._glyphs import rendering
from kgan.data._glyphs.fonts import find_font
from kgan.data._glyphs.rendering import draw_characters, draw_in_fonts, render, shrink
from kgan.errors import InputError

SANS, SERIF = find_font("DejaVuSans"), find_font("DejaVuSerif-Bold")


def height(image):
    top, bottom = image.getbbox()[1::2]
    return bottom - top


def test_fonts_are_named_by_stem_or_path(tmp_path):
    assert SANS.name == "DejaVuSans.ttf"
    assert find_font(str(SANS)) == SANS
    with pytest.raises(InputError, match=r"no such file. Received: 'DejaVuSan'.*first: DejaVuSans"):
        find_font("DejaVuSan")
    (tmp_path / "a.ttf").write_bytes(b"no font")
    with pytest.raises(InputError, match=r"Expected a font. Received: .*a\.ttf, not readable"):
        find_font(str(tmp_path / "a.ttf"))


def test_fonts_are_drawn_in_one_size():
    # Both have capitals of 0.729 em; drawn one by one, each would fill the picture.
    drawn, notes = draw_in_fonts("HW", [SANS, SERIF], 64)
    assert notes == ()
    sans, serif = drawn["H"]
    assert abs(height(sans) - height(serif)) <= 1
    alone = [draw_characters("HW", path, 64)["H"] for path in (SANS, SERIF)]
    assert height(alone[0]) > height(alone[1]) + 10


def test_what_a_font_draws_like_an_earlier_one_is_left_out():
    # Latin A and B, Greek Alpha, Cyrillic Ve; 'é' shares parts with 'e' but is another picture.
    drawn, notes = draw_in_fonts("AΑBВeé", [SANS, SERIF], 32)
    assert list(drawn) == ["A", "B", "e", "é"]
    assert notes == ("Left out, blank, or like an earlier one: ΑВ",)


def test_almost_alike_is_alike():
    # STIX moves the serifs of Alpha and of Cyrillic A by a hair; caron and breve are one at 32.
    drawn, _ = draw_in_fonts("AΑАŎǑéè", [find_font("STIXGeneral")], 64)
    assert list(drawn) == ["A", "Ŏ", "é", "è"]


def test_what_is_left_out_does_not_depend_on_the_size():
    letters = "lIoOŎǑÔÕЙӤĆĊuũū"
    small, large = (list(draw_in_fonts(letters, [SANS, SERIF], size)[0]) for size in (16, 64))
    assert small == large and 5 < len(small) < len(letters)


def test_alike_in_one_font_is_enough():
    # In an italic, Cyrillic te is drawn like Latin m; upright it is a small T.
    upright = find_font("DejaVuSerif")
    assert list(draw_in_fonts("mт", [upright], 32)[0]) == ["m", "т"]
    italic = find_font("DejaVuSerif-Italic")
    assert list(draw_in_fonts("mт", [upright, italic], 32)[0]) == ["m"]


def test_what_a_font_lacks_or_leaves_blank_is_left_out():
    drawn, notes = draw_in_fonts("a\N{HIRAGANA LETTER A} ж", [SANS, find_font("cmr10")], 32)
    assert list(drawn) == ["a"]
    assert notes == ("Left out, lacking in a font: \N{HIRAGANA LETTER A} ж",)
    drawn, notes = draw_in_fonts("a ", [SANS], 32)
    assert notes == ("Left out, blank, or like an earlier one:  ",)


def test_blank_in_one_font_is_enough(monkeypatch):
    draw = rendering._draw

    def without_b(characters, path, side, points):
        drawn = draw(characters, path, side, points)
        return {c: image for c, image in drawn.items() if (c, path) != ("b", SERIF)}

    monkeypatch.setattr(rendering, "_draw", without_b)
    assert list(draw_in_fonts("abc", [SANS, SERIF], 32)[0]) == ["a", "c"]


def test_the_few_largest_do_not_make_all_others_small():
    letters = "abcdefghijklmnopqrstuvwxyz"
    alone = draw_in_fonts(letters, [SANS], 32)[0]["x"][0]
    drawn, notes = draw_in_fonts(letters + "\N{LONG RIGHTWARDS ARROW}", [SANS], 32)
    assert notes == ("Left out, too large: \N{LONG RIGHTWARDS ARROW}",)
    assert height(drawn["x"][0]) == height(alone)


def test_a_note_names_at_most_twenty():
    (note,) = draw_in_fonts("a" + "".join(map(chr, range(0x3041, 0x3041 + 25))), [SANS], 32)[1]
    assert note.endswith("ご and 5 more") and len(note.split(": ")[1].split(" ")[0]) == 20


def test_nothing_to_draw():
    with pytest.raises(InputError, match=r"characters='あ', fonts=DejaVuSans.ttf"):
        draw_in_fonts("あ", [SANS], 32)
    with pytest.raises(InputError, match=r"characters=' ', fonts=DejaVuSans.ttf, DejaVuSerif-Bo"):
        draw_in_fonts(" ", [SANS, SERIF], 32)


def test_pictures_are_jittered_alike_for_every_font():
    drawn, _ = draw_in_fonts("H|", [SANS, SERIF], 32)
    sans = render({c: images[0] for c, images in drawn.items()}, 3, 1)
    assert sans.shape == (6, 32, 32, 1) and sans.dtype == np.uint8
    np.testing.assert_array_equal(sans[0, ..., 0], shrink(drawn["H"][0]))
    np.testing.assert_array_equal(sans[3, ..., 0], shrink(drawn["|"][0]))
    assert len(np.unique(sans.reshape(6, -1), axis=0)) == 6
    # The same master under another font's name moves and turns in the same way.
    again = render({"|": drawn["|"][0]}, 3, 3)
    np.testing.assert_array_equal(again, sans[3:].repeat(3, axis=3))
    # Another character with the same master does not.
    other = render({"H": drawn["|"][0]}, 3, 1)
    assert (other[1] != sans[4]).any()
