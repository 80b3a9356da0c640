"""Opens a source by its name, as a config or a command line gives it."""

import inspect
import os
import pathlib
from typing import TYPE_CHECKING, Any

from kgan.errors import InputError, UnknownNameError
from kgan.registry import SOURCES

if TYPE_CHECKING:
    from kgan.data._source import Source  # imports TensorFlow, which `parse_source` can do without


def open_source(text: str, options: dict[str, Any] | None = None) -> "Source":
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
        >>> kgan.data.open_source("digits", {"size": 16, "split": "test"}).count
        360
    """
    kind, argument = parse_source(text)
    function = SOURCES.get(kind)
    parameters = inspect.signature(function).parameters
    options = dict(options or {})
    for option in options:
        if option not in parameters:
            raise UnknownNameError(f"option of {kind}", option, parameters)
    first = next(iter(parameters.values()), None)
    needed = first is not None and first.default is first.empty
    if argument is not None:
        if not needed:
            mend = f" and give {first.name} as an option" if first else ""
            raise InputError(
                f"Expected no argument after {kind!r}. Received: {text!r}. Write {kind!r}{mend}."
            )
        if first.name in options:
            raise InputError(
                f"Expected {first.name} once. Received: {text!r} and the option "
                f"{first.name}={options[first.name]!r}. Leave the option out."
            )
        options[first.name] = argument
    if needed and first.name not in options:
        raise InputError(
            f"Expected {kind}:{first.name.upper()}. Received: {text!r}. "
            f"Write what to open after the colon."
        )
    return function(**options)


def parse_source(text: str) -> tuple[str, str | None]:
    """Splits the text of a source into `(name, argument)`, without opening it.

    Args:
        text: as for `open_source`.

    Returns:
        The source's name, and its first argument or `None`.

    Raises:
        InputError: an unknown source.

    Example:
        >>> for text in ("tfds:mnist", "~/photos", "digits"):
        ...     print(kgan.data.parse_source(text))
        ('tfds', 'mnist')
        ('images', '~/photos')
        ('digits', None)
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


def find_held_out(options: dict[str, Any]) -> dict[str, Any] | None:
    """Returns the options of what a source holds back from training, or None if it does not.

    Args:
        options: of the training data, `{option: value}`, all of them.

    Example:
        >>> find_held_out({"source": "digits", "split": "train", "size": 32})["split"]
        'test'
    """
    if options.get("held_out") and options["part"] == "train":
        return {**options, "part": "test"}
    split = options.get("split") or find_split(options["source"], options.get("of")) or ""
    if split.startswith("train"):  # "train[:10%]" too
        return {**options, "split": "test"}
    return None


def find_split(text: str, of: str | None = None) -> str | None:
    """Returns the split that a source opens unasked, also behind a view; None if it has none.

    Args:
        text: as for `open_source`.
        of: what a view shows, where `text` does not say it.

    Example:
        >>> find_split("masked:digits")
        'train'
    """
    kind, argument = parse_source(text)
    parameters = inspect.signature(SOURCES.get(kind)).parameters
    if "of" in parameters:
        shown = argument or of
        return find_split(shown) if shown else None
    return parameters["split"].default if "split" in parameters else None
