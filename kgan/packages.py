"""Packages of extras, which not everybody has installed."""

import importlib
import importlib.metadata
import types

from kgan.errors import InputError


def import_package(
    module: str, distribution: str, use: str, extra: str = "pictures"
) -> types.ModuleType:
    """Imports a module of an extra.

    Args:
        module: e.g. `"python_avatars"`.
        distribution: the package that pip installs, e.g. `"python-avatars"`.
        use: what it does, e.g. `"draws faces"`.
        extra: of kgan, which brings it.

    Raises:
        InputError: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise InputError(
            f"Expected the package {distribution}, which {use}. Received: no {error.name}. "
            f"pip install 'kgan[{extra}]', or '.[{extra}]' in a clone."
        ) from error


def name_version(distribution: str) -> str:
    """Returns e.g. `"python-avatars 1.4.0"`, for what depends on it."""
    return f"{distribution} {importlib.metadata.version(distribution)}"
