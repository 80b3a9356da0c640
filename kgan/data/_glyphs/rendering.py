"""Characters as pictures: drawn large and centred, jittered, shrunk."""

import pathlib
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from kgan.data._glyphs.fonts import read_characters
from kgan.errors import InputError, check_whole
from kgan.progress import track
from kgan.types import Array

_OVERSAMPLING = 4
_EXTENT = 0.76  # of the side, for a font's largest character: jitter stays within the picture
_USUAL = 95.0  # percentile of the extents that counts as the largest where outliers may be left out
_OUTLIER = 1.22  # times that: W passes, and jitter cuts off at most 3 % of a side
_ROTATION = 10.0  # degrees either way
_SCALE = (0.8, 1.05)
_SHIFT = 0.04  # of the picture's side, either way
_REFERENCE = 128  # pixels of the pictures that decide what is left out, whatever the size asked for
_NAMED = 20  # characters that a note names
_ALIKE = 0.2  # root-mean-square difference over root-mean-square ink, up to which two look alike
JITTER_SEED = 0


def check_drawing(size: int, channels: int, variants: int) -> None:
    """Refuses a size, channels or variants that cannot be drawn."""
    check_whole(8, size=size)
    check_whole(1, variants=variants)
    if channels not in (1, 3):
        raise InputError(f"Expected 1 or 3 channels. Received: channels={channels!r}. Choose one.")


def draw_characters(
    characters: Sequence[str], path: pathlib.Path, size: int
) -> dict[str, Image.Image]:
    """Draws characters in one font size, so that 'o' stays smaller than 'O'; omits blank ones.

    Args:
        characters: those that the font has.
        path: the font file.
        size: of the pictures in pixels, after `shrink`.

    Returns:
        `{character: Pillow image}`, white on black, centred; the largest takes 76 % of the side.
    """
    side = size * _OVERSAMPLING
    extents = _extents(characters, path, side)
    if not any(extents.values()):
        return {}
    return _draw(characters, path, side, side * side * _EXTENT / max(extents.values()))


def draw_in_fonts(
    characters: Sequence[str], paths: Sequence[pathlib.Path], size: int
) -> tuple[dict[str, list[Image.Image]], tuple[str, ...]]:
    """Draws the characters that several fonts have, in one size in points.

    Left out are characters that a font lacks; the few that are so large that all others would
    have to be small; and those that a font draws like an earlier one, as it does Latin A and Greek
    Alpha: a character held out for a test must not have been seen under another name.

    Args:
        characters: the wanted ones.
        paths: the font files.
        size: of the pictures in pixels, after `shrink`.

    Returns:
        `({character: [Pillow image of each font]}, notes)`.

    Raises:
        InputError: no character is left.
    """
    available = set.intersection(*(set(read_characters(path)) for path in paths))
    wanted = [character for character in characters if character in available]
    of_fonts = [_extents(wanted, path, _REFERENCE) for path in paths]
    extents = {c: max(of_font[c] for of_font in of_fonts) for c in wanted}
    # Without any ink there is nothing to draw, but neither a font of size 1 / 0.
    usual = np.percentile([1, *extents.values()], _USUAL, method="higher")
    fitting = [character for character in wanted if extents[character] <= _OUTLIER * usual]
    kept = _distinguish(fitting, paths, usual)
    if not kept:
        raise InputError(
            f"Expected characters that the fonts can draw. Received: "
            f"characters={''.join(characters)!r}, fonts={', '.join(path.name for path in paths)}. "
            "Choose others."
        )
    side = size * _OVERSAMPLING
    of_fonts = [_draw(kept, path, side, side * _REFERENCE * _EXTENT / usual) for path in paths]
    left_out = {
        "lacking in a font": [c for c in characters if c not in extents],
        "too large": [c for c in wanted if c not in fitting],
        "blank, or like an earlier one": [c for c in fitting if c not in kept],
    }
    notes = tuple(_note(why, which) for why, which in left_out.items() if which)
    return {character: [of_font[character] for of_font in of_fonts] for character in kept}, notes


