"""Holes to be filled in: LaMa's thick strokes and boxes, a function of a number.

Reference: Suvorov et al. 2022, Resolution-robust Large Mask Inpainting with Fourier Convolutions,
arXiv:2109.07161, Section 3 and its supplement.
"""

import numpy as np
from PIL import Image, ImageDraw

from kgan.types import Array

_PIXELS = 256  # of the side for which LaMa gives lengths
_STROKES, _CORNERS, _BOXES = 5, 4, 4  # at most
_LENGTH, _WIDTH = 200, 100  # of a stroke's part, at most
_BOX = (30, 150)  # a box's sides
_PURPOSE = 0x6D61736B


def draw_mask(height: int, width: int, number: int) -> Array:
    """Draws the hole of an example.

    Half of the holes are one to five strokes of up to four corners each, half one to four boxes.
    Lengths are LaMa's, in proportion to the picture.

    Args:
        height, width: of the picture, pixels.
        number: of the example.

    Returns:
        uint8 [height, width, 1], 255 in the hole.
    """
    random = np.random.default_rng([_PURPOSE, number])
    canvas = Image.new("L", (width, height))
    draw = ImageDraw.Draw(canvas)
    scale = min(height, width) / _PIXELS
    if random.random() < 0.5:
        for _ in range(random.integers(1, _STROKES + 1)):
            _draw_stroke(draw, random, height, width, scale)
    else:
        for _ in range(random.integers(1, _BOXES + 1)):
            sides = np.rint(random.integers(*_BOX, size=2, endpoint=True) * scale).astype(int)
            left, top = (random.integers(0, [width, height] - sides + 1)).tolist()
            right, bottom = left + sides[0] - 1, top + sides[1] - 1
            draw.rectangle((left, top, right, bottom), fill=255)
    return np.asarray(canvas)[..., np.newaxis]


def _draw_stroke(draw, random, height, width, scale):
    thick = max(2, round(random.integers(_WIDTH // 5, _WIDTH, endpoint=True) * scale))
    place = random.uniform((0.0, 0.0), (width, height))
    angle = random.uniform(0.0, 2.0 * np.pi)
    for _ in range(random.integers(1, _CORNERS + 1)):
        length = random.uniform(10.0, _LENGTH) * scale
        angle += random.uniform(-np.pi / 2.0, np.pi / 2.0)
        end = np.clip(place + length * np.array([np.cos(angle), np.sin(angle)]), 0, (width, height))
        draw.line([*place.tolist(), *end.tolist()], fill=255, width=thick)
        for x, y in (place, end):
            half = thick / 2.0
            draw.ellipse((x - half, y - half, x + half, y + half), fill=255)
        place = end
