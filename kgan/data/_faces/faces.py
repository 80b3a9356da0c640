"""Cartoon faces without end, every attribute of which is known."""

from typing import Literal

import numpy as np

from kgan.data._drawings import draw_once
from kgan.data._faces.attributes import (
    BINARY,
    VALUES,
    check_value,
    list_binary,
    list_seeds,
    sample_face,
)
from kgan.data._faces.captions import describe_face, list_words
from kgan.data._faces.drawing import draw_face, name_versions
from kgan.data._image_file import check_conversion
from kgan.data._source import Source
from kgan.errors import InputError, UnknownNameError
from kgan.registry import SOURCES

register = SOURCES.register

_RECIPE = 1  # raised when faces are drawn otherwise, for cached ones are then others
_LICENCE = (
    "MIT: drawn by python-avatars from Pablo Stanley's Avataaars, free for personal and commercial "
    "use"
)


@register("faces")
def faces(
    size: int = 64,
    count: int = 6000,
    split: Literal["train", "validation", "test", "unseen", "all"] = "train",
    label: Literal[
        "skin_color",
        "hair_color",
        "hair",
        "eyes",
        "eyebrows",
        "mouth",
        "accessory",
        "facial_hair",
        "clothing",
        "clothing_color",
    ] = "hair_color",
    edit: str | None = None,
    background: str = "white",
) -> Source:
    """Cartoon faces (Avataaars), by seed, with every attribute known; drawn once and cached.

    A face is a function of its seed, and so is its split: of ten seeds eight are `train`, one
    `validation`, one `test`. A tenth of the combinations of skin, hair colour, kind of accessory
    and kind of facial hair belongs to none of them, but to `unseen`. Needs
    `pip install 'kgan[pictures]'`. 6,000 faces at 64×64 take about a minute, the first time.

    Args:
        size: height and width in pixels, at least 16.
        count: faces, at least 1.
        split: `"train"`, `"validation"`, `"test"`, `"unseen"` (combinations that none of these
            shows), or `"all"` (every seed).
        label: the attribute that is the class.
        edit: `"attribute=value"`, e.g. `"accessory=round glasses"`: pairs of a face that has
            another value and the same face with this one. `label`, `attributes` and `caption` are
            then the edited face's.
        background: colour name or `#rrggbb`.

    Returns:
        A `Source` of `image` [size, size, 3] uint8, or with `edit` of `source` and `target`;
        `label` [] int32, `attributes` [23] int32 (zeros and ones, named in `names`), `caption` []
        string, `seed` [] int32, and an int32 [] for each attribute, places in `names`.
        `words` holds every word of the captions. Glasses can hide eyes and eyebrows.

    Raises:
        InputError: an option out of range, or a package that is missing.

    Example:
        >>> source = kgan.data.faces(label="accessory")
        >>> source.classes[:2], source.arrays(limit=1)["caption"]
        (('none', 'eyepatch'), array([b'somebody with tanned skin and golden hair'], dtype=object))
    """
    if size < 16:
        raise InputError(f"Expected a size of at least 16. Received: size={size!r}. Choose 32.")
    check_conversion(size, 3, "crop", background)
    if label not in VALUES:
        raise UnknownNameError("label of faces", label, VALUES)
    versions = name_versions()
    seeds = list_seeds(split, count)
    drawn = [sample_face(seed) for seed in seeds]
    if edit is None:
        images = {"image": _draw(drawn, split, "", versions, size, background)}
    else:
        attribute, value = _parse_edit(edit)
        kept = [n for n, face in enumerate(drawn) if face[attribute] != value]
        if not kept:
            raise InputError(
                f"Expected faces without {edit}. Received: {count} that all have it. Take more."
            )
        edited = [{**face, attribute: value} for face in drawn]
        images = {
            "source": _draw(drawn, split, "", versions, size, background)[kept],
            "target": _draw(edited, split, edit, versions, size, background)[kept],
        }
        seeds, drawn = [seeds[n] for n in kept], [edited[n] for n in kept]
    known = {
        "attributes": np.array([list_binary(face) for face in drawn], np.int32),
        "caption": np.array([
            describe_face(face, seed).encode() for face, seed in zip(drawn, seeds, strict=True)
        ]),
        "seed": np.array(seeds, np.int32),
        **{name: _number(drawn, name) for name in VALUES},
    }  # fmt: skip
    return Source.from_arrays(
        "faces",
        {**images, "label": known[label], **known},
        classes=tuple(VALUES[label]),
        names={"attributes": BINARY, **{name: tuple(values) for name, values in VALUES.items()}},
        words=list_words(),
        licence=_LICENCE,
    )


def _draw(drawn, split, edit, versions, size, background):
    key = f"faces {_RECIPE}, {split}, edit={edit}, size={size}, background={background}, {versions}"

    def draw(number):
        return draw_face(drawn[number], size, background)

    return draw_once(key, len(drawn), (size, size, 3), draw, "Drawing faces")


def _number(drawn, attribute):
    places = {value: place for place, value in enumerate(VALUES[attribute])}
    return np.array([places[face[attribute]] for face in drawn], np.int32)


def _parse_edit(edit):
    attribute, equals, value = (part.strip() for part in edit.partition("="))
    if not equals:
        raise InputError(
            f"Expected edit as attribute=value, e.g. 'hair_color=red'. Received: edit={edit!r}."
        )
    check_value(attribute, value)
    return attribute, value
