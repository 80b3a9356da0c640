"""Numbers that look random and depend on a text alone, on every machine and for ever."""

import hashlib


def hash_to_unit(text: str) -> float:
    """Returns a number in [0, 1) that looks random and depends on `text` alone.

    So what is held out by it is held out whatever the size, the fonts and the other characters.
    """
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6]) / 2**48
