"""Unpaired characters of two fonts; their pairs are held out for scoring."""

import dataclasses
from typing import Literal

from kgan.data._glyphs.characters import HELD_OUT, expand_characters, select_split
from kgan.data._glyphs.fonts import find_font, licence_of
from kgan.data._glyphs.rendering import check_drawing, draw_in_fonts, render
from kgan.data._hashing import hash_to_unit
from kgan.data._source import Source
from kgan.data._unpaired import join_sides
from kgan.errors import InputError, UnknownNameError
from kgan.registry import SOURCES

register = SOURCES.register

_SPLITS = ("train", "test")


@register("unpaired_glyphs")
def unpaired_glyphs(
    font_a: str = "DejaVuSans",
    font_b: str = "DejaVuSerif-Bold",
    characters: str = "wide",
    size: int = 32,
    channels: Literal[1, 3] = 1,
    variants: int = 1,
    split: Literal["train", "test"] = "train",
) -> Source:
    """Some characters in one font, others in another: unpaired; the hidden pairs are the test.

    Args:
        font_a: the stem of a text font that matplotlib ships, or a font file.
        font_b: likewise.
        characters: `"digits"`, `"letters"`, `"alphanumeric"`, `"latin"`, `"greek"`, `"cyrillic"`,
            `"wide"` (all of these), or the characters themselves.
        size: height and width in pixels, at least 8.
        channels: 1 or 3.
        variants: pictures of each character: the first as the font has it, the others turned by
            up to 10 degrees, scaled by 0.8 to 1.05 and moved by up to 4 % of `size`.
        split: `"train"`, where no character of `a` is one of `b`, or `"test"`: a fifth of the
            characters, seen in neither, and paired. `glyph_pairs` holds out the same ones.

    Returns:
        A `Source` of `a` and `b` [size, size, channels] uint8. In training each is read in an
        order of its own; in the test, `a` and `b` are the same character, jittered alike.

    Raises:
        InputError: an option out of range, an unknown font, or too few characters.

    Example:
        >>> train = kgan.data.unpaired_glyphs()
        >>> train.sides, train.count
        ((244, 257), 257)
    """
    check_drawing(size, channels, variants)
    if split not in _SPLITS:
        raise UnknownNameError("split", split, _SPLITS)
    paths = [find_font(font_a), find_font(font_b)]
    drawn, notes = draw_in_fonts(expand_characters(characters), paths, size)
    classes = tuple(drawn)
    chosen = [classes[number] for number in select_split(split, classes)]
    groups = chosen, chosen
    if split == "train":
        # What is not held out is divided in halves.
        first = [c for c in chosen if hash_to_unit(c) < (1.0 + HELD_OUT) / 2.0]
        groups = first, [c for c in chosen if c not in first]
    if not all(groups):
        raise InputError(
            f"Expected characters for both fonts. Received: characters={characters!r}, which "
            f"leaves {len(groups[0])} for a and {len(groups[1])} for b. Give more, e.g. 'wide'."
        )
    sides = []
    for font, group in enumerate(groups):
        of_font = {character: drawn[character][font] for character in group}
        sides.append(render(of_font, variants, channels))
    name, known = "unpaired_glyphs", {"notes": notes, "licence": licence_of(paths)}
    if split == "test":
        return Source.from_arrays(name, {"a": sides[0], "b": sides[1]}, **known)
    a, b = (Source.from_arrays(name, {"image": side}) for side in sides)
    return dataclasses.replace(join_sides(a, b, name), **known)
