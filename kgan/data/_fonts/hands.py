"""Characters in a source font and in the hands of others: the data of zi2zi."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from kgan.data._fonts.font_files import (
    FontFile,
    digest_fonts,
    draw_small,
    find_missing,
    list_font_files,
)
from kgan.data._fonts.frame import Frame
from kgan.data._glyphs.characters import SPLITS, expand_characters, is_held_out
from kgan.data._glyphs.fonts import licence_of
from kgan.data._hashing import hash_to_unit
from kgan.data._source import Source, build_memory_fetch
from kgan.errors import InputError, UnknownNameError, check_whole
from kgan.progress import track
from kgan.registry import SOURCES

register = SOURCES.register

_NAMED = 20  # characters that a note names
_HANDS = (
    "DejaVuSerif-Bold",
    "DejaVuSansMono-BoldOblique",
    "STIXGeneral",
    "STIXGeneralItalic",
    "STIXGeneralBol",
)


@register("fonts")
def fonts(
    fonts: tuple[str, ...] = _HANDS,
    source_font: str = "DejaVuSans",
    characters: str = "latin",
    size: int = 64,
    limit: int = 0,
    split: Literal["train", "test", "all"] = "train",
) -> Source:
    """Characters in one font, and the same in the hands of others, bright on black.

    Every font is drawn in one size in points on one base line, each character's advance width in
    the middle of the picture; a font that is too large for it is drawn smaller as a whole. A
    character that a font lacks is known by its picture, and left out for that font.

    Args:
        fonts: the hands: each the stem of a text font that matplotlib ships, `"matplotlib"` for all
            of these, a font file, `file.ttc#2` for a face of a collection, or a folder of fonts.
        source_font: that `source` is drawn in; one font, named likewise.
        characters: a set: `"latin"` (accents too), `"greek"`, `"cyrillic"`, `"wide"`, `"kana"`,
            `"hangul"` (2,350), `"gb2312"`, `"gb2312_level1"` (3,755), `"gb2312_level2"`, `"big5"`
            (5,401), `"jis_level1"` (2,965), …; a text file (.txt, UTF-8); or the characters.
        size: height and width in pixels, at least 16.
        limit: the most characters of the split, chosen by their digests; 0 for all.
        split: `"train"`, `"test"` (about a fifth of the characters, none of them in train), or
            `"all"`.

    Returns:
        A `Source` of `source` and `target` [size, size, 1] uint8, `label` [] int32 (the hand's
        place in `classes`) and `character` [] int32 (its place in `names["character"]`, which is
        the same in each split). `notes` says which characters are left out, and why.

    Raises:
        InputError: an option out of range, an unknown or broken font, or one that has none of the
            characters.

    Example:
        >>> train, test = (kgan.data.fonts(split=split) for split in ("train", "test"))
        >>> train.classes[0], train.count, test.count
        ('DejaVuSerif-Bold', 1317, 302)

    Reference: Tian 2017, https://kaonashi-tyc.github.io/2017/04/06/zi2zi.html.
    """
    check_whole(16, size=size)
    check_whole(0, limit=limit)
    if split not in SPLITS:
        raise UnknownNameError("split", split, SPLITS)
    (source, *more), hands = list_font_files([source_font]), list_font_files(fonts)
    if more or not hands:
        raise InputError(
            f"Expected one source font and at least one other. Received: source_font="
            f"{source_font!r}, fonts={list(fonts)}."
        )
    wanted = expand_characters(characters)
    known, notes = choose_characters(source, wanted)
    frame = Frame.fit(source, known, size)
    fitting = _keep_small(frame, source, known, 1.0, notes)
    examples = _draw_hands(frame, hands, fitting, _select(fitting, split, limit), notes)
    if not len(examples["label"]):
        raise InputError(
            f"Expected characters of which some belong to the split. Received: split={split!r} of "
            f"characters={_shorten(fitting)!r}. Give more characters, e.g. 'wide'."
        )
    sources = np.zeros((len(fitting), size, size, 1), np.uint8)
    places = np.unique(examples["character"])
    sources[places, ..., 0] = frame.draw(source, [fitting[n] for n in places])
    fetch, spec = _build_fetch(examples, sources)
    return Source(
        "fonts",
        len(examples["label"]),
        spec,
        fetch,
        classes=tuple(hand.name for hand in hands),
        names={"character": tuple(fitting)},
        notes=tuple(notes),
        licence=licence_of([font.path for font in (source, *hands)]),
        digest=digest_fonts([source, *hands]),
        characters=True,
    )


def choose_characters(
    source: FontFile, characters: Sequence[str]
) -> tuple[tuple[str, ...], list[str]]:
    """Returns the characters that a source font has, and notes about the others.

    A character that is drawn like an earlier one, as Greek Alpha is like Latin A, is left out: what
    is held out must not have been seen under another name.

    Raises:
        InputError: the font has none of them.
    """
    missing = find_missing(source, characters)
    first, notes = {}, []
    for character, picture in draw_small(source, characters).items():
        if character not in missing:
            first.setdefault(picture, character)
    known = tuple(first.values())
    if not known:
        raise InputError(
            f"Expected a source font that has some of the characters. Received: {source.name}, "
            f"which has none of {_shorten(characters)!r}. Choose another font or other characters."
        )
    again = [c for c in characters if c not in missing and c not in set(known)]
    for why, which in ((f"lacking in {source.name}", [c for c in characters if c in missing]),
                       ("drawn like an earlier one", again)):  # fmt: skip
        if which:
            notes.append(_note(why, which))
    return known, notes


def open_frame(options: dict[str, Any]) -> tuple[FontFile, Frame]:
    """Returns the source font of data that `fonts` opened, and the frame it is drawn in.

    Args:
        options: of `fonts`, all of them.

    Raises:
        InputError: the font is no longer there.
    """
    source, frame, _ = _open_source_font(options)
    return source, frame


def open_hand(options: dict[str, Any], name: str) -> tuple[FontFile, float]:
    """Returns the font of a hand, and its scale in the frame.

    Args:
        options: of `fonts`, all of them.
        name: of the hand, one of the source's `classes`.

    Raises:
        InputError: the font is no longer there.
    """
    source, frame, known = _open_source_font(options)
    fitting = _keep_small(frame, source, known, 1.0, [])
    hands = {hand.name: hand for hand in list_font_files(options["fonts"])}
    if name not in hands:
        raise UnknownNameError("hand", name, hands)
    missing = find_missing(hands[name], fitting)
    return hands[name], frame.scale_to_fit(hands[name], [c for c in fitting if c not in missing])


def _open_source_font(options):
    (source,) = list_font_files([options["source_font"]])
    known, _ = choose_characters(source, expand_characters(options["characters"]))
    return source, Frame.fit(source, known, options["size"]), known


def _draw_hands(frame, hands, characters, chosen, notes):
    """Returns arrays [N, ...]: each chosen character in every hand that has it, in turn.

    Args:
        frame: in which to draw.
        hands: the fonts.
        characters: by which each hand's size is decided.
        chosen: places of those to draw.
        notes: a list, to which is added what is left out.
    """
    drawn = {"character": [], "label": [], "target": []}
    for label, hand in enumerate(track(hands, len(hands), "Drawing fonts")):
        missing = find_missing(hand, characters)
        held = [one for one in characters if one not in missing]
        if not held:
            raise InputError(
                f"Expected fonts that have some of the characters. Received: {hand.name}, which "
                f"has none of {_shorten(characters)}. Leave it out, or choose other characters."
            )
        if missing:
            lacking = [one for one in characters if one in missing]
            notes.append(_note(f"lacking in {hand.name}", lacking))
        scale = frame.scale_to_fit(hand, held)
        kept = set(_keep_small(frame, hand, held, scale, notes))
        places = [n for n in chosen if characters[n] in kept]
        drawn["character"].append(places)
        drawn["label"].append([label] * len(places))
        drawn["target"].append(frame.draw(hand, [characters[n] for n in places], scale))
    character = np.concatenate(drawn["character"]).astype(np.int32)
    label = np.concatenate(drawn["label"]).astype(np.int32)
    order = np.argsort(character, kind="stable")
    target = np.concatenate(drawn["target"])[order, ..., np.newaxis]
    return {"target": target, "label": label[order], "character": character[order]}


def _keep_small(frame, font, characters, scale, notes):
    """Returns the characters that have room, and adds a note about the others."""
    rooms = frame.find_scales(font, characters, scale)
    kept = [c for c, room in zip(characters, rooms, strict=True) if room == 1.0]
    if len(kept) < len(characters):
        large = [c for c, room in zip(characters, rooms, strict=True) if room < 1.0]
        notes.append(_note(f"too large for the picture in {font.name}", large))
    return kept


def _select(characters, split, limit):
    """Returns the places of the characters of a split, in their order."""
    places = [
        n for n, c in enumerate(characters) if split == "all" or is_held_out(c) == (split == "test")
    ]
    if limit:
        places = sorted(
            sorted(places, key=lambda n: hash_to_unit(f"order {characters[n]}"))[:limit]
        )
    return places


def _build_fetch(examples, sources):
    """Returns `fetch` and `spec`; a source is held in memory once, whatever the number of hands."""
    fetch_examples, spec = build_memory_fetch(examples)
    with tf.device("CPU:0"):
        kept = tf.constant(sources)

    def fetch(indices):
        batch = fetch_examples(indices)
        return {"source": tf.gather(kept, batch["character"]), **batch}

    return fetch, {"source": spec["target"], **spec}


def _note(why, which):
    return f"Left out, {why}: {_shorten(which)}"


def _shorten(characters):
    more = f" and {len(characters) - _NAMED} more" if len(characters) > _NAMED else ""
    return "".join(characters[:_NAMED]) + more
