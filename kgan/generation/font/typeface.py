"""A TrueType font of outlines, with the metrics of another font."""

import re
from typing import NamedTuple

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, TTLibError

from kgan.errors import InputError
from kgan.files import replace_atomically
from kgan.generation.font.outlines import Contour, flatten, measure_area
from kgan.types import PathLike

_SPACES = (" ", "\u00a0", "\u3000")


class Metrics(NamedTuple):
    """What a text needs to know of a font, in units of which an em has `units`.

    Attributes:
        units: an em.
        ascent: of a line, above the base line.
        descent: of a line, above the base line, and so below 0.
        gap: between lines.
        x_height: of x, 0 where nobody tells.
        cap_height: of H, 0 where nobody tells.
        advances: `{character: advance width}`, of all that the font has.
    """

    units: int
    ascent: int
    descent: int
    gap: int
    x_height: int
    cap_height: int
    advances: dict[str, int]


class Names(NamedTuple):
    """What a font says about itself.

    Attributes:
        family: its name in menus.
        copyright: a line.
        licence: of the font, a line.
        description: where it comes from.
    """

    family: str
    copyright: str
    licence: str
    description: str


def read_metrics(path: PathLike, index: int = 0) -> Metrics:
    """Returns the metrics of a font file.

    Args:
        path: of a .ttf, .otf or .ttc.
        index: of the face in a .ttc.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with TTFont(path, fontNumber=index, lazy=True) as font:
            line, widths, characters = font["hhea"], font["hmtx"], font.getBestCmap() or {}
            heights = font.get("OS/2")
            return Metrics(
                font["head"].unitsPerEm,
                line.ascent,
                line.descent,
                line.lineGap,
                getattr(heights, "sxHeight", 0),
                getattr(heights, "sCapHeight", 0),
                {chr(code): widths[name][0] for code, name in characters.items()},
            )
    except (OSError, TTLibError, KeyError) as error:
        raise InputError(f"Expected a font with metrics. Received: {path} ({error}).") from error


def write_typeface(
    path: PathLike, outlines: dict[str, list[Contour]], metrics: Metrics, names: Names
) -> None:
    """Writes a TrueType font atomically.

    Args:
        path: where to, a .ttf.
        outlines: `{character: contours}` in units, y up from the base line, x from the left end of
            the advance width. Spaces are added.
        metrics: of lines, and of each character's advance.
        names: what the font says about itself.
    """
    spaces = {c: [] for c in _SPACES if c in metrics.advances}
    outlines = {" ": [], **spaces, **outlines}
    glyphs = {".notdef": _draw([_box(metrics)])}
    glyphs |= {_name(c): _draw(contours) for c, contours in outlines.items()}
    advances = {".notdef": metrics.units // 2}
    advances |= {_name(c): metrics.advances.get(c, metrics.units // 2) for c in outlines}
    builder = FontBuilder(metrics.units, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap({ord(c): _name(c) for c in outlines})
    builder.setupGlyf(glyphs)
    placed = builder.font["glyf"]
    builder.setupHorizontalMetrics({n: (advances[n], placed[n].xMin) for n in glyphs})
    ascent, descent = metrics.ascent, metrics.descent
    builder.setupHorizontalHeader(ascent=ascent, descent=descent, lineGap=metrics.gap)
    plain = re.sub(r"[^A-Za-z0-9]", "", names.family)[:50] or "Font"
    told = {
        "copyright": names.copyright,
        "familyName": names.family,
        "styleName": "Regular",
        "uniqueFontIdentifier": f"kgan: {names.family}",
        "fullName": names.family,
        "version": "Version 1.000",
        "psName": f"{plain}-Regular",
        "description": names.description,
        "licenseDescription": names.licence,
    }
    builder.setupNameTable(told)
    tops = [placed[n].yMax for n in glyphs] + [ascent]
    bottoms = [placed[n].yMin for n in glyphs] + [descent]
    builder.setupOS2(
        sTypoAscender=ascent,
        sTypoDescender=descent,
        sTypoLineGap=metrics.gap,
        usWinAscent=max(tops),
        usWinDescent=max(0, -min(bottoms)),
        sxHeight=metrics.x_height,
        sCapHeight=metrics.cap_height,
        fsType=0,  # may be embedded
        achVendID="KGAN",
    )
    builder.setupPost(keepGlyphNames=False)
    builder.font["OS/2"].recalcUnicodeRanges(builder.font)
    builder.font["OS/2"].recalcAvgCharWidth(builder.font)
    with replace_atomically(path) as temporary:
        builder.save(temporary)


def _name(character):
    return f"u{ord(character):05X}"


def _box(metrics):
    """Returns the frame that stands for what the font lacks."""
    width, height = metrics.units // 2, int(0.7 * metrics.units)
    margin = metrics.units // 20
    corners = ((margin, 0), (margin, height), (width - margin, height), (width - margin, 0))
    return [(x, y, True) for x, y in corners]


def _draw(contours):
    """Returns a glyph; outer contours run clockwise, as TrueType wants them."""
    if contours:
        areas = [measure_area(flatten(contour)) for contour in contours]
        if max(areas, key=abs) > 0:
            contours = [contour[::-1] for contour in contours]
    pen = TTGlyphPen(None)
    for contour in contours:
        first = next(number for number, point in enumerate(contour) if point[2])
        turned = [*contour[first:], *contour[:first]]
        points = [((round(x), round(y)), on) for x, y, on in turned]
        pen.moveTo(points[0][0])
        off = []
        for place, on in [*points[1:], points[0]]:
            if not on:
                off.append(place)
            elif off:
                pen.qCurveTo(*off, place)
                off = []
            else:
                pen.lineTo(place)
        pen.closePath()
    return pen.glyph()
