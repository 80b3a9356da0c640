"""Sources of examples: `tf.data` of dicts of named tensors.

Every source has two doors: a function of its name that returns a finite `tf.data.Dataset`
(`kgan.data.digits`), and `open_source`, which returns the `Source` behind a name in a config.
Names are imported when first used, so that listing sources costs nothing.
"""

import importlib

# The files are not named like the functions, or importing one would hide the other.
_PUBLIC = {
    "Oracle": "synthetic_oracle",
    "Source": "source",
    "arrays": "in_memory",
    "arrays_source": "in_memory",
    "caption": "wordings",
    "captions": "caption_glyphs",
    "check_folder": "folder_check",
    "density": "densities",
    "digits": "uci_digits",
    "glyph_domains": "multi_domain_glyphs",
    "glyph_pairs": "paired_glyphs",
    "glyphs": "font_glyphs",
    "grammar_source": "expressions",
    "grid_source": "densities",
    "images": "image_folder",
    "mixture_source": "densities",
    "moons_source": "densities",
    "open_source": "opening",
    "oracle_source": "synthetic_oracle",
    "pairs": "pair_folders",
    "ring_source": "densities",
    "show": "showing",
    "swiss_roll_source": "densities",
    "tfds": "tfds_door",
    "two_sides": "joining",
    "unpaired": "unpaired_folders",
    "unpaired_glyphs": "two_font_glyphs",
}


def __getattr__(name):
    if name in _PUBLIC:
        return getattr(importlib.import_module(f"kgan.data.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module 'kgan.data' has no attribute {name!r}")


def __dir__():
    return [*globals(), *_PUBLIC]
