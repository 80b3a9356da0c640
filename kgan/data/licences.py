"""Under what licence embedded data stand, for the cards of what was trained on them."""

import pathlib

_FONTS = "that of matplotlib's fonts: DejaVu (Bitstream Vera), STIX (SIL OFL 1.1)"
_MADE = "none: made by kgan from random numbers"
_LICENCES = {
    "digits": "CC BY 4.0: Optical Recognition of Handwritten Digits, Alpaydin and Kaynak 1998, UCI",
    "captions": _FONTS,
    "glyph_domains": _FONTS,
    "glyph_pairs": _FONTS,
    "glyphs": _FONTS,
    "unpaired_glyphs": _FONTS,
    "grammar": _MADE,
    "grid": _MADE,
    "mixture": _MADE,
    "moons": _MADE,
    "oracle": _MADE,
    "ring": _MADE,
    "swiss_roll": _MADE,
}
_OPTIONS = ("fonts", "source_font", "target_font", "font_a", "font_b")  # may be files of your own


def licence_of(options):
    """Returns what is known of the licence of a source's data, for people.

    Args:
        options: `{"source": name, argument: value, …}`.

    Example:
        >>> licence_of({"source": "digits"})[:9]
        'CC BY 4.0'
    """
    fonts = [pathlib.Path(str(options[name])) for name in _OPTIONS if name in options]
    known = _LICENCES.get(options["source"])
    if known is None or any(font.exists() or len(font.parts) > 1 for font in fonts):
        return "that of your own data; kgan does not know it"
    return known
