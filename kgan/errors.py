"""Errors, and checks that raise them: what was expected, what was received, what to do."""

import difflib

_SHOWN = 8  # known names in a message: forty would hide the one that was meant


class InputError(ValueError):
    """Bad input from a person: the command line prints it as one line and exits with code 2.

    The message says what was expected, then `Received: name=value`, then the mend.
    """


def unknown(kind, name, known):
    """Returns the `InputError` for a name that does not exist, the known ones nearest first.

    Args:
        kind: what the name should have named, e.g. `"recipe"`.
        name: the name received.
        known: iterable of the names that exist.

    Returns:
        An `InputError`, for the caller to raise.

    Example:
        >>> str(unknown("recipe", "dcgan_digit", ["gan_digits", "dcgan_digits"]))
        "Unknown recipe. Received: 'dcgan_digit'. Known, nearest first: dcgan_digits, gan_digits."
    """
    known = sorted(known)
    nearest = difflib.get_close_matches(str(name), known, n=_SHOWN, cutoff=0.0)
    more = ", …" if len(known) > _SHOWN else "."
    return InputError(
        f"Unknown {kind}. Received: {name!r}. Known, nearest first: "
        f"{', '.join(nearest) or 'none'}{more}"
    )


class RunError(RuntimeError):
    """Something went wrong although the input was right: one line, exit code 1."""


class WorkerGone(RunError):
    """Another worker of a run is gone. The process leaves at once: good-byes wait for the other."""


class Interrupted(KeyboardInterrupt):
    """A run was asked to stop, and has saved what it had: one line, and the signal's exit code.

    Args:
        message: the line.
        code: the exit code.
        at_once: whether the process leaves at once, for TensorFlow's good-byes among workers take
            their time.
    """

    def __init__(self, message, code, at_once=False):
        super().__init__(message)
        self.code = code
        self.at_once = at_once


def check_not_negative(**named):
    """Refuses a named number below 0, or none at all: `check_not_negative(weight=weight)`."""
    for name, value in named.items():
        if not value >= 0:
            raise InputError(f"Expected {name} >= 0. Received: {name}={value!r}.")


def check_positive(**named):
    """Refuses a named number that is not above 0: `check_positive(noise_scale=noise_scale)`."""
    for name, value in named.items():
        if not value > 0:
            raise InputError(f"Expected {name} > 0. Received: {name}={value!r}.")


def check_share(**named):
    """Refuses a named number that is not from 0 to 1: `check_share(style_mixing=style_mixing)`."""
    for name, value in named.items():
        if not 0 <= value <= 1:
            raise InputError(f"Expected {name} from 0 to 1. Received: {name}={value!r}.")


def check_whole(least, **named):
    """Refuses a named value that is no whole number of at least `least`: `check_whole(1, n=n)`."""
    for name, value in named.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise InputError(f"Expected a whole {name} >= {least}. Received: {name}={value!r}.")
