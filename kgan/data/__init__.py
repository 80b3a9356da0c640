"""Sources of examples: `tf.data` of dicts of named tensors.

Every source has two doors: a function of its name that returns a finite `tf.data.Dataset`
(`kgan.data.digits`), and `open_source`, which returns the `Source` behind a name in a config.
Names are imported when first used, so that listing sources costs nothing.
"""

import importlib

# The files are not named like the functions, or importing one would hide the other.
_PUBLIC = {
    "Oracle": "_oracle",
    "Source": "source",
    "arrays": "_arrays",
    "arrays_source": "_arrays",
    "caption": "glyphs.caption_grammar",
    "captions": "glyphs.captions",
    "check_folder": "_folder_audit",
    "density": "_points",
    "digits": "_digits",
    "glyph_domains": "glyphs.domains",
    "glyph_pairs": "glyphs.pairs",
    "glyphs": "glyphs.single",
    "grammar_source": "_grammar",
    "grid_source": "_points",
    "images": "_images",
    "mixture_source": "_points",
    "moons_source": "_points",
    "open_source": "_open",
    "oracle_source": "_oracle",
    "pairs": "_pairs",
    "ring_source": "_points",
    "show": "_preview",
    "swiss_roll_source": "_points",
    "tfds": "_tfds",
    "two_sides": "_joining",
    "unpaired": "_unpaired",
    "unpaired_glyphs": "glyphs.unpaired",
}


def __getattr__(name):
    if name in _PUBLIC:
        return getattr(importlib.import_module(f"kgan.data.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module 'kgan.data' has no attribute {name!r}")


def __dir__():
    return [*globals(), *_PUBLIC]
