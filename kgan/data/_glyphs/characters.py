"""Sets of characters, and which of them are held out for the test split."""

import pathlib
import string
import unicodedata
from collections.abc import Sequence

from kgan.data._hashing import hash_to_unit
from kgan.errors import InputError, UnknownNameError

SPLITS = ("train", "test", "all")
HELD_OUT = 0.2  # of the characters, in expectation


def _letters(first, last):
    """Returns the letters of a Unicode block with an upper or a lower case; no ligatures."""
    letters = []
    for code in range(first, last + 1):
        character = chr(code)
        # Compatibility decomposition takes accents off and ligatures apart.
        pieces = unicodedata.normalize("NFKD", character)
        bases = [piece for piece in pieces if not unicodedata.combining(piece)]
        if unicodedata.category(character) in ("Lu", "Ll") and len(bases) == 1:
            letters.append(character)
    return "".join(letters)


CHARACTERS = {
    "digits": string.digits,
    "letters": string.ascii_letters,
    "alphanumeric": string.digits + string.ascii_letters,
    "latin": string.ascii_letters + _letters(0x00C0, 0x024F),
    "greek": _letters(0x0370, 0x03FF),
    "cyrillic": _letters(0x0400, 0x04FF),
}
CHARACTERS["wide"] = string.digits + "".join(
    CHARACTERS[script] for script in ("latin", "greek", "cyrillic")
)


def _decode_rows(codec, first, last, lows=range(0xA1, 0xFF)):
    """Returns the characters of a double-byte code, from row `first` to row `last`."""
    codes = (bytes([high, low]) for high in range(first, last + 1) for low in lows)
    return "".join(code.decode(codec, errors="ignore") for code in codes)


CHARACTERS["kana"] = "".join(map(chr, (*range(0x3041, 0x3097), *range(0x30A1, 0x30FB))))
CHARACTERS["hangul"] = _decode_rows("euc_kr", 0xB0, 0xC8)
CHARACTERS["gb2312_level1"] = _decode_rows("gb2312", 0xB0, 0xD7)
CHARACTERS["gb2312_level2"] = _decode_rows("gb2312", 0xD8, 0xF7)
CHARACTERS["gb2312"] = CHARACTERS["gb2312_level1"] + CHARACTERS["gb2312_level2"]
CHARACTERS["jis_level1"] = _decode_rows("euc_jp", 0xB0, 0xCF)
CHARACTERS["big5"] = _decode_rows("big5", 0xA4, 0xC6, (*range(0x40, 0x7F), *range(0xA1, 0xFF)))
CHARACTERS["big5"] = "".join(c for c in CHARACTERS["big5"] if "\u4e00" <= c <= "\u9fff")
# What a Latin text needs: the printable ASCII, and letters with accents.
CHARACTERS["latin_text"] = "".join(map(chr, range(0x21, 0x7F)))
CHARACTERS["latin_text"] += "".join(c for c in CHARACTERS["latin"] if ord(c) > 0x7F)


def expand_characters(characters: str) -> tuple[str, ...]:
    """Returns the characters behind a name in `CHARACTERS`, of a text file, or of the text itself.

    Args:
        characters: a name; a path that ends in .txt; or the characters. Each counts once, and white
            space not at all.

    Raises:
        InputError: no such file, or one that is no text in UTF-8.
    """
    if characters in CHARACTERS:
        return tuple(dict.fromkeys(CHARACTERS[characters]))
    if characters.endswith(".txt"):
        try:
            characters = pathlib.Path(characters).expanduser().read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"Expected a text file of characters, in UTF-8. Received: {characters} ({error})."
            ) from error
    return tuple(c for c in dict.fromkeys(characters) if not c.isspace())


def is_held_out(character: str) -> bool:
    """Returns whether a character belongs to the test split of the glyph sources."""
    return hash_to_unit(character) < HELD_OUT


def select_split(split: str, characters: Sequence[str]) -> list[int]:
    """Returns the numbers of the characters that belong to a split.

    Args:
        split: `"train"`, `"test"` (about a fifth of the characters) or `"all"`.
        characters: sequence of them.

    Returns:
        A list of places in `characters`.

    Raises:
        InputError: an unknown split, or one that none of the characters belongs to.
    """
    if split not in SPLITS:
        raise UnknownNameError("split", split, SPLITS)
    chosen = [
        number
        for number, character in enumerate(characters)
        if split == "all" or is_held_out(character) == (split == "test")
    ]
    if not chosen:
        raise InputError(
            f"Expected characters of which some belong to the split. Received: split={split!r} of "
            f"characters={''.join(characters)!r}. Give more characters, e.g. 'wide'."
        )
    return chosen
