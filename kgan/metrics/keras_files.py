"""What a file of a Keras model may hold: layers of Keras, and no code of whoever wrote it.

Read before Keras opens it: a `Lambda` layer carries Python, and an archive may name places outside
itself.
"""

import json
import pathlib
import zipfile

from kgan.errors import InputError

_CODE = ("Lambda", "__lambda__")


def check(path):
    """Refuses a `.keras` or `.h5` file that holds code, or a name that leads out of it.

    Files that are no archives at all are left for Keras to refuse.

    Raises:
        InputError: for such a file.
    """
    for config in _configs(pathlib.Path(path)):
        code = sorted(_named(config) & set(_CODE))
        if code:
            raise InputError(
                f"Expected a Keras model without code. Received: {path}, which holds a "
                f"{code[0].strip('_').capitalize()}. It is not run."
            )


def _configs(path):
    """Yields the configurations, plain values, in a file."""
    if path.suffix == ".h5":
        import h5py  # Keras comes with it

        try:
            with h5py.File(path, "r") as file:
                text = file.attrs.get("model_config")
        except OSError:
            return
        yield _parsed(path, text or "{}")
        return
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            parts = pathlib.PurePosixPath(name.replace("\\", "/"))
            if parts.is_absolute() or ".." in parts.parts:
                raise InputError(
                    f"Expected an archive of names inside it. Received: {path} with {name!r}. It "
                    "is not opened."
                )
            if name.endswith(".json"):
                yield _parsed(path, archive.read(name))


def _parsed(path, text):
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"Expected a Keras model. Received: {path}, which is damaged.") from error


def _named(config):
    """Returns every name of a class in a configuration."""
    found, waiting = set(), [config]
    while waiting:  # no recursion: it is a stranger's, and may be nested without end
        value = waiting.pop()
        if isinstance(value, dict):
            found |= {str(value.get("class_name"))}
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return found