def render(drawn: dict[str, Image.Image], variants: int, channels: int) -> Array:
    """Returns the pictures of one font's characters: as the font has them, then jittered.

    The jitter is a function of character and variant, and the same for every font.

    Args:
        drawn: `{character: Pillow image}` of one font, as `draw_characters` returns them.
        variants: pictures of each character.
        channels: 1 or 3.

    Returns:
        uint8 [characters * variants, size, size, channels], the variants of each in a row.
    """
    images = []
    for character, image in track(drawn.items(), len(drawn), "Drawing characters"):
        images.append(shrink(image))
        for variant in range(1, variants):
            random = np.random.default_rng([JITTER_SEED, ord(character), variant])
            images.append(shrink(jitter(image, random)))
    return np.repeat(np.stack(images)[..., np.newaxis], channels, axis=-1)


def jitter(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Turns a drawing by up to 10 degrees, scales it by 0.8 to 1.05, moves it by up to 4 %."""
    angle = np.deg2rad(random.uniform(-_ROTATION, _ROTATION))
    scale = random.uniform(*_SCALE)
    side = image.width
    shift_x, shift_y = random.uniform(-_SHIFT, _SHIFT, size=2) * side
    cosine, sine = np.cos(angle) / scale, np.sin(angle) / scale
    middle = side / 2
    # Pillow takes the inverse map: from a pixel of the result to its origin, about the middle.
    x, y = middle + shift_x, middle + shift_y
    backward = (
        *(cosine, sine, middle - cosine * x - sine * y),
        *(-sine, cosine, middle + sine * x - cosine * y),
    )
    return image.transform((side, side), Image.Transform.AFFINE, backward, Image.Resampling.BICUBIC)


def shrink(image: Image.Image) -> Array:
    """Returns a drawing as uint8 [size, size], antialiased by averaging."""
    return np.asarray(image.reduce(_OVERSAMPLING))


def _distinguish(characters, paths, usual):
    """Returns those characters that each font draws, and unlike any earlier one."""
    points = _REFERENCE * _REFERENCE * _EXTENT / usual
    of_fonts = [_draw(characters, path, _REFERENCE, points) for path in paths]
    drawn = [c for c in characters if all(c in of_font for of_font in of_fonts)]
    if not drawn:
        return []
    alike = sum(_compare([of_font[character] for character in drawn]) for of_font in of_fonts)
    chosen = []
    for number in range(len(drawn)):
        if not alike[number, chosen].any():
            chosen.append(number)
    return [drawn[number] for number in chosen]


def _compare(images):
    """Returns [N, N], true where two pictures differ by less than `_ALIKE` of their ink."""
    small = [image.resize((32, 32), Image.Resampling.BOX) for image in images]
    flat = np.stack([np.asarray(image, np.float64).ravel() for image in small])
    ink = np.sum(flat**2, axis=1)
    distances = ink[:, np.newaxis] + ink - 2.0 * flat @ flat.T
    return distances < _ALIKE**2 * np.maximum(ink[:, np.newaxis], ink)


def _note(why, which):
    more = f" and {len(which) - _NAMED} more" if len(which) > _NAMED else ""
    return f"Left out, {why}: {''.join(which[:_NAMED])}{more}"


def _draw(characters, path, side, points):
    font = _font(path, points)
    drawn = {}
    for character in characters:
        left, top, right, bottom = _ink(font, character)
        if right <= left or bottom <= top:
            continue
        canvas = Image.new("L", (side, side))
        corner = ((side - left - right) / 2, (side - top - bottom) / 2)
        ImageDraw.Draw(canvas).text(corner, character, fill=255, font=font, anchor="ls")
        if canvas.getbbox():
            drawn[character] = canvas
    return drawn


def _extents(characters, path, points):
    """Returns `{character: longer side of its ink}` in pixels."""
    font = _font(path, points)
    boxes = {character: _ink(font, character) for character in characters}
    return {c: max(right - left, bottom - top) for c, (left, top, right, bottom) in boxes.items()}


def _font(path, points):
    # The basic layout is in every Pillow; the other draws the same single characters.
    return ImageFont.truetype(str(path), points, layout_engine=ImageFont.Layout.BASIC)


def _ink(font, character):
    return font.getbbox(character, anchor="ls")
