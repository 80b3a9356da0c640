"""Names under which Keras finds kgan's models and layers in a `.keras` file.

Keras looks a class up by the name in the file, and imports nothing for it. So each name is
registered as soon as Keras is imported, and the class behind it imported when a file asks for it.
"""

import importlib
import pathlib
import re
from types import ModuleType
from typing import Any

from kgan.registry import MODELS

_LAYER = re.compile(r'^@keras\.saving\.register_keras_serializable\("kgan"\)\nclass (\w+)', re.M)


class LateClass:
    """Stands for a class that is not yet imported.

    Args:
        module: dotted name of its module.
        name: its name there.
    """

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def from_config(self, config: dict[str, Any]) -> Any:
        """Returns what the class makes of a config."""
        return getattr(importlib.import_module(self.module), self.name).from_config(config)


def register_names(keras: ModuleType) -> None:
    """Registers the names of all variants and layers with Keras, `kgan>NAME`.

    Args:
        keras: the module, just imported.
    """
    known = keras.saving.get_custom_objects()
    for name, module, attribute in _list_classes():
        known.setdefault(f"kgan>{name}", LateClass(module, attribute))


def _list_classes():
    """Yields `(name, module, class)` of what kgan registers with Keras, and imports none of it."""
    yield "GAN", "kgan.models.core.base", "GAN"
    for name, entry in MODELS.entries().items():
        yield name, entry.module, entry.attribute
    for path in sorted((pathlib.Path(__file__).parent / "layers").glob("*.py")):
        for name in _LAYER.findall(path.read_text(encoding="utf-8")):
            yield name, f"kgan.layers.{path.stem}", name
