"""Coloured characters with sentences about them: text-to-image without a download."""

import itertools
from typing import Literal

import numpy as np
import tensorflow as tf

from kgan.data._glyphs.caption_grammar import (
    COLORS,
    FAMILIES,
    WEIGHTS,
    is_combination_held_out,
    list_color_pairs,
    list_words,
    write_caption,
)
from kgan.data._glyphs.characters import SPLITS, expand_characters
from kgan.data._glyphs.fonts import find_font, licence_of
from kgan.data._glyphs.rendering import check_drawing, draw_in_fonts, render
from kgan.data._hashing import hash_to_unit
from kgan.data._source import Source, build_memory_fetch
from kgan.errors import InputError, UnknownNameError
from kgan.registry import SOURCES

register = SOURCES.register

_FONTS = {
    ("regular", "sans"): "DejaVuSans",
    ("regular", "serif"): "STIXGeneral",
    ("regular", "italic"): "STIXGeneralItalic",
    ("bold", "sans"): "DejaVuSans-Bold",
    ("bold", "serif"): "STIXGeneralBol",
    ("bold", "italic"): "STIXGeneralBolIta",
}
_UNSAID = 0.3  # of the captions do not say the weight, and as many not the family


@register("captions")
def captions(
    characters: str = "digits",
    size: int = 32,
    variants: int = 8,
    split: Literal["train", "test", "all"] = "train",
) -> Source:
    """Coloured characters, each with a sentence that describes it.

    A caption names character, colour and background, and mostly weight and family, in one of
    several templates with synonyms: "a bold red serif 7 on blue", "seven in scarlet on navy".

    Args:
        characters: `"digits"`, another set's name, or the characters themselves; none of them may
            be a word of the captions, such as `a`.
        size: height and width in pixels, at least 8.
        variants: pictures of each combination: the first as the font has it, the others turned by
            up to 10 degrees, scaled by 0.8 to 1.05 and moved by up to 4 % of `size`.
        split: `"train"`; `"test"`: combinations of character, colour and background that train
            does not show, about 15 % of them; or `"all"`.

    Returns:
        A `Source` of `image` [size, size, 3] uint8, `caption` [] string, and int32 scalars:
        `label` (the character's place in `classes`), `color`, `background`, `weight` and `family`
        (places in `names`). `words` holds every word that a caption can use.

    Raises:
        InputError: an option out of range, nothing to draw, or a character that is a word.

    Example:
        >>> kgan.data.captions().arrays(limit=1)["caption"]
        array([b'zero in black sans on scarlet'], dtype=object)
    """
    check_drawing(size, 3, variants)
    if split not in SPLITS:
        raise UnknownNameError("split", split, SPLITS)
    wanted = expand_characters(characters)
    clash = [character for character in wanted if character.lower() in list_words()]
    if clash:
        raise InputError(
            f"Expected characters that are no words of the captions. Received: "
            f"characters={characters!r}, with {clash[0]!r}. Leave it out, or choose 'digits'."
        )
    paths = [find_font(name) for name in _FONTS.values()]
    drawn, notes = draw_in_fonts(wanted, paths, size)
    classes = tuple(drawn)
    examples = [
        (character, *colors, *font, variant)
        for character, colors in itertools.product(classes, list_color_pairs())
        if split == "all" or is_combination_held_out(character, *colors) == (split == "test")
        for font, variant in itertools.product(_FONTS, range(variants))
    ]
    if not examples:
        raise InputError(
            f"Expected characters of which some belong to the split. Received: split={split!r} of "
            f"characters={characters!r}. Give more characters, e.g. 'digits'."
        )
    names = {"color": tuple(COLORS), "background": tuple(COLORS)}
    names |= {"weight": WEIGHTS, "family": FAMILIES}
    places = {"label": classes, **names, "variant": range(variants)}
    named = {"caption": np.array([_caption_example(*example).encode() for example in examples])}
    named |= {
        key: np.array([places[key].index(value) for value in column], np.int32)
        for key, column in zip(places, zip(*examples, strict=True), strict=True)
    }
    fetch, spec = _build_fetch(named, drawn, variants)
    return Source(
        "captions",
        len(examples),
        spec,
        fetch,
        classes,
        notes=notes,
        names=names,
        words=list_words(classes),
        licence=licence_of(paths),
        characters=True,
    )


def _caption_example(character, color, background, weight, family, variant):
    """Returns one of the captions of an example; the variant chooses which."""
    example = f"{character} {color} {background} {weight} {family} {variant}"
    if hash_to_unit(f"weight {example}") < _UNSAID:
        weight = None
    if hash_to_unit(f"family {example}") < _UNSAID:
        family = None
    return write_caption(character, color, background, weight, family, wording=variant)


def _build_fetch(named, drawn, variants):
    """Returns `fetch` and `spec` of pictures that are coloured when they are read.

    Memory holds one mask for all colours of a character, and `named`, arrays [N] of the examples.
    """
    masks = np.stack([
        render({character: images[font] for character, images in drawn.items()}, variants, 1)
        for font in range(len(_FONTS))
    ])  # fmt: skip
    weight, family = named["weight"], named["family"]
    mask = (weight * len(FAMILIES) + family) * len(drawn) + named["label"]
    mask = mask * variants + named["variant"]
    kept = {key: values for key, values in named.items() if key != "variant"}
    fetch_named, spec = build_memory_fetch({**kept, "mask": mask})
    with tf.device("CPU:0"):
        masks = tf.constant(masks.reshape(-1, *masks.shape[2:]))
        colors = tf.constant(list(COLORS.values()), tf.float32)[:, tf.newaxis, tf.newaxis]

    def fetch(indices):
        batch = fetch_named(indices)
        ink = tf.cast(tf.gather(masks, batch.pop("mask")), tf.float32) / 255.0
        color, background = (tf.gather(colors, batch[key]) for key in ("color", "background"))
        image = tf.round(background + ink * (color - background))
        return {"image": tf.cast(image, tf.uint8), **batch}

    spec = {key: kind for key, kind in spec.items() if key != "mask"}
    return fetch, {"image": tf.TensorSpec((*masks.shape[1:3], 3), tf.uint8), **spec}
