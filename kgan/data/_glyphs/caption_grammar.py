"""The grammar of captions: what one can say of a coloured character, and in which words."""

import hashlib
import re
from collections.abc import Iterable

from kgan.data._hashing import hash_to_unit
from kgan.errors import UnknownNameError

# Few, and so far apart in hue or luma that a small picture shows which it is.
COLORS = {
    "black": (0, 0, 0),
    "blue": (15, 45, 160),
    "red": (235, 60, 50),
    "green": (80, 185, 90),
    "yellow": (250, 220, 60),
    "white": (255, 255, 255),
}
WEIGHTS = ("regular", "bold")
FAMILIES = ("sans", "serif", "italic")

_APART = 55.0  # least difference of luma (0..255) between a character and its background
_HELD_OUT = 0.15  # of the combinations of character, colour and background, in expectation

# The first of each is the plainest.
_SYNONYMS = {
    "black": ("black", "ebony"),
    "blue": ("blue", "navy"),
    "red": ("red", "crimson", "scarlet"),
    "green": ("green", "emerald"),
    "yellow": ("yellow", "golden"),
    "white": ("white", "snowy"),
    "regular": ("regular", "thin", "normal"),
    "bold": ("bold", "heavy", "thick"),
    "sans": ("sans", "grotesque"),
    "serif": ("serif", "roman"),
    "italic": ("italic", "slanted", "cursive"),
    **{
        str(digit): (str(digit), word)
        for digit, word in enumerate(
            ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
        )
    },
}
_ADJECTIVES = (
    "{weight} {color} {family}",
    "{color} {weight} {family}",
    "{family} {weight} {color}",
)
_TEMPLATES = (
    "a {adjectives} {character} on {background}",
    "{adjectives} {character} on a {background} background",
    "{character} in {adjectives} on {background}",
    "on {background} a {adjectives} {character}",
    "a {background} picture of a {adjectives} {character}",
    "{character} written in {adjectives} over {background}",
)


def list_color_pairs() -> list[tuple[str, str]]:
    """Returns the legible `(color, background)`: the names of those well apart in luma."""
    luma = {
        name: 0.299 * red + 0.587 * green + 0.114 * blue
        for name, (red, green, blue) in COLORS.items()
    }
    return [
        (color, background)
        for color in COLORS
        for background in COLORS
        if abs(luma[color] - luma[background]) >= _APART
    ]


def is_combination_held_out(character: str, color: str, background: str) -> bool:
    """Returns whether `captions` holds this character in these colours out for its test split."""
    return hash_to_unit(f"{background} {color} {character}") < _HELD_OUT


def write_caption(
    character: str,
    color: str,
    background: str,
    weight: str | None = None,
    family: str | None = None,
    wording: int | None = None,
) -> str:
    """Returns a caption of a character, as the source `captions` words it.

    Args:
        character: e.g. `"7"`.
        color: of the character, one of `COLORS`.
        background: one of `COLORS`.
        weight: `"regular"`, `"bold"`, or `None` to leave it open.
        family: `"sans"`, `"serif"`, `"italic"`, or `None` to leave it open.
        wording: an integer that chooses template and synonyms by a hash, or `None` for the
            plainest.

    Raises:
        InputError: a colour, weight or family that captions do not know.

    Example:
        >>> kgan.data.write_caption("7", "red", "blue", "bold", "serif")
        'a bold red serif 7 on blue'
        >>> kgan.data.write_caption("7", "red", "blue", wording=2)
        'a blue picture of a crimson 7'
    """
    for kind, value, known in (
        ("color", color, COLORS),
        ("background", background, COLORS),
        ("weight", weight, (*WEIGHTS, None)),
        ("family", family, (*FAMILIES, None)),
    ):
        if value not in known:
            raise UnknownNameError(kind, value, filter(None, known))
    attributes = {"weight": weight, "color": color, "family": family}
    number = 0
    if wording is not None:
        text = f"{wording} {character} {color} {background} {weight} {family}"
        number = int.from_bytes(hashlib.sha256(text.encode()).digest())

    def pick(options):
        nonlocal number
        number, place = divmod(number, len(options))
        return options[place]

    template, adjectives = pick(_TEMPLATES), pick(_ADJECTIVES)
    words = {k: pick(_SYNONYMS[value]) if value else "" for k, value in attributes.items()}
    text = template.format(
        adjectives=" ".join(adjectives.format(**words).split()),
        character=pick(_SYNONYMS.get(character, (character,))),
        background=pick(_SYNONYMS[background]),
    )
    return re.sub(r"\ba (?=[aeiou])", "an ", text)


def list_words(characters: Iterable[str] = ()) -> tuple[str, ...]:
    """Returns all words of captions, sorted: those for these characters, and all others."""
    of_characters = [_SYNONYMS.get(character, (character,)) for character in characters]
    attributes = (*COLORS, *WEIGHTS, *FAMILIES)
    of_templates = [re.sub(r"\{\w+\}", "", template).split() for template in _TEMPLATES]
    lists = [*of_templates, *of_characters, *(_SYNONYMS[name] for name in attributes), ("an",)]
    return tuple(sorted({word for words in lists for word in words}))
