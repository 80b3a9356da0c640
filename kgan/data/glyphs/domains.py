"""The same characters in several fonts: one domain a font."""

from typing import Literal

import numpy as np

from kgan.data.glyphs.characters import character_set, in_split
from kgan.data.glyphs.rendering import check_drawing, font_named, pictures, shared_masters
from kgan.data.source import Source, in_memory
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
def glyph_domains_source(
    fonts: tuple[str, ...] = _FONTS,
    characters: str = "wide",
    size: int = 32,
    channels: Literal[1, 3] = 1,
    variants: int = 1,
    split: Literal["train", "test", "all"] = "train",
):
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
        >>> glyph_domains_source(split="test").names["domain"][0]
        'DejaVuSans'
    """
    check_drawing(size, channels, variants)
    if len(set(fonts)) < 2 or len(set(fonts)) < len(fonts):
        raise InputError(
            f"Expected at least 2 fonts, each once. Received: fonts={list(fonts)}. Name others."
        )
    paths = [font_named(font) for font in fonts]
    drawn, notes = shared_masters(character_set(characters), paths, size)
    classes = tuple(drawn)
    chosen = in_split(split, classes)
    images = [
        pictures({classes[n]: drawn[classes[n]][font] for n in chosen}, variants, channels)
        for font in range(len(paths))
    ]
    domain = np.repeat(np.arange(len(paths), dtype=np.int32), len(chosen) * variants)
    label = np.tile(np.repeat(np.array(chosen, np.int32), variants), len(paths))
    fetch, spec = in_memory({"image": np.concatenate(images), "label": label, "domain": domain})
    names = {"domain": tuple(path.stem for path in paths)}
    return Source("glyph_domains", len(label), spec, fetch, classes, notes=notes, names=names)


def glyph_domains(
    fonts: tuple[str, ...] = _FONTS,
    characters: str = "wide",
    size: int = 32,
    channels: Literal[1, 3] = 1,
    variants: int = 1,
    split: Literal["train", "test", "all"] = "train",
    batch_size: int = 64,
    seed: int = 0,
    shuffle: bool = True,
):
    """Characters in several fonts as a finite `tf.data.Dataset`, in another order each time.

    Args:
        fonts: at least two of: the stem of a text font that matplotlib ships, or a font file.
        characters: a set's name, such as `"wide"`, or the characters themselves.
        size: height and width in pixels, at least 8.
        channels: 1 or 3.
        variants: pictures of each character and font, all but the first jittered.
        split: `"train"`, `"test"` or `"all"`.
        batch_size: examples a batch; the remainder of an epoch is dropped.
        seed: integer in [0, 2**32) that fixes the sequence of orders.
        shuffle: `False` reads in index order.

    Returns:
        A `tf.data.Dataset` of `{"image": [B, size, size, channels] uint8, "label": [B] int32,
        "domain": [B] int32}`.

    Example:
        >>> gan.fit(kgan.data.glyph_domains(variants=8), epochs=40)
    """
    source = glyph_domains_source(fonts, characters, size, channels, variants, split)
    return source.dataset(batch_size, seed, shuffle)
