"""Which fonts there are, and which characters each can draw."""

import pathlib

from kgan.errors import InputError

_SUFFIXES = (".ttf", ".otf", ".ttc")
_ALPHANUMERIC = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")

# The text fonts among those that matplotlib ships. The others hold symbols and pieces of formulas,
# or, as LastResort does, a placeholder for every character there is.
_MATPLOTLIB = (
    *(f"DejaVuSans{style}.ttf" for style in ("", "-Bold", "-BoldOblique", "-Oblique")),
    *(f"DejaVuSansMono{style}.ttf" for style in ("", "-Bold", "-BoldOblique", "-Oblique")),
    *(f"DejaVuSerif{style}.ttf" for style in ("", "-Bold", "-BoldItalic", "-Italic")),
    *(f"STIXGeneral{style}.ttf" for style in ("", "Bol", "BolIta", "Italic")),
    *(f"{name}.ttf" for name in ("cmb10", "cmr10", "cmss10", "cmti10", "cmtt10")),
)


def font_files(fonts):
    """Returns the font files behind `fonts`; a file's place in the list is its number.

    Args:
        fonts: `"matplotlib"` (21 text fonts it ships), a font file, or a folder of them, nested.

    Returns:
        A list of paths.

    Raises:
        InputError: no such file or folder, or no font in it.
    """
    if fonts == "matplotlib":
        import matplotlib  # only here: it is slow to import

        folder = pathlib.Path(matplotlib.get_data_path()) / "fonts" / "ttf"
        return [folder / name for name in _MATPLOTLIB if (folder / name).is_file()]
    path = pathlib.Path(fonts).expanduser()
    if path.is_dir():
        found = sorted(file for file in path.rglob("*") if file.suffix.lower() in _SUFFIXES)
    else:
        found = [path] if path.is_file() else []
    if not found:
        raise InputError(
            f"Expected 'matplotlib', a font file or a folder of them ({', '.join(_SUFFIXES)}). "
            f"Received: fonts={str(fonts)!r}. Give a path that exists."
        )
    return found


def drawable(path):
    """Returns the set of characters a font file has, or `None` if it is not a readable font.

    Args:
        path: a font file.

    Example:
        >>> "é" in drawable("DejaVuSans.ttf")
        True
    """
    from matplotlib.ft2font import FT2Font

    try:
        characters = {chr(code) for code in FT2Font(str(path)).get_charmap()}
    except (RuntimeError, OSError, ValueError):
        return None
    # Computer Modern follows TeX's own encoding: other code points draw other characters.
    return characters & _ALPHANUMERIC if path.name.startswith("cm") else characters
