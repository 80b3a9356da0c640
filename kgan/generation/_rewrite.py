"""Texts from texts: each line of a file in another style."""

# Not named like the function `rewrite`: importing this file would hide it in the package.

import pathlib

from kgan.errors import InputError
from kgan.files import write_text
from kgan.generation._sample import check_condition, check_suffix, list_paths, save_arrays
from kgan.log import tell
from kgan.models.core.conditions import Label, Tokens
from kgan.runs.load import load_run
from kgan.types import PathLike


def rewrite(
    folder: PathLike,
    lines: PathLike,
    label: str | int | None,
    out: PathLike | None = None,
    npz: PathLike | None = None,
) -> list[PathLike]:
    """Writes each line of a text file in another style.

    Args:
        folder: the run's folder.
        lines: path of a text file; empty lines stay empty.
        label: the style, by name or number; None where the run has two, and the lines are to be in
            the second.
        out: path of a text file with a line for each; None to print them, unless `npz` is given.
        npz: path of an archive with `tokens` int32 [N, T], or None.

    Returns:
        A list of the paths written.

    Raises:
        InputError: for a run that does not rewrite texts, a file that cannot be read, or a line
            with more words than the run reads.

    Example:
        >>> rewrite("runs/text_style", "curt.txt", "polite", out="polite.txt")
    """
    check_suffix("--out", out, ".txt")
    check_suffix("--npz", npz, ".npz")
    gan, config = load_run(folder)
    kinds = {type(condition) for condition in gan.conditions}
    if not {Tokens, Label} <= kinds or gan.condition(Tokens).token_names is None:
        raise InputError(
            f"Expected a run that rewrites texts, for a text file. Received: {folder}, "
            f"{config.model['name']}. Leave --from out, or give a picture."
        )
    condition = {"tokens": _read_lines(lines), "label": label}
    if label is None:
        styles = gan.condition(Label).classes
        if len(styles) > 2:
            raise InputError(f"Expected --to STYLE, out of {', '.join(styles)}. Received: none.")
        condition["label"] = 1
    check_condition(gan, config, condition)
    texts = condition["tokens"]
    full = [number for number, text in enumerate(texts) if text.split()]
    if not full:
        raise InputError(f"Expected a line with words. Received: {lines} without any.")
    condition["tokens"] = [texts[number] for number in full]
    made = gan.sample(range(len(full)), condition)
    for number, text in zip(full, gan.texts_of(made), strict=True):
        texts[number] = text
    if out:
        write_text(out, "\n".join(texts) + "\n")
    elif not npz:
        tell("\n".join(texts))
    return list_paths(out, save_arrays(npz, tokens=made))


def _read_lines(path):
    try:
        return pathlib.Path(path).expanduser().read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise InputError(f"Expected a text file. Received: {path} ({reason}).") from error
