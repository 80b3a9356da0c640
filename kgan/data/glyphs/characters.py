"""Sets of characters, and which of them are held out for tests."""

import hashlib
import string
import unicodedata

from kgan.errors import InputError, UnknownNameError

SPLITS = ("train", "test", "all")
HELD_OUT = 0.2  # of the characters, in expectation


def _letters(first, last):
    """Returns the letters of a Unicode block with an upper or a lower case; no ligatures."""
    found = []
    for code in range(first, last + 1):
        character = chr(code)
        # Compatibility decomposition takes accents off and ligatures apart.
        pieces = unicodedata.normalize("NFKD", character)
        bases = [piece for piece in pieces if not unicodedata.combining(piece)]
        if unicodedata.category(character) in ("Lu", "Ll") and len(bases) == 1:
            found.append(character)
    return "".join(found)


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


def character_set(characters):
    """Returns the characters behind a name in `CHARACTERS`, or those of the text, each once."""
    return tuple(dict.fromkeys(CHARACTERS.get(characters, characters)))


def share(text):
    """Returns a number in [0, 1) that looks random and depends on `text` alone.

    What is held out by it stays held out under every other option: size, fonts, other characters.
    """
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6]) / 2**48


def held_out(character):
    """Returns whether a character belongs to the test split of the glyph sources."""
    return share(character) < HELD_OUT


def in_split(split, characters):
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
        if split == "all" or held_out(character) == (split == "test")
    ]
    if not chosen:
        raise InputError(
            f"Expected characters of which some belong to the split. Received: split={split!r} of "
            f"characters={''.join(characters)!r}. Give more characters, e.g. 'wide'."
        )
    return chosen
