"""From a source's name, as a config or a command line holds it, to the `Source`."""

import inspect
import os
import pathlib

from kgan.errors import InputError, UnknownNameError
from kgan.registry import SOURCES


def open_source(text: str, options: dict | None = None):
    """Opens the source that `text` names.

    Args:
        text: a source's name (`"digits"`); a name and its first argument (`"tfds:mnist"`,
            `"images:~/photos"`); or a folder (`"~/photos"`, `"./photos"`), which is `images`.
        options: keyword arguments of that source's function, e.g. `{"size": 32}`.

    Returns:
        A `Source`.

    Raises:
        InputError: an unknown source or option (the known ones follow, nearest first), or an
            argument that is missing or given twice.

    Example:
        >>> open_source("digits", {"size": 16, "split": "test"}).count
        360
    """
    kind, argument = parse(text)
    function = SOURCES.get(kind)
    parameters = inspect.signature(function).parameters
    options = dict(options or {})
    for option in options:
        if option not in parameters:
            raise UnknownNameError(f"option of {kind}", option, parameters)
    first = next(iter(parameters.values()))
    if argument is not None:
        if first.default is not first.empty:
            raise InputError(
                f"Expected no argument after {kind!r}. Received: {text!r}. "
                f"Write {kind!r} and give {first.name} as an option."
            )
        if first.name in options:
            raise InputError(
                f"Expected {first.name} once. Received: {text!r} and the option "
                f"{first.name}={options[first.name]!r}. Leave the option out."
            )
        options[first.name] = argument
    if first.default is first.empty and first.name not in options:
        raise InputError(
            f"Expected {kind}:{first.name.upper()}. Received: {text!r}. "
            f"Write what to open after the colon."
        )
    return function(**options)


def parse(text):
    """Splits a source's text into `(kind, argument)`; the argument is `None` if there is none.

    Example:
        >>> parse("tfds:mnist"), parse("~/photos"), parse("digits")
        (('tfds', 'mnist'), ('images', '~/photos'), ('digits', None))
    """
    known = SOURCES.entries()
    if text in known:
        return text, None
    kind, colon, argument = text.partition(":")
    if colon and kind in known:
        return kind, argument
    looks_like_path = text.startswith(("~", ".")) or "/" in text or os.sep in text
    if looks_like_path or pathlib.Path(text).is_dir():
        return "images", text
    raise UnknownNameError("data source", kind, known)
