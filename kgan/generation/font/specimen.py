"""A page that shows what is in a font: a picture, and HTML to type on."""

import html
import math
import pathlib
import urllib.parse

from PIL import Image, ImageDraw, ImageFont

from kgan.files import replace_atomically, write_text
from kgan.types import PathLike

_LINES = (
    "The quick brown fox jumps over the lazy dog",
    "Zażółć gęślą jaźń · Příliš žluťoučký kůň",
    "永和九年歲在癸丑暮春之初",
    "いろはにほへとちりぬるを",
    "다람쥐 헌 쳇바퀴에 타고파",
)
_MOST = 1000  # characters that a page shows
_WIDTH, _CELL, _MARGIN = 1200, 60, 30

_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{family}</title>
<style>
  @font-face {{ font-family: "specimen"; src: url("{file}"); }}
  body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 60em; }}
  textarea, .glyphs {{ font-family: "specimen"; border: 1px solid #999; }}
  textarea {{ box-sizing: border-box; font-size: 40px; padding: .4em; width: 100%; }}
  .glyphs {{ font-size: 32px; line-height: 1.6; overflow-wrap: anywhere; padding: .4em; }}
</style>
<h1>{family}</h1>
<p>{description}</p>
<label for="text">Type here:</label>
<textarea id="text" rows="4">{text}</textarea>
<p>{count}</p>
<p class="glyphs">{glyphs}</p>
</html>
"""


def write_specimen(
    font: PathLike, characters: tuple[str, ...], family: str, description: str
) -> list[pathlib.Path]:
    """Writes a picture and a page of a font beside it.

    Args:
        font: the font's file.
        characters: that it has.
        family: its name.
        description: a line about where it comes from.

    Returns:
        `[path of the PNG, path of the HTML]`.
    """
    font = pathlib.Path(font)
    lines = list_lines(characters)
    picture, page = font.with_suffix(".png"), font.with_suffix(".html")
    _draw(font, characters[:_MOST], lines, picture)
    more = len(characters) - _MOST
    count = f"{len(characters)} characters" + (f", of which {_MOST} are shown" * (more > 0))
    told = {
        "family": family,
        "description": description,
        "count": count,
        "file": urllib.parse.quote(font.name),
    }
    told |= {"text": "\n".join(lines), "glyphs": "".join(characters[:_MOST])}
    write_text(page, _PAGE.format(**{name: html.escape(text) for name, text in told.items()}))
    return [picture, page]


def list_lines(characters: tuple[str, ...]) -> list[str]:
    """Returns the lines to show: sentences of which a font has every character, or some of these.

    Args:
        characters: that the font has.
    """
    known = {*characters, " "}
    lines = [line for line in _LINES if set(line) <= known]
    return lines or ["".join(characters[:24])]


def _draw(path, characters, lines, picture):
    columns = (_WIDTH - 2 * _MARGIN) // _CELL
    rows = math.ceil(len(characters) / columns)
    large = ImageFont.truetype(str(path), 48, layout_engine=ImageFont.Layout.BASIC)
    small = ImageFont.truetype(str(path), 36, layout_engine=ImageFont.Layout.BASIC)
    height = 2 * _MARGIN + 80 * len(lines) + _CELL * rows
    page = Image.new("L", (_WIDTH, height), 255)
    pen = ImageDraw.Draw(page)
    for number, line in enumerate(lines):
        pen.text((_MARGIN, _MARGIN + 80 * number + 56), line, 0, large, anchor="ls")
    top = _MARGIN + 80 * len(lines)
    for number, character in enumerate(characters):
        row, column = divmod(number, columns)
        place = _MARGIN + _CELL * (column + 0.5), top + _CELL * (row + 0.7)
        pen.text(place, character, 0, small, anchor="ms")
    with replace_atomically(picture) as temporary:
        page.save(temporary, format="PNG")
