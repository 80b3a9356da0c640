"""Errors with messages for people, and checks of numbers that raise them."""

import difflib
from collections.abc import Iterable

_MAX_SUGGESTIONS = 8  # forty names in a message would hide the one that was meant


class InputError(ValueError):
    """Bad input from a person: the command line prints it as one line and exits with code 2.

    The message says what was expected, then `Received: name=value`, then how to correct it.
    """


class UnknownNameError(InputError):
    """A name that does not exist; the message lists the known names, most similar first.

    Args:
        kind: what the name should have named, e.g. `"recipe"`.
        name: the name received.
        known: the names that exist.

    Example:
        >>> str(UnknownNameError("recipe", "dcgan_digit", ["gan_digits", "dcgan_digits"]))
        "Unknown recipe. Received: 'dcgan_digit'. Known, nearest first: dcgan_digits, gan_digits."
    """

    def __init__(self, kind: str, name: object, known: Iterable[str]) -> None:
        super().__init__(kind, name, sorted(known))

    def __str__(self) -> str:
        kind, name, known = self.args
        nearest = difflib.get_close_matches(str(name), known, n=len(known) or 1, cutoff=0.0)
        # What people abbreviate comes first: lr is training.learning_rate.
        nearest = sorted(nearest, key=lambda one: not _abbreviates(str(name), one))
        nearest = nearest[:_MAX_SUGGESTIONS]
        more = ", …" if len(known) > _MAX_SUGGESTIONS else "."
        return (
            f"Unknown {kind}. Received: {name!r}. Known, nearest first: "
            f"{', '.join(nearest) or 'none'}{more}"
        )


def _abbreviates(name, known):
    """Returns whether a name, its section aside, has the initials of a known one's words."""
    words = known.rpartition(".")[2].split("_")
    return len(words) > 1 and name.rpartition(".")[2].lower() == "".join(w[:1] for w in words)


class MissingExtraError(InputError):
    """A package is not installed that comes with an extra; the message says how to install it.

    Args:
        purpose: what it is needed for, e.g. `"to serve"`.
        missing: the package's name, as the `ModuleNotFoundError` has it.
        extra: of kgan, e.g. `"web"`.

    Example:
        >>> str(MissingExtraError("to serve", "uvicorn", "web"))
        "Expected the extra web to serve. Received: no uvicorn. pip install 'kgan[web]', \
or '.[web]' in a clone."
    """

    def __init__(self, purpose: str, missing: str | None, extra: str) -> None:
        super().__init__(purpose, missing, extra)

    def __str__(self) -> str:
        purpose, missing, extra = self.args
        return (
            f"Expected the extra {extra} {purpose}. Received: no {missing}. "
            f"pip install 'kgan[{extra}]', or '.[{extra}]' in a clone."
        )


class RunError(RuntimeError):
    """Something failed although the input was right: one line, exit code 1."""


class WorkerGone(RunError):
    """Another worker of a run is gone. The process exits at once: a shutdown would wait for it."""


class Interrupted(KeyboardInterrupt):
    """A run was asked to stop and has saved its state: one line, and the signal's exit code.

    Args:
        message: the line.
        code: the exit code.
        at_once: whether the process exits without TensorFlow's shutdown among workers, which is
            slow.
    """

    def __init__(self, message: str, code: int, at_once: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.at_once = at_once


def check_not_negative(**named: float) -> None:
    """Raises `InputError` for a number below 0 or NaN: `check_not_negative(weight=weight)`."""
    for name, value in named.items():
        if not value >= 0:
            raise InputError(f"Expected {name} >= 0. Received: {name}={value!r}.")


def check_positive(**named: float) -> None:
    """Raises `InputError` for a number that is not above 0: `check_positive(scale=scale)`."""
    for name, value in named.items():
        if not value > 0:
            raise InputError(f"Expected {name} > 0. Received: {name}={value!r}.")


def check_fraction(**named: float) -> None:
    """Raises `InputError` for a number that is not in [0, 1]: `check_fraction(mixing=mixing)`."""
    for name, value in named.items():
        if not 0 <= value <= 1:
            raise InputError(f"Expected {name} from 0 to 1. Received: {name}={value!r}.")


def check_whole(least: int, **named: int) -> None:
    """Raises `InputError` for a value that is not an int >= `least`: `check_whole(1, n=n)`."""
    for name, value in named.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise InputError(f"Expected a whole {name} >= {least}. Received: {name}={value!r}.")
