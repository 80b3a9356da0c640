"""Emoji from colour fonts: coloured, as outlines, grey; one vendor or several."""

from typing import Literal

import numpy as np
import PIL

from kgan.data._drawings import draw_once
from kgan.data._emoji.characters import GROUPS, group_of, name_emoji, select_split
from kgan.data._emoji.drawing import OPENMOJI, STYLES, Pen, open_font
from kgan.data._image_file import check_conversion
from kgan.data._source import OWN_DATA, Source
from kgan.errors import InputError, UnknownNameError, check_whole
from kgan.registry import SOURCES

register = SOURCES.register

_RECIPE = 1  # raised when emoji are drawn otherwise, for cached ones are then others
_TO_COLOR = "outline_to_color"
_LICENCE = "CC BY-SA 4.0: all emojis designed by OpenMoji, the open-source emoji and icon project"


@register("emoji")
def emoji(
    fonts: tuple[str, ...] = (OPENMOJI,),
    size: int = 64,
    style: Literal["color", "outline", "grey", "outline_to_color"] = "color",
    split: Literal["train", "validation", "test", "all"] = "train",
    background: str = "white",
) -> Source:
    """Emoji of colour fonts, single code points, with Unicode's names; drawn once and cached.

    Needs `pip install 'kgan[pictures]'` for OpenMoji's 1,400. Others are in font files, e.g.
    Debian's `fonts-noto-color-emoji`; several fonts are domains that hold the same emoji.

    Args:
        fonts: one or more of `"openmoji"` and paths of colour fonts (COLR, or bitmaps).
        size: height and width in pixels, at least 16.
        style: `"color"`; `"outline"`, the black lines of a font of layers; `"grey"`; or
            `"outline_to_color"`, pairs of both.
        split: `"train"` (80 %), `"validation"` or `"test"` (10 % each), fixed by code point; or
            `"all"`.
        background: colour name or `#rrggbb`.

    Returns:
        A `Source` of `image` [size, size, 3] uint8, 1 channel for outlines and grey; or of `source`
        and `target`. `label` [] int32 (the group's place in `classes`), `caption` [] string
        (Unicode's name), `code` [] int32 (the code point), and with several fonts `domain` []
        int32. The domains follow each other, each with the same emoji in the same order. `words`
        holds every word of the captions.

    Raises:
        InputError: an option out of range, a file that is no colour font, or a missing package.

    Example:
        >>> source = kgan.data.emoji(size=32, split="all")
        >>> source.classes[:3]
        ('faces', 'people', 'animals')
    """
    check_whole(16, size=size)
    check_conversion(size, 3, "crop", background)
    if style not in (*STYLES, _TO_COLOR):
        raise UnknownNameError("style", style, (*STYLES, _TO_COLOR))
    if not fonts or len(set(fonts)) < len(fonts):
        raise InputError(f"Expected fonts, each once. Received: fonts={list(fonts)}.")
    vendors = [open_font(name) for name in fonts]
    codes = sorted(set.intersection(*(set(vendor.codes) for vendor in vendors)))
    styles = {"source": "outline", "target": "color"} if style == _TO_COLOR else {"image": style}
    whole = {
        key: [_draw(vendor, codes, size, kind, background) for vendor in vendors]
        for key, kind in styles.items()
    }
    kept = _find_different(whole["target" if style == _TO_COLOR else "image"])
    places = {code: place for place, code in enumerate(codes)}
    codes = [codes[place] for place in kept]
    chosen = select_split(split, codes)
    rows = [places[code] for code in chosen]
    examples = {
        **{key: np.concatenate([of[rows] for of in drawn]) for key, drawn in whole.items()},
        **_describe(chosen, len(vendors)),
    }
    names = {}
    if len(vendors) > 1:
        examples["domain"] = np.repeat(np.arange(len(vendors), dtype=np.int32), len(chosen))
        names["domain"] = tuple(vendor.name for vendor in vendors)
    words = {word for code in codes for word in name_emoji(code).split()}
    licences = (_LICENCE if vendor.bundled else OWN_DATA for vendor in vendors)
    return Source.from_arrays(
        "emoji",
        examples,
        classes=GROUPS,
        names=names,
        words=tuple(sorted(words)),
        licence="; ".join(dict.fromkeys(licences)),
    )


def _draw(vendor, codes, size, style, background):
    pen = None

    def draw(number):
        nonlocal pen
        pen = pen or Pen(vendor, size, style, background)
        return pen(codes[number])

    depends = (vendor.sha256, size, style, background, codes, PIL.__version__)
    shape = (size, size, 3 if style == "color" else 1)
    return draw_once(f"emoji {_RECIPE}, {depends}", len(codes), shape, draw, "Drawing emoji")


def _find_different(drawn):
    """Returns the places of emoji that no font leaves blank or draws like an earlier one.

    An emoji that is held out must not have been seen under another code point.
    """
    known, kept = set(), []
    for place, images in enumerate(zip(*drawn, strict=True)):
        alike = {(font, image.tobytes()) for font, image in enumerate(images)}
        if all(image.min() < image.max() for image in images) and not alike & known:
            kept.append(place)
            known |= alike
    return kept


def _describe(codes, fonts):
    groups = [GROUPS.index(group_of(code)) for code in codes]
    return {
        "label": np.tile(np.array(groups, np.int32), fonts),
        "caption": np.tile(np.array([name_emoji(code).encode() for code in codes]), fonts),
        "code": np.tile(np.array(codes, np.int32), fonts),
    }
