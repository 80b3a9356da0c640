"""The same characters in several fonts: one domain a font."""

from typing import Literal

import numpy as np

from kgan.data._glyphs.characters import expand_characters, select_split
from kgan.data._glyphs.fonts import find_font, licence_of
from kgan.data._glyphs.rendering import check_drawing, draw_in_fonts, render
from kgan.data._source import Source
from kgan.errors import InputError
from kgan.registry import SOURCES

register = SOURCES.register

_FONTS = (
    "DejaVuSans",
    "DejaVuSans-BoldOblique",
    "DejaVuSerif-Bold",
    "STIXGeneral",
    "STIXGeneralItalic",
)


@register("glyph_domains")
def glyph_domains(
    fonts: tuple[str, ...] = _FONTS,
    characters: str = "wide",
    size: int = 32,
    channels: Literal[1, 3] = 1,
    variants: int = 1,
    split: Literal["train", "test", "all"] = "train",
) -> Source:
    """The same characters in several fonts, bright on black: a domain for each font.

    Args:
        fonts: at least two of: the stem of a text font that matplotlib ships, or a font file.
        characters: `"digits"`, `"letters"`, `"alphanumeric"`, `"latin"`, `"greek"`, `"cyrillic"`,
            `"wide"` (all of these), or the characters themselves.
        size: height and width in pixels, at least 8.
        channels: 1 or 3.
        variants: pictures of each character and font: the first as the font has it, the others
            turned by up to 10 degrees, scaled by 0.8 to 1.05 and moved by up to 4 % of `size`,
            alike in each font.
        split: `"train"`, `"test"` (about a fifth of the characters, none of them in train), or
            `"all"`.

    Returns:
        A `Source` of `image` [size, size, channels] uint8, `label` [] int32 (the character's
        place in `classes`) and `domain` [] int32 (the font's place in `names["domain"]`). The
        domains follow each other, each with the same characters and variants in the same order.

    Raises:
        InputError: an option out of range, one font only, an unknown one, or nothing to draw.

    Example:
        >>> kgan.data.glyph_domains(split="test").names["domain"][0]
        'DejaVuSans'
    """
    check_drawing(size, channels, variants)
    if len(set(fonts)) < 2 or len(set(fonts)) < len(fonts):
        raise InputError(
            f"Expected at least 2 fonts, each once. Received: fonts={list(fonts)}. Name others."
        )
    paths = [find_font(font) for font in fonts]
    drawn, notes = draw_in_fonts(expand_characters(characters), paths, size)
    classes = tuple(drawn)
    chosen = select_split(split, classes)
    images = [
        render({classes[n]: drawn[classes[n]][font] for n in chosen}, variants, channels)
        for font in range(len(paths))
    ]
    domain = np.repeat(np.arange(len(paths), dtype=np.int32), len(chosen) * variants)
    label = np.tile(np.repeat(np.array(chosen, np.int32), variants), len(paths))
    return Source.from_arrays(
        "glyph_domains",
        {"image": np.concatenate(images), "label": label, "domain": domain},
        classes=classes,
        notes=notes,
        names={"domain": tuple(path.stem for path in paths)},
        licence=licence_of(paths),
        characters=True,
    )
