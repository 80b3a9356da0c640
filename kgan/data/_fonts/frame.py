"""The frame in which characters are drawn: one size in points, one base line, for every font."""

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from kgan.data._fonts.font_files import FontFile, measure_ink
from kgan.types import Array

_MARGIN = 0.06  # of the side, that the source font leaves free at each edge for other hands
_EDGE = 1.0  # pixels that stay free at each edge
# Only what is larger than nearly all others by a sixth may be too large: a few outliers would make
# all others small, but W must have room.
_NEARLY_ALL, _OUTLIER = 95.0, 7 / 6
_OVERSAMPLING = 4
_REFERENCE = 256.0  # points at which ink is measured: sizes are proportional


@dataclasses.dataclass(frozen=True)
class Frame:
    """How characters lie in square pictures.

    A character's advance width is centred, and every character has the same base line, so that an
    outline can be taken from a picture and put back into a font.

    Attributes:
        size: pixels of a side.
        em: pixels an em.
        baseline: pixels from the top to the base line.
    """

    size: int
    em: float
    baseline: float

    @classmethod
    def fit(cls, font: FontFile, characters: Sequence[str], size: int) -> "Frame":
        """Returns the largest frame in which the characters of a font have room.

        Outliers, one in twenty at most, have none: they would make all others small.

        Args:
            font: the source font.
            characters: that it has, at least one.
            size: pixels of a side.
        """
        boxes = _measure(font, tuple(characters)) / _REFERENCE
        half, top, bottom = _bound(boxes)
        room = size * (1 - 2 * _MARGIN)
        em = min(room / (2 * half), room / (bottom - top))
        return cls(size, float(em), float(size / 2 - em * (top + bottom) / 2))

    def scale_to_fit(self, font: FontFile, characters: Sequence[str]) -> float:
        """Returns the factor, 1 or less, at which nearly all characters of a font have room here.

        Args:
            font: a hand.
            characters: that it has, at least one.
        """
        boxes = _measure(font, tuple(characters)) / _REFERENCE
        half, top, bottom = _bound(boxes)
        return self._find_room(half, half, top, bottom)

    def draw(
        self, font: FontFile, character: str, scale: float = 1.0, enlargement: int = 1
    ) -> Array:
        """Returns a character as uint8 [size, size], bright on black.

        Args:
            font: the face.
            character: that it has.
            scale: of the font in the frame, about the origin on the base line.
            enlargement: for a picture so many times as large.
        """
        factor = _OVERSAMPLING * enlargement
        opened = _open(font, self.em * scale * factor)
        canvas = Image.new("L", (self.size * factor, self.size * factor))
        place = self.size * factor / 2, self.baseline * factor
        ImageDraw.Draw(canvas).text(place, character, 255, opened, anchor="ms")
        return np.asarray(canvas.reduce(_OVERSAMPLING))

    def find_fit(self, font: FontFile, character: str, scale: float = 1.0) -> float:
        """Returns the factor, 1 or less, at which a character's ink stays in the picture."""
        box = _measure(font, (character,))[0] * scale / _REFERENCE
        left, top, right, bottom = box
        return self._find_room(-left, right, top, bottom)

    def _find_room(self, left, right, top, bottom):
        """Returns the factor, 1 or less, at which a box fits; it is given in ems."""
        needs = np.array([left, right, -top, bottom]) * self.em
        beside, above = self.size / 2 - _EDGE, self.baseline - _EDGE
        rooms = np.array([beside, beside, above, self.size - 2 * _EDGE - above])
        return float(np.min(rooms[needs > 0] / needs[needs > 0], initial=1.0))


@functools.lru_cache(maxsize=32)
def _open(font, points):
    return font.open(points)


@functools.lru_cache(maxsize=4096)
def _measure(font, characters):
    opened = _open(font, _REFERENCE)
    return np.array([measure_ink(opened, character) for character in characters])


def _bound(boxes):
    """Returns half the width, top and bottom of boxes [N, 4], outliers aside."""
    left, top, right, bottom = boxes.T
    half, height, depth = (_find_largest(v) for v in (np.maximum(-left, right), -top, bottom))
    return half, -height, depth


def _find_largest(values):
    usual = np.percentile(values, _NEARLY_ALL, method="higher")
    limit = usual + (_OUTLIER - 1) * abs(usual)
    return max(float(values[values <= limit].max()), 1e-6)
