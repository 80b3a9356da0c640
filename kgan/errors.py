"""The one error a person can mend: what was expected, what was received, what to do."""

import difflib


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
    nearest = difflib.get_close_matches(str(name), known, n=len(known) or 1, cutoff=0.0)
    return InputError(
        f"Unknown {kind}. Received: {name!r}. Known, nearest first: {', '.join(nearest) or 'none'}."
    )


class TrainingError(RuntimeError):
    """Training went wrong although its input was right: one line, exit code 1."""
