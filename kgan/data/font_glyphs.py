"""Characters drawn from fonts: labelled pictures without a download."""

import string
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from kgan.data.fonts import drawable, font_files
from kgan.data.progress import reported
from kgan.data.source import Source, in_memory
from kgan.errors import InputError
from kgan.registry import SOURCES

register = SOURCES.register

CHARACTERS = {
    "digits": string.digits,
    "letters": string.ascii_letters,
    "alphanumeric": string.digits + string.ascii_letters,
}
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
_OVERSAMPLING = 4
_EXTENT = 0.76  # of a font's largest character; jitter by the amounts below stays in the picture
_ROTATION = 10.0  # degrees either way
_SCALE = (0.8, 1.05)
_SHIFT = 0.04  # of the picture's side, either way
_JITTER_SEED = 0


@register("glyphs")
def glyphs_source(
    characters: str = "alphanumeric",
    fonts: str = "matplotlib",
    size: int = 32,
    channels: Literal[1, 3] = 1,
    variants: int = 1,
    colors: bool = False,
):
    """Characters drawn from fonts, bright on black or coloured, labelled by character and font.

    Args:
        characters: `"digits"`, `"letters"`, `"alphanumeric"`, or the characters themselves.
        fonts: `"matplotlib"` (21 text fonts it ships), a font file, or a folder of fonts.
        size: height and width in pixels, at least 8.
        channels: 1 or 3.
        variants: pictures of each character and font: the first as the font has it, the others
            turned by up to 10 degrees, scaled by 0.8 to 1.05 and moved by up to 4 % of `size`.
        colors: draw and background in two colours of `PALETTE` (needs 3 channels).

    Returns:
        A `Source` of `image` [size, size, channels] uint8, `label` [] int32 (the character's
        place in `classes`) and `font` [] int32 (the font's place in `fonts.font_files(fonts)`).
        A character that a font lacks is left out; `notes` says which.

    Raises:
        InputError: an option out of range, or nothing to draw.

    Example:
        >>> glyphs_source("digits", variants=10).count
        2100
    """
    _check_options(size, channels, variants, colors)
    wanted = tuple(dict.fromkeys(CHARACTERS.get(characters, characters)))
    drawn, notes = _drawn(wanted, font_files(fonts), size)
    if not drawn:
        raise InputError(
            f"Expected characters that the fonts can draw. Received: characters={characters!r}, "
            f"fonts={fonts!r}. Choose others."
        )
    present = {character for character, _, _ in drawn}
    classes = tuple(character for character in wanted if character in present)
    numbers = {character: number for number, character in enumerate(classes)}
    images = np.empty((len(drawn) * variants, size, size, channels), np.uint8)
    for number in reported(range(len(images)), len(images), "Drawing characters"):
        character, font, master = drawn[number // variants]
        variant = number % variants
        random = np.random.default_rng([_JITTER_SEED, ord(character), font, variant])
        image = _jittered(master, random) if variant else master
        ink = np.asarray(image.reduce(_OVERSAMPLING), np.float32)[..., np.newaxis] / 255.0
        images[number] = np.rint(_colored(ink, random) if colors else ink * 255.0)
    labels = [numbers[character] for character, _, _ in drawn]
    named = {
        "image": images,
        "label": np.repeat(np.array(labels, np.int32), variants),
        "font": np.repeat(np.array([font for _, font, _ in drawn], np.int32), variants),
    }
    fetch, spec = in_memory(named)
    return Source("glyphs", len(images), spec, fetch, classes, notes=notes)


def glyphs(
    characters: str = "alphanumeric",
    fonts: str = "matplotlib",
    size: int = 32,
    channels: Literal[1, 3] = 1,
    variants: int = 1,
    colors: bool = False,
    batch_size: int = 64,
    seed: int = 0,
    shuffle: bool = True,
):
    """Characters drawn from fonts as a finite `tf.data.Dataset`, in another order each time.

    Args:
        characters: `"digits"`, `"letters"`, `"alphanumeric"`, or the characters themselves.
        fonts: `"matplotlib"`, a font file, or a folder of fonts.
        size: height and width in pixels, at least 8.
        channels: 1 or 3.
        variants: pictures of each character and font, all but the first jittered.
        colors: draw and background in two colours of `PALETTE` (needs 3 channels).
        batch_size: examples a batch; the remainder of an epoch is dropped.
        seed: integer in [0, 2**32) that fixes the sequence of orders.
        shuffle: `False` reads in index order.

    Returns:
        A `tf.data.Dataset` of `{"image": [B, size, size, channels] uint8, "label": [B] int32,
        "font": [B] int32}`.

    Example:
        >>> gan.fit(kgan.data.glyphs("letters", variants=20), epochs=40)
    """
    source = glyphs_source(characters, fonts, size, channels, variants, colors)
    return source.dataset(batch_size, seed, shuffle)


def _check_options(size, channels, variants, colors):
    if size < 8:
        raise InputError(
            f"Expected a size of at least 8 pixels. Received: size={size!r}. Choose 32 or 64."
        )
    if channels not in (1, 3) or (colors and channels != 3):
        raise InputError(
            f"Expected 1 or 3 channels, and 3 for colors. Received: channels={channels!r}, "
            f"colors={colors!r}. Choose channels=3."
        )
    if variants < 1:
        raise InputError(
            f"Expected at least 1 variant. Received: variants={variants!r}. Choose 1 or more."
        )


def _drawn(wanted, files, size):
    """Returns `[(character, font number, oversampled picture)]` and notes of what is left out."""
    drawn, notes = [], []
    for number, path in enumerate(files):
        available = drawable(path)
        if available is None:
            notes.append(f"{path.name} left out: not a readable font")
            continue
        masters = _masters([c for c in wanted if c in available], path, size)
        drawn.extend((character, number, master) for character, master in masters.items())
        missing = "".join(character for character in wanted if character not in masters)
        if missing:
            notes.append(f"{path.name} lacks {missing!r}: left out")
    return drawn, tuple(notes)


def _masters(characters, path, size):
    """Draws characters with one font size, so that 'o' stays smaller than 'O'; blank ones drop."""
    side = size * _OVERSAMPLING
    probe = _font(path, side)
    boxes = {character: _ink(probe, character) for character in characters}
    extents = [max(right - left, bottom - top) for left, top, right, bottom in boxes.values()]
    if not any(extents):
        return {}
    font = _font(path, side * side * _EXTENT / max(extents))
    masters = {}
    for character in characters:
        left, top, right, bottom = _ink(font, character)
        if right <= left or bottom <= top:
            continue
        canvas = Image.new("L", (side, side))
        corner = ((side - left - right) / 2, (side - top - bottom) / 2)
        ImageDraw.Draw(canvas).text(corner, character, fill=255, font=font, anchor="ls")
        if canvas.getbbox():
            masters[character] = canvas
    return masters


def _font(path, points):
    # The basic layout is in every Pillow; the other draws the same single characters.
    return ImageFont.truetype(str(path), points, layout_engine=ImageFont.Layout.BASIC)


def _ink(font, character):
    return font.getbbox(character, anchor="ls")


def _jittered(master, random):
    angle = np.deg2rad(random.uniform(-_ROTATION, _ROTATION))
    scale = random.uniform(*_SCALE)
    side = master.width
    shift_x, shift_y = random.uniform(-_SHIFT, _SHIFT, size=2) * side
    cosine, sine = np.cos(angle) / scale, np.sin(angle) / scale
    middle = side / 2
    # Pillow wants the way back: from a pixel of the result to its origin, about the middle.
    x, y = middle + shift_x, middle + shift_y
    backward = (
        *(cosine, sine, middle - cosine * x - sine * y),
        *(-sine, cosine, middle + sine * x - cosine * y),
    )
    return master.transform(
        (side, side), Image.Transform.AFFINE, backward, Image.Resampling.BICUBIC
    )


def _colored(ink, random):
    """Mixes two colours, well apart, by `ink` [H, W, 1] in [0, 1]; returns [H, W, 3] in 0..255."""
    colors = np.array(list(PALETTE.values()), np.float32)
    luma = colors @ np.array([0.299, 0.587, 0.114], np.float32)
    pairs = np.argwhere(np.abs(luma[:, np.newaxis] - luma) >= _APART)
    foreground, background = colors[pairs[random.integers(len(pairs))]]
    return background + ink * (foreground - background)
