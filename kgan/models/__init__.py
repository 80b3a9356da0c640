"""GANs: `core/base.py` holds the game, then one paper is one file.

Every registered variant is an attribute, imported when asked for: `kgan.models.DCGAN`.
"""

import importlib

from kgan.registry import MODELS


def __getattr__(name):
    if name in ("GAN", "Player", "register"):
        return vars(importlib.import_module("kgan.models.core.base"))[name]
    return MODELS.get_attribute(name)


def __dir__():
    return ["GAN", "Player", "register", *(entry.attribute for entry in MODELS.entries().values())]
