"""The same characters in two fonts: paired pictures whose translation is known."""

from typing import Literal

import numpy as np

from kgan.data.glyphs.characters import character_set, in_split
from kgan.data.glyphs.rendering import check_drawing, font_named, pictures, shared_masters
from kgan.data.source import Source, in_memory
from kgan.registry import SOURCES

register = SOURCES.register


@register("glyph_pairs")
def glyph_pairs_source(
    source_font: str = "DejaVuSans",
    target_font: str = "DejaVuSerif-BoldItalic",
    characters: str = "wide",
    size: int = 32,
    channels: Literal[1, 3] = 1,
    variants: int = 1,
    split: Literal["train", "test", "all"] = "train",
):
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
        >>> train, test = (glyph_pairs_source(split=split) for split in ("train", "test"))
        >>> train.count, test.count
        (497, 115)
    """
    check_drawing(size, channels, variants)
    paths = [font_named(source_font), font_named(target_font)]
    drawn, notes = shared_masters(character_set(characters), paths, size)
    classes = tuple(drawn)
    chosen = in_split(split, classes)
    named = {
        key: pictures({classes[n]: drawn[classes[n]][font] for n in chosen}, variants, channels)
        for font, key in enumerate(("source", "target"))
    }
    named["label"] = np.repeat(np.array(chosen, np.int32), variants)
    fetch, spec = in_memory(named)
    return Source("glyph_pairs", len(named["label"]), spec, fetch, classes, notes=notes)


def glyph_pairs(
    source_font: str = "DejaVuSans",
    target_font: str = "DejaVuSerif-BoldItalic",
    characters: str = "wide",
    size: int = 32,
    channels: Literal[1, 3] = 1,
    variants: int = 1,
    split: Literal["train", "test", "all"] = "train",
    batch_size: int = 64,
    seed: int = 0,
    shuffle: bool = True,
):
    """The same character in two fonts as a finite `tf.data.Dataset`, in another order each time.

    Args:
        source_font: the stem of a text font that matplotlib ships, or a font file.
        target_font: likewise.
        characters: a set's name, such as `"wide"`, or the characters themselves.
        size: height and width in pixels, at least 8.
        channels: 1 or 3.
        variants: pairs of each character, all but the first jittered.
        split: `"train"`, `"test"` or `"all"`.
        batch_size: examples a batch; the remainder of an epoch is dropped.
        seed: integer in [0, 2**32) that fixes the sequence of orders.
        shuffle: `False` reads in index order.

    Returns:
        A `tf.data.Dataset` of `{"source": [B, size, size, channels] uint8, "target": likewise,
        "label": [B] int32}`.

    Example:
        >>> gan.fit(kgan.data.glyph_pairs(variants=8), epochs=40)
    """
    source = glyph_pairs_source(
        source_font, target_font, characters, size, channels, variants, split
    )
    return source.dataset(batch_size, seed, shuffle)
