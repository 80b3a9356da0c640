"""Font files: where they are, which characters each can draw, and their licence."""

import pathlib
from collections.abc import Iterable

from kgan.data._source import OWN_DATA
from kgan.errors import InputError, UnknownNameError

_SUFFIXES = (".ttf", ".otf", ".ttc")
_ALPHANUMERIC = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")

_LICENCE = "that of matplotlib's fonts: DejaVu (Bitstream Vera), STIX (SIL OFL 1.1)"

# The text fonts among those that matplotlib ships. The others hold symbols and pieces of formulas,
# or, as LastResort does, a placeholder for every character there is.
_MATPLOTLIB = (
    *(f"DejaVuSans{style}.ttf" for style in ("", "-Bold", "-BoldOblique", "-Oblique")),
    *(f"DejaVuSansMono{style}.ttf" for style in ("", "-Bold", "-BoldOblique", "-Oblique")),
    *(f"DejaVuSerif{style}.ttf" for style in ("", "-Bold", "-BoldItalic", "-Italic")),
    *(f"STIXGeneral{style}.ttf" for style in ("", "Bol", "BolIta", "Italic")),
    *(f"{name}.ttf" for name in ("cmb10", "cmr10", "cmss10", "cmti10", "cmtt10")),
)


def find_fonts(fonts: str) -> list[pathlib.Path]:
    """Returns the font files behind `fonts`; a file's place in the list is its number.

    Args:
        fonts: `"matplotlib"` (21 text fonts it ships), a font file, or a folder of them, nested.

    Raises:
        InputError: no such file or folder, or no font in it.
    """
    if fonts == "matplotlib":
        import matplotlib  # slow to import

        folder = pathlib.Path(matplotlib.get_data_path()) / "fonts" / "ttf"
        return [folder / name for name in _MATPLOTLIB if (folder / name).is_file()]
    path = pathlib.Path(fonts).expanduser()
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix.lower() in _SUFFIXES)
    else:
        files = [path] if path.is_file() else []
    if not files:
        raise InputError(
            f"Expected 'matplotlib', a font file or a folder of them ({', '.join(_SUFFIXES)}). "
            f"Received: fonts={str(fonts)!r}. Give a path that exists."
        )
    return files


def find_font(name: str) -> pathlib.Path:
    """Returns the file of one font.

    Args:
        name: the stem of one of the text fonts that matplotlib ships, e.g. `"DejaVuSerif-Bold"`,
            or the path of a font file.

    Raises:
        InputError: neither, or a file that is no font.
    """
    shipped = {path.stem: path for path in find_fonts("matplotlib")}
    if name in shipped:
        return shipped[name]
    path = pathlib.Path(name).expanduser()
    if not path.is_file():
        raise UnknownNameError("font, and no such file", name, shipped)
    if read_characters(path) is None:
        raise InputError(f"Expected a font. Received: {name}, not readable as one. Give another.")
    return path


def read_characters(path: pathlib.Path) -> set[str] | None:
    """Returns the characters a font file can draw, or `None` if it is not a readable font.

    Example:
        >>> "é" in read_characters(find_font("DejaVuSans"))
        True
    """
    from matplotlib.ft2font import FT2Font

    try:
        characters = {chr(code) for code in FT2Font(str(path)).get_charmap()}
    except (RuntimeError, OSError, ValueError):
        return None
    # Computer Modern follows TeX's own encoding: other code points draw other characters.
    return characters & _ALPHANUMERIC if path.name.startswith("cm") else characters


def licence_of(fonts: Iterable[pathlib.Path]) -> str:
    """Returns the licence of font files, which kgan knows only of those that matplotlib ships."""
    return _LICENCE if set(fonts) <= set(find_fonts("matplotlib")) else OWN_DATA
