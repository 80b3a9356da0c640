"""Which artefacts a folder holds."""

import pathlib

from kgan.saved_model.layout import GRAPH


def listed(folder):
    """Returns `{name: {version: path}}` of the artefacts in a folder, as they are now.

    Args:
        folder: `saved_models`, which holds `NAME/VERSION/saved_model.pb`.

    Raises:
        OSError: if the folder cannot be read.
    """
    artefacts = {}
    for path in pathlib.Path(folder).glob(f"*/*/{GRAPH}"):
        name, version = path.parts[-3:-1]
        if version.isascii() and version.isdigit() and not name.startswith("."):
            artefacts.setdefault(name, {})[int(version)] = path.parent
    return artefacts
