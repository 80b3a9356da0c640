"""Coloured characters and sentences about them: text-to-image without a download."""

import itertools
from typing import Literal

import numpy as np
import tensorflow as tf

from kgan.data.glyphs.caption_grammar import (
    COLORS,
    FAMILIES,
    WEIGHTS,
    caption,
    color_pairs,
    held_out_colors,
    vocabulary,
)
from kgan.data.glyphs.characters import SPLITS, character_set, share
from kgan.data.glyphs.rendering import check_drawing, font_named, pictures, shared_masters
from kgan.data.source import Source, in_memory
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
_UNSAID = 0.3  # of the captions leave the weight open, and as many the family


@register("captions")
def captions_source(
    characters: str = "digits",
    size: int = 32,
    variants: int = 8,
    split: Literal["train", "test", "all"] = "train",
):
    """Coloured characters, each with a sentence that says what is to be seen.

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
        >>> source = captions_source()
        >>> source.arrays(limit=1)["caption"]
        array([b'zero in black sans on scarlet'], dtype=object)
    """
    check_drawing(size, 3, variants)
    if split not in SPLITS:
        raise UnknownNameError("split", split, SPLITS)
    wanted = character_set(characters)
    clash = [character for character in wanted if character.lower() in vocabulary()]
    if clash:
        raise InputError(
            f"Expected characters that are no words of the captions. Received: "
            f"characters={characters!r}, with {clash[0]!r}. Leave it out, or choose 'digits'."
        )
    drawn, notes = shared_masters(wanted, [font_named(name) for name in _FONTS.values()], size)
    classes = tuple(drawn)
    examples = [
        (character, *colors, *font, variant)
        for character, colors in itertools.product(classes, color_pairs())
        if split == "all" or held_out_colors(character, *colors) == (split == "test")
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
    named = {"caption": np.array([_caption(*example).encode() for example in examples])}
    named |= {
        key: np.array([places[key].index(value) for value in column], np.int32)
        for key, column in zip(places, zip(*examples, strict=True), strict=True)
    }
    fetch, spec = _painted(named, drawn, variants)
    words = vocabulary(classes)
    return Source(
        "captions", len(examples), spec, fetch, classes, notes=notes, names=names, words=words
    )


def captions(
    characters: str = "digits",
    size: int = 32,
    variants: int = 8,
    split: Literal["train", "test", "all"] = "train",
    batch_size: int = 64,
    seed: int = 0,
    shuffle: bool = True,
):
    """Coloured characters with captions as a finite `tf.data.Dataset`, in another order each time.

    Args:
        characters: `"digits"`, another set's name, or the characters themselves.
        size: height and width in pixels, at least 8.
        variants: pictures of each combination, all but the first jittered.
        split: `"train"`, `"test"` (combinations that train does not show) or `"all"`.
        batch_size: examples a batch; the remainder of an epoch is dropped.
        seed: integer in [0, 2**32) that fixes the sequence of orders.
        shuffle: `False` reads in index order.

    Returns:
        A `tf.data.Dataset` of `{"image": [B, size, size, 3] uint8, "caption": [B] string}` and
        int32 [B] under `label`, `color`, `background`, `weight` and `family`.

    Example:
        >>> gan.fit(kgan.data.captions(size=32), epochs=20)
    """
    return captions_source(characters, size, variants, split).dataset(batch_size, seed, shuffle)


def _caption(character, color, background, weight, family, variant):
    """Returns one of the captions of an example; the variant chooses which."""
    example = f"{character} {color} {background} {weight} {family} {variant}"
    said_weight = weight if share(f"weight {example}") >= _UNSAID else None
    said_family = family if share(f"family {example}") >= _UNSAID else None
    return caption(character, color, background, said_weight, said_family, wording=variant)


def _painted(named, drawn, variants):
    """Returns `fetch` and `spec` of pictures that are coloured when they are read.

    Kept are one mask for all colours of a character, and what `named` says of each example.
    """
    masks = np.stack([
        pictures({character: images[font] for character, images in drawn.items()}, variants, 1)
        for font in range(len(_FONTS))
    ])  # fmt: skip
    weight, family = named["weight"], named["family"]
    mask = (weight * len(FAMILIES) + family) * len(drawn) + named["label"]
    mask = mask * variants + named["variant"]
    kept = {key: values for key, values in named.items() if key != "variant"}
    fetch_named, spec = in_memory({**kept, "mask": mask})
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
