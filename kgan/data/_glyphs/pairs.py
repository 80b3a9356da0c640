"""The same characters in two fonts: paired pictures whose translation is known."""

from typing import Literal

import numpy as np

from kgan.data._glyphs.characters import expand_characters, select_split
from kgan.data._glyphs.fonts import find_font, licence_of
from kgan.data._glyphs.rendering import check_drawing, draw_in_fonts, render
from kgan.data._source import Source
from kgan.registry import SOURCES

register = SOURCES.register


@register("glyph_pairs")
def glyph_pairs(
    source_font: str = "DejaVuSans",
    target_font: str = "DejaVuSerif-BoldItalic",
    characters: str = "wide",
    size: int = 32,
    channels: Literal[1, 3] = 1,
    variants: int = 1,
    split: Literal["train", "test", "all"] = "train",
) -> Source:
    """The same character in two fonts, bright on black: paired, and split by character.

    Args:
        source_font: the stem of a text font that matplotlib ships, or a font file.
        target_font: likewise.
        characters: `"digits"`, `"letters"`, `"alphanumeric"`, `"latin"`, `"greek"`, `"cyrillic"`,
            `"wide"` (all of these), or the characters themselves.
        size: height and width in pixels, at least 8.
        channels: 1 or 3.
        variants: pairs of each character: the first as the fonts have it, the others turned by up
            to 10 degrees, scaled by 0.8 to 1.05 and moved by up to 4 % of `size`, both alike.
        split: `"train"`, `"test"` (about a fifth of the characters, none of them in train,
            whatever the other options), or `"all"`.

    Returns:
        A `Source` of `source` and `target` [size, size, channels] uint8 and `label` [] int32 (the
        character's place in `classes`, which is the same in each split). `notes` says which
        characters are left out: those that a font lacks, that are much larger than the others, or
        that a font draws like an earlier one.

    Raises:
        InputError: an option out of range, an unknown font, or nothing to draw.

    Example:
        >>> train, test = (kgan.data.glyph_pairs(split=split) for split in ("train", "test"))
        >>> train.count, test.count
        (497, 115)
    """
    check_drawing(size, channels, variants)
    paths = [find_font(source_font), find_font(target_font)]
    drawn, notes = draw_in_fonts(expand_characters(characters), paths, size)
    classes = tuple(drawn)
    chosen = select_split(split, classes)
    named = {
        key: render({classes[n]: drawn[classes[n]][font] for n in chosen}, variants, channels)
        for font, key in enumerate(("source", "target"))
    }
    named["label"] = np.repeat(np.array(chosen, np.int32), variants)
    return Source.from_arrays(
        "glyph_pairs",
        named,
        classes=classes,
        notes=notes,
        licence=licence_of(paths),
        characters=True,
    )
