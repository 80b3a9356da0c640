"""The frame in which characters are drawn: one size in points, one base line, for every font."""

import dataclasses
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
        boxes = _measure(font, characters) / _REFERENCE
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
        boxes = _measure(font, characters) / _REFERENCE
        half, top, bottom = _bound(boxes)
        return float(self._find_room(half, half, top, bottom))

    def draw(
        self,
        font: FontFile,
        characters: Sequence[str],
        scales: float | Sequence[float] = 1.0,
        enlargement: int = 1,
    ) -> Array:
        """Returns characters as uint8 [N, size, size], bright on black.

        Args:
            font: the face.
            characters: that it has.
            scales: of the font in the frame, about the origin on the base line; one for each
                character, or for all.
            enlargement: for pictures so many times as large.
        """
        factor = _OVERSAMPLING * enlargement
        side, opened = self.size * factor, {}
        place = side / 2, self.baseline * factor
        pictures = np.empty((len(characters), *(self.size * enlargement,) * 2), np.uint8)
        scales = np.broadcast_to(scales, len(characters))
        for number, (character, scale) in enumerate(zip(characters, scales, strict=True)):
            if scale not in opened:
                opened[scale] = font.open(self.em * scale * factor)
            canvas = Image.new("L", (side, side))
            ImageDraw.Draw(canvas).text(place, character, 255, opened[scale], anchor="ms")
            pictures[number] = np.asarray(canvas.reduce(_OVERSAMPLING))
        return pictures

    def find_scales(self, font: FontFile, characters: Sequence[str], scale: float = 1.0) -> Array:
        """Returns the factors [N], 1 or less, at which each character's ink has room.

        Args:
            font: the face.
            characters: that it has.
            scale: of the font in the frame.
        """
        left, top, right, bottom = (scale / _REFERENCE * _measure(font, characters)).T
        return self._find_room(-left, right, top, bottom)

    def _find_room(self, left, right, top, bottom):
        """Returns the factors, 1 or less, at which boxes fit; they are given in ems."""
        needs = np.maximum(np.array([left, right, -top, bottom]) * self.em, 1e-9)
        beside, above = self.size / 2 - _EDGE, self.baseline - _EDGE
        rooms = np.array([beside, beside, above, self.size - 2 * _EDGE - above])
        return np.minimum(1.0, np.min((rooms / needs.T).T, axis=0))


def _measure(font, characters):
    opened = font.open(_REFERENCE)
    return np.array([measure_ink(opened, c) for c in characters]).reshape(-1, 4)


def _bound(boxes):
    """Returns half the width, top and bottom of boxes [N, 4], outliers aside."""
    left, top, right, bottom = boxes.T
    half, height, depth = (_find_largest(v) for v in (np.maximum(-left, right), -top, bottom))
    return half, -height, depth


def _find_largest(values):
    usual = np.percentile(values, _NEARLY_ALL, method="higher")
    limit = usual + (_OUTLIER - 1) * abs(usual)
    return max(float(values[values <= limit].max()), 1e-6)
