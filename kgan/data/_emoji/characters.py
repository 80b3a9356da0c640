"""Which characters are emoji: their names, their groups, and the split that each belongs to."""

import unicodedata
from collections.abc import Iterable

from kgan.data._hashing import hash_to_unit
from kgan.errors import InputError, UnknownNameError

SPLITS = ("train", "validation", "test", "all")
GROUPS = ("faces", "people", "animals", "plants and food", "weather", "travel", "activities",
          "objects", "symbols")  # fmt: skip

_KINDS = ("So", "Sm", "Po")  # Unicode's categories of symbols and punctuation
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)  # halves of flags, no pictures
_LATIN = 0x100  # below it is text

# The first that holds a code point counts; what none holds is a symbol. After the blocks and
# subheads of Unicode's charts, 1F300 to 1FAFF.
_RANGES = (
    ("weather",
     "1F300-1F321 1F324-1F32C 2600-2604 2614 26C4-26C5 26C8 2744 1F3D4"),
    ("travel",
     "1F3D5-1F3F0 1F5FA-1F5FF 1F680-1F6B3 1F6B7-1F6C5 1F6D1-1F6D7 1F6E3-1F6FC 26EA 26F0-26F5 "
     "26FA 26FD 2693 2708 1F6E2 1F301 1F30D-1F310"),
    ("activities",
     "1F380-1F384 1F386-1F3D3 1F3F8-1F3F9 1F93A 1F93F 1F945-1F94F 26BD-26BE 26F7-26F9 1F3AF "
     "1F9E9 1FA80-1FA81 1FA83 1F579 1F004 1F0CF"),
    ("plants and food",
     "1F32D-1F37F 1F950-1F96F 1F9C0-1F9CB 1FAD0-1FADF 1FAB4 1FAB7-1FABB 2615 1FABE 1F940 "
     "1F490 2618"),
    ("animals",
     "1F400-1F43F 1F54A 1F577-1F578 1F980-1F9AE 1FAB0-1FAB3 1FAB6 1FABC-1FABD 1FABF "
     "1FACE-1FACF"),
    ("faces",
     "1F600-1F644 1F479-1F47B 1F47D-1F480 1F910-1F917 1F920-1F925 1F927-1F92F 1F970-1F976 "
     "1F978-1F97A 1F9D0 1FAE0-1FAEF 2639-263A"),
    ("people",
     "1F385 1F440-1F450 1F464-1F478 1F47C 1F481-1F483 1F485-1F487 1F48F 1F491 1F4AA "
     "1F46A-1F46F 1F574-1F575 1F57A 1F590 1F595-1F596 1F645-1F64F 1F6A3 1F6B4-1F6B6 1F6C0 "
     "1F6CC 1F90C-1F90F 1F918-1F91F 1F926 1F930-1F939 1F93C-1F93E 1F977 1F9B4-1F9B9 1F9BB "
     "1F9CD-1F9DF 1FAC0-1FAC6 1FAF0-1FAFF 261D 270A-270D"),
    ("objects",
     "1F451-1F463 1F484 1F488-1F48E 1F4A1 1F4A3 1F4B0-1F4B1 1F4B3-1F4FF 1F50B-1F50E "
     "1F50F-1F516 1F525-1F52E 1F549-1F54E 1F550-1F567 1F56F-1F573 1F576 1F587-1F58D "
     "1F5A5-1F5E1 1F97B-1F97F 1F9AF-1F9B3 1F9BA 1F9BC-1F9BF 1F9E0-1F9FF 1FA70-1FA7C 1FA82 "
     "1FA84-1FAAF 1F6CB 1F6CD-1F6D0 1F6E0-1F6E1 231A-231B 2328 23F0-23F3 260E 2692 2694 "
     "2696-2697 2699 26CF 26D1 26D3 2702 2709 270F 2712"),
)  # fmt: skip


def _parse(ranges):
    for text in ranges.split():
        first, _, last = text.partition("-")
        yield range(int(first, 16), int(last or first, 16) + 1)


_PARSED = tuple((group, tuple(_parse(ranges))) for group, ranges in _RANGES)


def is_emoji(code: int) -> bool:
    """Returns whether a code point is a picture of its own, and has a name."""
    character = chr(code)
    kind = unicodedata.category(character) in _KINDS
    named = bool(unicodedata.name(character, ""))
    return kind and named and code >= _LATIN and code not in _FLAG_LETTERS


def name_emoji(code: int) -> str:
    """Returns Unicode's name in small letters, without hyphens: `"grinning face"`."""
    return unicodedata.name(chr(code)).lower().replace("-", " ")


def group_of(code: int) -> str:
    """Returns the group, one of `GROUPS`, of a code point."""
    for group, ranges in _PARSED:
        if any(code in numbers for numbers in ranges):
            return group
    return "symbols"


def select_split(split: str, codes: Iterable[int]) -> list[int]:
    """Returns those code points that belong to a split: 80, 10 and 10 % of them.

    Raises:
        InputError: an unknown split, or one that none of them belongs to.
    """
    if split not in SPLITS:
        raise UnknownNameError("split", split, SPLITS)
    chosen = [code for code in codes if split in ("all", _split_of(code))]
    if not chosen:
        raise InputError(
            f"Expected emoji of which some belong to the split. Received: none in {split!r}. "
            "Give fonts that have more in common."
        )
    return chosen


def _split_of(code):
    number = hash_to_unit(f"emoji {code}")
    return "train" if number < 0.8 else "validation" if number < 0.9 else "test"
