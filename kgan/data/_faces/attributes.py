"""What a drawn face is made of, by number: its attributes, their values, and its split."""

import types
from collections.abc import Mapping

from kgan.data._hashing import hash_to_unit
from kgan.errors import InputError, UnknownNameError, check_whole

SPLITS = ("train", "validation", "test", "unseen", "all")
_HELD_OUT = 0.1  # of the combinations of skin, hair colour, accessory and facial hair
_NONE = "none"
_BARE = 0.5  # of the faces have no accessory, and as many no facial hair


def _name(*members: str) -> dict[str, str]:
    """Returns `{name for people: name in python_avatars}`."""
    return {member.lower().replace("_", " "): member for member in members}


# Left out are hair that hides a beard or shows no colour of its own, clothes that have no colour,
# and faces without hair: what a face is said to have is to be seen in it.
VALUES: Mapping[str, Mapping[str, str]] = types.MappingProxyType({
    "skin_color": _name("TANNED", "YELLOW", "PALE", "LIGHT", "BROWN", "DARK_BROWN", "BLACK"),
    "hair_color": {
        "auburn": "AUBURN",
        "black": "BLACK",
        "blonde": "BLONDE",
        "golden": "BLONDE_GOLDEN",
        "brown": "BROWN",
        "dark brown": "BROWN_DARK",
        "pink": "PASTEL_PINK",
        "platinum": "PLATINUM",
        "red": "RED",
        "grey": "SILVER_GRAY",
    },
    "hair": _name(
        "BIG_HAIR", "BOB", "BUN", "CAESAR_SIDE_PART", "CAESAR", "CURLY", "CURVY", "DREADS", "FRIDA",
        "FRIZZLE", "FRO_BAND", "FRO", "LONG_NOT_TOO_LONG", "MIA_WALLACE", "SHAGGY_MULLET", "SHAGGY",
        "SHORT_CURLY", "SHORT_DREADS_1", "SHORT_DREADS_2", "SHORT_FLAT", "SHORT_ROUND",
        "SHORT_WAVED", "STRAIGHT_1", "STRAIGHT_STRAND", "BRAIDS", "BRIDE", "BUZZCUT", "CORNROWS",
        "DREADLOCKS", "EINSTEIN_HAIR", "ELVIS", "EVIL_SPIKE", "HALF_SHAVED", "MOHAWK", "MOWGLI",
        "PIXIE", "POMPADOUR", "QUIFF", "TWIST_LONG_HAIR", "TWIST_LONG_HAIR_2", "WICK", "WILD",
    ),
    "eyes": _name(
        "CLOSED", "CRY", "DEFAULT", "EYE_ROLL", "HAPPY", "HEART", "SIDE", "SQUINT", "SURPRISED",
        "WINK_WACKY", "WINK", "X_DIZZY",
    ),
    "eyebrows": _name(
        "NONE", "ANGRY_NATURAL", "ANGRY", "DEFAULT_NATURAL", "DEFAULT", "FLAT_NATURAL",
        "FROWN_NATURAL", "RAISED_EXCITED_NATURAL", "RAISED_EXCITED", "SAD_CONCERNED_NATURAL",
        "SAD_CONCERNED", "UNIBROW_NATURAL", "UP_DOWN_NATURAL", "UP_DOWN",
    ),
    "mouth": _name(
        "CONCERNED", "DEFAULT", "DISBELIEF", "EATING", "GRIMACE", "SAD", "SCREAM_OPEN", "SERIOUS",
        "SMILE", "TONGUE", "TWINKLE", "VOMIT", "BIG_SMILE",
    ),
    "accessory": {
        _NONE: "NONE",
        "eyepatch": "EYEPATCH",
        "clear glasses": "PRESCRIPTION_1",
        "thick glasses": "PRESCRIPTION_2",
        "round glasses": "ROUND",
        "white sunglasses": "KURT",
        "sunglasses": "SUNGLASSES",
        "wayfarer sunglasses": "WAYFARERS",
        "violet sunglasses": "SUNGLASSES_2",
        "violet wayfarer sunglasses": "WAYFARERS_2",
    },
    "facial_hair": {
        _NONE: "NONE",
        "light beard": "BEARD_LIGHT",
        "long beard": "BEARD_MAGESTIC",
        "full beard": "BEARD_MEDIUM",
        "thin beard": "WICK_BEARD",
        "fancy moustache": "MOUSTACHE_FANCY",
        "thick moustache": "MOUSTACHE_MAGNUM",
        "bushy moustache": "EINSTEIN_MOUSTACHE",
    },
    "clothing": _name(
        "BLAZER_SHIRT", "BLAZER_SWEATER", "COLLAR_SWEATER", "GRAPHIC_SHIRT", "HOODIE", "OVERALL",
        "SHIRT_CREW_NECK", "SHIRT_SCOOP_NECK", "SHIRT_V_NECK", "BOND_SUIT", "CHEF", "GLADIATOR",
        "JEDI_ROBE", "SHIRT_WICK",
    ),
    "clothing_color": _name(
        "BLACK", "BLUE_01", "BLUE_02", "BLUE_03", "GRAY_01", "GRAY_02", "HEATHER", "PASTEL_BLUE",
        "PASTEL_GREEN", "PASTEL_ORANGE", "PASTEL_YELLOW", "PINK", "RED", "WHITE",
    ),
})  # fmt: skip

