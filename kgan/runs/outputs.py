"""What a generator made, as files for people: pictures, plots, lines of text."""

from kgan.errors import InputError
from kgan.files import write_text
from kgan.images import save_samples


def suffix_of(gan):
    """Returns `".txt"` for a generator of texts, else `".png"`."""
    return ".txt" if gan.output_kind == "tokens" else ".png"


def save_made(path, gan, made):
    """Writes a file of what a generator made, a text a line, atomically.

    Args:
        path: ends as `suffix_of(gan)` says.
        gan: the `GAN` that made it.
        made: what `gan.sample` returned.
    """
    if gan.output_kind == "tokens":
        write_text(path, "\n".join(gan.texts_of(made)) + "\n")
    else:
        save_samples(path, made)


def check_not_text(gan, what):
    """Refuses a generator of texts where pictures or points are looked at.

    Args:
        gan: the `GAN`.
        what: who looks, e.g. `"kgan doctor"`.

    Raises:
        InputError: if it makes tokens.
    """
    if gan.output_kind == "tokens":
        raise InputError(
            f"Expected a run of pictures or points for {what}. Received: {type(gan).__name__}, "
            "which writes texts. Score these with tools/score_sequences RUN."
        )
