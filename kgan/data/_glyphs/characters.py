"""Sets of characters, and which of them are held out for the test split."""

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


def expand_characters(characters: str) -> tuple[str, ...]:
    """Returns the characters behind a name in `CHARACTERS`, or those of the text, each once."""
    return tuple(dict.fromkeys(CHARACTERS.get(characters, characters)))


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
