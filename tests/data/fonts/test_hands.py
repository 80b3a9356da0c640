"""Characters in several hands: aligned, split by character, what fonts lack left out."""

import shutil

import numpy as np
import pytest

import kgan.data
from kgan.data._fonts.font_files import find_missing, list_font_files
from kgan.data._fonts.frame import Frame
from kgan.data._fonts.hands import fonts
from kgan.data._glyphs.characters import CHARACTERS
from kgan.data._glyphs.fonts import find_font
from kgan.errors import InputError

ABC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
TWO = ("DejaVuSerif-Bold", "STIXGeneral")


def open_fonts(**options):
    return fonts(**{"fonts": TWO, "characters": ABC, "size": 32, "split": "all", **options})


def test_each_hand_draws_each_character_beside_its_source():
    source = open_fonts()
    assert source.classes == TWO and source.count == 2 * len(ABC)
    arrays = source.arrays()
    assert {key: value.shape[1:] for key, value in arrays.items()} == {
        **dict.fromkeys(("source", "target"), (32, 32, 1)), "label": (), "character": ()
    }  # fmt: skip
    first, second = (arrays["label"] == label for label in (0, 1))
    np.testing.assert_array_equal(arrays["character"][first], arrays["character"][second])
    np.testing.assert_array_equal(arrays["source"][first], arrays["source"][second])
    assert np.abs(np.float32(arrays["target"][first]) - arrays["target"][second]).mean() > 5


def test_held_out_characters_are_in_no_hand_of_training():
    parts = [open_fonts(split=split) for split in ("train", "test", "all")]
    assert parts[0].names == parts[1].names
    train, test, whole = (set(part.arrays()["character"]) for part in parts)
    assert not train & test and train | test == whole
    few = open_fonts(split="test", limit=3).arrays()["character"]
    assert len(set(few)) == 3 and set(few) < test


def test_the_base_line_and_the_middle_of_the_advance_stay():
    font = list_font_files(["DejaVuSans"])[0]
    frame = Frame.fit(font, tuple(ABC), 64)
    for character, rises in (("x", True), ("H", True), ("p", False), ("Q", False)):
        rows = np.flatnonzero(frame.draw(font, [character])[0].max(axis=1) > 127)
        assert (abs(rows.max() + 1 - frame.baseline) <= 1.0) == rises, character
    columns = np.flatnonzero(frame.draw(font, ["H"])[0].max(axis=0) > 127)
    assert abs(columns.min() + columns.max() + 1 - 64) <= 1
    # What the picture shows is as large as the em says: of DejaVu Sans H is 0.729 em high.
    rows = np.flatnonzero(frame.draw(font, ["H"])[0].max(axis=1) > 127)
    assert abs(len(rows) - 0.729 * frame.em) <= 1.0


def test_no_ink_is_cut_off():
    for characters in (ABC, "latin"):
        arrays = open_fonts(characters=characters).arrays()
        for key in ("source", "target"):
            pictures = arrays[key][..., 0]
            edges = [pictures[:, 0], pictures[:, -1], pictures[:, :, 0], pictures[:, :, -1]]
            assert max(edge.max() for edge in edges) < 128


def test_missing_characters_are_known_by_their_picture():
    font = list_font_files(["DejaVuSans"])[0]
    # Without a glyph, without ink, beyond the BMP with a glyph (𝐀), and without (𠀀).
    wanted = ("A", "é", "中", "\u00a0", "\U0001d538", "\U00020000", "\u4e8c")
    assert find_missing(font, wanted) == {"中", "\u00a0", "\U00020000", "\u4e8c"}
    last = find_font("DejaVuSans").parent / "LastResortHE-Regular.ttf"
    if last.is_file():  # a placeholder for every character there is
        assert find_missing(list_font_files([str(last)])[0], tuple(ABC)) == set(ABC)


def test_what_a_hand_lacks_is_left_out_for_it_alone():
    source = open_fonts(characters="ABCƁƢ")  # STIX has no African letters
    arrays = source.arrays()
    counts = np.bincount(arrays["label"])
    assert counts.tolist() == [5, 3]
    assert "Left out, lacking in STIXGeneral: ƁƢ" in source.notes


def test_a_character_is_not_held_out_under_another_name():
    source = open_fonts(characters="AΑАB")  # Latin, Greek, Cyrillic
    assert source.names["character"] == ("A", "B")
    assert "Left out, drawn like an earlier one: ΑА" in source.notes


def test_characters_beyond_the_bmp_are_drawn():
    source = open_fonts(characters="\U0001d538\U0001d539A", fonts=("STIXGeneral",))
    assert source.names["character"] == ("\U0001d538", "\U0001d539", "A")
    assert (source.arrays()["target"].max(axis=(1, 2, 3)) > 200).all()


def test_files_folders_and_faces(tmp_path):
    for name in TWO:
        shutil.copy(find_font(name), tmp_path / f"my-{name}.ttf")
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    source = open_fonts(fonts=(str(tmp_path), "DejaVuSans-Bold"))  # what is none is passed over
    assert source.classes == ("my-DejaVuSerif-Bold", "my-STIXGeneral", "DejaVuSans-Bold")
    assert source.digest and source.licence.startswith("that of your own")
    assert not open_fonts().digest


def test_sets_of_characters(tmp_path):
    sizes = {"gb2312_level1": 3755, "gb2312": 6763, "hangul": 2350, "big5": 5401, "kana": 176}
    assert {name: len(set(CHARACTERS[name])) for name in sizes} == sizes
    (tmp_path / "mine.txt").write_text("A B\nA𠀀", encoding="utf-8")
    assert open_fonts(characters=str(tmp_path / "mine.txt")).names["character"] == ("A", "B")


@pytest.mark.parametrize(
    "options, message",
    [
        ({"fonts": ("no.ttf",)}, r"Unknown font, and no such file. Received: 'no.ttf'"),
        ({"fonts": ("{broken}",)}, r"Expected a font. Received: .*broken.ttf, not readable"),
        ({"fonts": ("DejaVuSans", "DejaVuSans#0")}, "no such file"),
        ({"fonts": ()}, "at least one other"),
        ({"characters": "中文"}, "Expected a source font that has some of the characters"),
        ({"characters": "Ɓ", "fonts": ("STIXGeneral",)}, "Received: STIXGeneral, which has none"),
        ({"characters": "no.txt"}, "Expected a text file of characters"),
        ({"source_font": "matplotlib"}, "Expected one source font"),
        ({"size": 8}, "size"),
        ({"limit": -1}, "limit"),
        ({"split": "half"}, "Unknown split"),
    ],
)
def test_bad_input_is_one_line(tmp_path, options, message):
    (tmp_path / "broken.ttf").write_bytes(b"\x00\x01\x00\x00 no font")
    if "fonts" in options:
        told = {"{broken}": str(tmp_path / "broken.ttf")}
        options = {**options, "fonts": tuple(told.get(f, f) for f in options["fonts"])}
    with pytest.raises(InputError, match=message) as error:
        open_fonts(**options)
    assert "\n" not in str(error.value)


def test_the_help_tells_the_truth():
    train, test = (kgan.data.fonts(split=split) for split in ("train", "test"))
    assert f"'{train.classes[0]}', {train.count}, {test.count}" in kgan.data.fonts.__doc__
