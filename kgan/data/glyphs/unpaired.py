"""Characters of two fonts that no example shows together; their pairs are kept for scoring."""

import dataclasses
from typing import Literal

from kgan.data._arrays import arrays_source
from kgan.data._joining import two_sides
from kgan.data.glyphs.characters import HELD_OUT, character_set, in_split, share
from kgan.data.glyphs.rendering import check_drawing, font_named, pictures, shared_masters
from kgan.data.source import Source, in_memory
from kgan.errors import InputError, UnknownNameError
from kgan.registry import SOURCES

register = SOURCES.register

_SPLITS = ("train", "test")


@register("unpaired_glyphs")
def unpaired_glyphs_source(
    font_a: str = "DejaVuSans",
    font_b: str = "DejaVuSerif-Bold",
    characters: str = "wide",
    size: int = 32,
    channels: Literal[1, 3] = 1,
    variants: int = 1,
    split: Literal["train", "test"] = "train",
):
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
        >>> train = unpaired_glyphs_source()
        >>> train.sides, train.count
        ((244, 257), 257)
    """
    check_drawing(size, channels, variants)
    if split not in _SPLITS:
        raise UnknownNameError("split", split, _SPLITS)
    paths = [font_named(font_a), font_named(font_b)]
    drawn, notes = shared_masters(character_set(characters), paths, size)
    classes = tuple(drawn)
    chosen = [classes[number] for number in in_split(split, classes)]
    groups = chosen, chosen
    if split == "train":
        # What is not held out is cut in the middle.
        first = [c for c in chosen if share(c) < (1.0 + HELD_OUT) / 2.0]
        groups = first, [c for c in chosen if c not in first]
    if not all(groups):
        raise InputError(
            f"Expected characters for both fonts. Received: characters={characters!r}, which "
            f"leaves {len(groups[0])} for a and {len(groups[1])} for b. Give more, e.g. 'wide'."
        )
    sides = []
    for font, group in enumerate(groups):
        of_font = {character: drawn[character][font] for character in group}
        sides.append(pictures(of_font, variants, channels))
    if split == "test":
        fetch, spec = in_memory({"a": sides[0], "b": sides[1]})
        return Source("unpaired_glyphs", len(sides[0]), spec, fetch, notes=notes)
    a, b = (arrays_source(side) for side in sides)
    return dataclasses.replace(two_sides(a, b, "unpaired_glyphs"), notes=notes)


def unpaired_glyphs(
    font_a: str = "DejaVuSans",
    font_b: str = "DejaVuSerif-Bold",
    characters: str = "wide",
    size: int = 32,
    channels: Literal[1, 3] = 1,
    variants: int = 1,
    split: Literal["train", "test"] = "train",
    batch_size: int = 64,
    seed: int = 0,
    shuffle: bool = True,
):
    """Unpaired characters of two fonts as a finite `tf.data.Dataset`, in another order each time.

    Args:
        font_a: the stem of a text font that matplotlib ships, or a font file.
        font_b: likewise.
        characters: a set's name, such as `"wide"`, or the characters themselves.
        size: height and width in pixels, at least 8.
        channels: 1 or 3.
        variants: pictures of each character, all but the first jittered.
        split: `"train"`, or `"test"` for the hidden pairs.
        batch_size: examples a batch; the remainder of an epoch is dropped.
        seed: integer in [0, 2**32) that fixes the sequence of orders.
        shuffle: `False` reads in index order.

    Returns:
        A `tf.data.Dataset` of `{"a": [B, size, size, channels] uint8, "b": likewise}`.

    Example:
        >>> gan.fit(kgan.data.unpaired_glyphs(variants=8), epochs=40)
    """
    source = unpaired_glyphs_source(font_a, font_b, characters, size, channels, variants, split)
    return source.dataset(batch_size, seed, shuffle)