_SMILES = ("default", "smile", "twinkle", "big smile")
BINARY = (
    *(f"{color} skin" for color in VALUES["skin_color"]),
    *(f"{color} hair" for color in VALUES["hair_color"]),
    "glasses", "sunglasses", "eyepatch", "beard", "moustache", "smile",
)  # fmt: skip


def sample_face(seed: int) -> dict[str, str]:
    """Returns the face of a seed: `{attribute: value}`, each attribute drawn alone.

    Half of the faces have no accessory, half no facial hair; other values are equally frequent.

    Args:
        seed: a whole number ≥ 0.

    Raises:
        InputError: another seed.

    Example:
        >>> kgan.data.sample_face(3)["hair_color"]
        'black'
    """
    check_whole(0, seed=seed)
    return {attribute: _choose(attribute, seed) for attribute in VALUES}


def _choose(attribute, seed):
    number = hash_to_unit(f"face {seed} {attribute}")
    values = tuple(VALUES[attribute])
    if attribute in ("accessory", "facial_hair"):
        if number < _BARE:
            return _NONE
        number, values = (number - _BARE) / (1.0 - _BARE), values[1:]
    return values[int(number * len(values))]


def check_face(face: Mapping[str, str]) -> None:
    """Refuses a face that lacks an attribute, or has an unknown one or an unknown value."""
    for attribute in VALUES:
        if attribute not in face:
            raise InputError(
                f"Expected a face with {', '.join(VALUES)}. Received: none of {attribute}. "
                "Begin with sample_face(seed)."
            )
    for attribute, value in face.items():
        check_value(attribute, value)


def check_value(attribute: str, value: str) -> None:
    """Refuses an attribute or a value that faces do not have."""
    if attribute not in VALUES:
        raise UnknownNameError("attribute of faces", attribute, VALUES)
    if value not in VALUES[attribute]:
        raise UnknownNameError(attribute, value, VALUES[attribute])


def name_kind(value: str) -> str:
    """Returns the kind of an accessory or facial hair: `"glasses"` for `"round glasses"`."""
    return value.split()[-1]


def list_binary(face: Mapping[str, str]) -> list[int]:
    """Returns which of `BINARY` a face has, zeros and ones."""
    has = {
        f"{face['skin_color']} skin",
        f"{face['hair_color']} hair",
        name_kind(face["accessory"]),
        name_kind(face["facial_hair"]),
        "smile" if face["mouth"] in _SMILES else "",
    }
    return [int(name in has) for name in BINARY]


def is_held_out(face: Mapping[str, str]) -> bool:
    """Returns whether the combination that a face shows is kept out of all splits but `unseen`.

    A combination is of skin, hair colour, and the kinds of accessory and facial hair.
    """
    kinds = name_kind(face["accessory"]), name_kind(face["facial_hair"])
    combination = face["skin_color"], face["hair_color"], *kinds
    return hash_to_unit(f"combination of {combination}") < _HELD_OUT


def list_seeds(split: str, count: int) -> list[int]:
    """Returns the first `count` seeds of a split.

    Of ten seeds eight belong to `train`, one to `validation` and one to `test`, whoever has a
    combination that is held out aside: those are `unseen`. `all` is every seed.

    Raises:
        InputError: an unknown split, or a count below 1.
    """
    if split not in SPLITS:
        raise UnknownNameError("split", split, SPLITS)
    check_whole(1, count=count)
    seeds, seed = [], 0
    while len(seeds) < count:
        if split in ("all", _split_of(seed)):
            seeds.append(seed)
        seed += 1
    return seeds


def _split_of(seed):
    if is_held_out(sample_face(seed)):
        return "unseen"
    return {8: "validation", 9: "test"}.get(seed % 10, "train")
