"""Characters drawn from fonts: labelled pictures without a download."""

from typing import Literal

import numpy as np

from kgan.data._glyphs.characters import expand_characters
from kgan.data._glyphs.fonts import find_fonts, licence_of, read_characters
from kgan.data._glyphs.rendering import (
    JITTER_SEED,
    check_drawing,
    draw_characters,
    jitter,
    shrink,
)
from kgan.data._source import Source
from kgan.errors import InputError
from kgan.progress import track
from kgan.registry import SOURCES

register = SOURCES.register

# Okabe and Ito's palette, which people of any colour vision tell apart.
PALETTE = {
    "black": (0, 0, 0),
    "orange": (230, 159, 0),
    "sky blue": (86, 180, 233),
    "bluish green": (0, 158, 115),
    "yellow": (240, 228, 66),
    "blue": (0, 114, 178),
    "vermillion": (213, 94, 0),
    "reddish purple": (204, 121, 167),
    "white": (255, 255, 255),
}
_APART = 80.0  # least difference of luma (0..255) between a character and its background


@register("glyphs")
def glyphs(
    characters: str = "alphanumeric",
    fonts: str = "matplotlib",
    size: int = 32,
    channels: Literal[1, 3] = 1,
    variants: int = 1,
    colors: bool = False,
) -> Source:
    """Characters drawn from fonts, bright on black or coloured, labelled by character and font.

    Args:
        characters: `"digits"`, `"letters"`, `"alphanumeric"`, `"latin"`, `"greek"`, `"cyrillic"`,
            `"wide"` (all of these), or the characters themselves.
        fonts: `"matplotlib"` (21 text fonts it ships), a font file, or a folder of fonts.
        size: height and width in pixels, at least 8.
        channels: 1 or 3.
        variants: pictures of each character and font: the first as the font has it, the others
            turned by up to 10 degrees, scaled by 0.8 to 1.05 and moved by up to 4 % of `size`.
        colors: draw and background in two colours of `PALETTE` (needs 3 channels).

    Returns:
        A `Source` of `image` [size, size, channels] uint8, `label` [] int32 (the character's
        place in `classes`) and `font` [] int32 (the font's place in `names`).
        A character that a font lacks is left out; `notes` says which.

    Raises:
        InputError: an option out of range, or nothing to draw.

    Example:
        >>> kgan.data.glyphs("digits", variants=10).count
        2100
    """
    _check_options(size, channels, variants, colors)
    wanted = expand_characters(characters)
    files = find_fonts(fonts)
    drawn, notes = _draw(wanted, files, size)
    if not drawn:
        raise InputError(
            f"Expected characters that the fonts can draw. Received: characters={characters!r}, "
            f"fonts={fonts!r}. Choose others."
        )
    present = {character for character, _, _ in drawn}
    classes = tuple(character for character in wanted if character in present)
    numbers = {character: number for number, character in enumerate(classes)}
    images = np.empty((len(drawn) * variants, size, size, channels), np.uint8)
    for number in track(range(len(images)), len(images), "Drawing characters"):
        character, font, image = drawn[number // variants]
        variant = number % variants
        random = np.random.default_rng([JITTER_SEED, ord(character), font, variant])
        image = jitter(image, random) if variant else image
        ink = shrink(image)[..., np.newaxis] / np.float32(255.0)
        images[number] = np.rint(_color(ink, random) if colors else ink * 255.0)
    labels = [numbers[character] for character, _, _ in drawn]
    named = {
        "image": images,
        "label": np.repeat(np.array(labels, np.int32), variants),
        "font": np.repeat(np.array([font for _, font, _ in drawn], np.int32), variants),
    }
    return Source.from_arrays(
        "glyphs",
        named,
        classes=classes,
        notes=notes,
        names={"font": tuple(path.stem for path in files)},
        licence=licence_of(files),
        characters=True,
    )


def _check_options(size, channels, variants, colors):
    check_drawing(size, channels, variants)
    if colors and channels != 3:
        raise InputError(
            f"Expected 3 channels for colors. Received: channels={channels!r}, colors={colors!r}. "
            "Choose channels=3."
        )


def _draw(wanted, files, size):
    """Returns `[(character, font number, oversampled picture)]` and notes of what is left out."""
    drawn, notes = [], []
    for number, path in enumerate(files):
        available = read_characters(path)
        if available is None:
            notes.append(f"{path.name} left out: not a readable font")
            continue
        of_font = draw_characters([c for c in wanted if c in available], path, size)
        drawn.extend((character, number, image) for character, image in of_font.items())
        missing = "".join(character for character in wanted if character not in of_font)
        if missing:
            notes.append(f"{path.name} lacks {missing!r}: left out")
    return drawn, tuple(notes)


def _color(ink, random):
    """Mixes two colours, well apart, by `ink` [H, W, 1] in [0, 1]; returns [H, W, 3] in 0..255."""
    colors = np.array(list(PALETTE.values()), np.float32)
    luma = colors @ np.array([0.299, 0.587, 0.114], np.float32)
    pairs = np.argwhere(np.abs(luma[:, np.newaxis] - luma) >= _APART)
    foreground, background = colors[pairs[random.integers(len(pairs))]]
    return background + ink * (foreground - background)
