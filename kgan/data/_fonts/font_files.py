"""Font files that are drawn with: opened, named, and asked which characters they have."""

import collections
import functools
import hashlib
import pathlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from kgan.data._glyphs.fonts import find_fonts, read_characters
from kgan.errors import InputError, UnknownNameError

_SIDE = 48  # pixels of the pictures by which missing characters are known
_REPEATED = 6  # characters that a font draws alike: then it has none of them
# Code points that no font may have: Unicode keeps them free for ever.
_NONCHARACTERS = ("\U0010ffff", "\ufdd0")


class FontFile(NamedTuple):
    """One face of a font file.

    Attributes:
        path: of the file.
        index: of the face in a collection (.ttc), else 0.
        name: by which people call it: the file's stem, with `#index` in a collection.
    """

    path: pathlib.Path
    index: int
    name: str

    def open(self, points: float) -> ImageFont.FreeTypeFont:
        """Returns the face at a size, pixels an em."""
        # The basic layout is in every Pillow, and draws single characters alike.
        layout = ImageFont.Layout.BASIC
        return ImageFont.truetype(str(self.path), points, self.index, layout_engine=layout)


def list_font_files(fonts: Iterable[str]) -> list[FontFile]:
    """Returns the faces behind names and paths, each once, in the order in which they are named.

    Args:
        fonts: each the stem of a text font that matplotlib ships, `"matplotlib"` for all of these,
            a font file, `file.ttc#2` for a face of a collection, or a folder of fonts, nested.

    Raises:
        InputError: no such font, a file that is none, or two fonts of one name.
    """
    files = [one for font in fonts for one in _expand(str(font))]
    files = list(dict.fromkeys(files))
    names = collections.Counter(one.name for one in files)
    twice = [one for one in files if names[one.name] > 1]
    if twice:
        raise InputError(
            f"Expected fonts of different names. Received: {twice[0].path} and {twice[1].path}. "
            "Rename one."
        )
    return files


def _expand(font):
    shipped = {path.stem: path for path in find_fonts("matplotlib")}
    if font == "matplotlib":
        return [FontFile(path, 0, name) for name, path in shipped.items()]
    if font in shipped:
        return [FontFile(shipped[font], 0, font)]
    path, index = pathlib.Path(font).expanduser(), 0
    before, hash_sign, number = font.rpartition("#")
    if hash_sign and number.isdecimal() and not path.exists():
        path, index = pathlib.Path(before).expanduser(), int(number)
    if path.is_dir():
        return [FontFile(file, 0, file.stem) for file in find_fonts(str(path)) if _opens(file)]
    if not path.is_file():
        raise UnknownNameError("font, and no such file", font, shipped)
    one = FontFile(path, index, f"{path.stem}#{index}" if hash_sign and index else path.stem)
    if not _opens(path, index):
        raise InputError(f"Expected a font. Received: {font}, not readable as one. Give another.")
    return [one]


def _opens(path, index=0):
    try:
        FontFile(path, index, path.stem).open(_SIDE).getbbox("0")
    except (OSError, ValueError):  # what FreeType says of a broken file, or of a missing face
        return False
    return True


def find_missing(font: FontFile, characters: Sequence[str]) -> set[str]:
    """Returns the characters that a font does not have, as its pictures tell.

    Missing are those drawn like the box that stands for what a font lacks, those drawn like five
    others (another placeholder), and those without ink. A font's own table of characters does not
    tell: some map what they lack to a box or to nothing.

    Args:
        font: the face.
        characters: that are wanted.
    """
    pictures = draw_small(font, characters)
    repeated = collections.Counter(pictures.values())
    placeholders = set(draw_small(font, _NONCHARACTERS).values())
    placeholders |= {picture for picture, count in repeated.items() if count >= _REPEATED}
    placeholders.add(bytes(_SIDE * _SIDE))  # no ink
    missing = {c for c, picture in pictures.items() if picture in placeholders}
    if font.path.name.startswith("cm"):
        # Computer Modern follows TeX's own encoding: other code points draw other characters.
        missing |= set(characters) - read_characters(font.path)
    return missing


def draw_small(font: FontFile, characters: Iterable[str]) -> dict[str, bytes]:
    """Returns `{character: picture}`; two of them are equal only if a font draws both alike."""
    opened, pictures = font.open(_SIDE * 0.6), {}
    for character in characters:
        canvas = Image.new("L", (_SIDE, _SIDE))
        ImageDraw.Draw(canvas).text((_SIDE / 2, _SIDE * 0.7), character, 255, opened, anchor="ms")
        pictures[character] = canvas.tobytes()
    return pictures


def measure_ink(font: ImageFont.FreeTypeFont, character: str) -> np.ndarray:
    """Returns left, top, right and bottom of a character's ink, in pixels.

    x counts from the middle of its advance width, y from the base line down.
    """
    left, top, right, bottom = font.getbbox(character, anchor="ls")
    middle = font.getlength(character) / 2
    return np.array([left - middle, top, right - middle, bottom])


@functools.cache
def _list_matplotlib():
    return frozenset(find_fonts("matplotlib"))


def digest_fonts(fonts: Iterable[FontFile]) -> str:
    """Returns a digest of the bytes of a person's own font files, or nothing where there are none.

    Args:
        fonts: the faces; those that matplotlib ships do not count.
    """
    digest = hashlib.sha256()
    own = [font for font in fonts if font.path not in _list_matplotlib()]
    for font in own:
        with open(font.path, "rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:32] if own else ""
