"""Sentences about faces: what is said of one, and in which words."""

import hashlib
from collections.abc import Mapping

from kgan.data._faces.attributes import check_face, name_kind

# The first of each is the plainest.
_SKINS = {
    "tanned": ("tanned", "orange"),
    "yellow": ("yellow", "lemon"),
    "pale": ("pale", "white"),
    "light": ("light", "fair"),
    "brown": ("brown", "bronze"),
    "dark brown": ("dark brown", "dark bronze"),
    "black": ("black", "ebony"),
}
_HAIRS = {
    "auburn": ("auburn", "copper"),
    "black": ("black", "raven"),
    "blonde": ("blonde", "sandy"),
    "golden": ("golden", "honey"),
    "brown": ("brown", "chestnut"),
    "dark brown": ("dark brown", "dark chestnut"),
    "pink": ("pink", "rosy"),
    "platinum": ("platinum", "ivory"),
    "red": ("red", "ginger"),
    "grey": ("grey", "silver"),
}
_EXTRAS = {
    "none": (),
    "glasses": ("glasses", "spectacles"),
    "sunglasses": ("sunglasses", "shades"),
    "eyepatch": ("an eyepatch", "one eye covered"),
    "beard": ("a beard", "a bearded chin"),
    "moustache": ("a moustache", "a mustache"),
}
_OPENINGS = ("a face with", "somebody with", "a person with", "a portrait of someone with")


def describe_face(face: Mapping[str, str], wording: int | None = None) -> str:
    """Returns a sentence about a face: skin, hair colour, accessory and facial hair.

    An accessory or facial hair that it does not name is not there.

    Args:
        face: `{attribute: value}`, from `sample_face`.
        wording: a whole number that chooses order and synonyms, or None for the plainest.

    Raises:
        InputError: an attribute that is missing or unknown.

    Example:
        >>> kgan.data.describe_face(kgan.data.sample_face(3))
        'a face with dark brown skin and black hair'
    """
    check_face(face)
    number = 0
    if wording is not None:
        text = f"{wording} {sorted(face.items())}"
        number = int.from_bytes(hashlib.sha256(text.encode()).digest())

    def pick(options):
        nonlocal number
        number, place = divmod(number, len(options))
        return options[place]

    opening = pick(_OPENINGS)
    first = [f"{pick(_SKINS[face['skin_color']])} skin", f"{pick(_HAIRS[face['hair_color']])} hair"]
    kinds = (name_kind(face[attribute]) for attribute in ("accessory", "facial_hair"))
    extras = [pick(_EXTRAS[kind]) for kind in kinds if _EXTRAS[kind]]
    parts = [part for group in (first, extras) for part in (group, group[::-1])[pick((0, 1))]]
    return f"{opening} {', '.join(parts[:-1])} and {parts[-1]}"


def list_words() -> tuple[str, ...]:
    """Returns all words of the sentences, sorted."""
    tables = _SKINS, _HAIRS, _EXTRAS
    phrases = [phrase for table in tables for phrases in table.values() for phrase in phrases]
    return tuple(sorted(set(" ".join((*phrases, *_OPENINGS, "skin hair and")).split())))
