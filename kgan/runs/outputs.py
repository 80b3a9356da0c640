"""Samples as files for people: pictures, plots, lines of text."""

from kgan.errors import InputError
from kgan.files import write_text
from kgan.images import save_samples
from kgan.models.core.base import GAN
from kgan.signals import save_signals
from kgan.types import Array, PathLike


def choose_suffix(gan: GAN) -> str:
    """Returns `".txt"` for a generator of texts, else `".png"`."""
    return ".txt" if gan.output_kind == "tokens" else ".png"


def save_output(path: PathLike, gan: GAN, samples: Array) -> None:
    """Writes samples to a file, atomically: a picture of them all, or a line for each text.

    Args:
        path: ends as `choose_suffix(gan)` says.
        gan: the model that made them.
        samples: what `gan.sample` returned: images [N, H, W, C], points [N, D],
            tokens [N, T] or signals [N, T, C].

    Raises:
        InputError: for points of more than two dimensions.
    """
    if gan.output_kind == "tokens":
        write_text(path, "\n".join(gan.texts_of(samples)) + "\n")
    elif gan.output_kind == "signals":
        save_signals(path, samples)
    else:
        save_samples(path, samples)


def refuse_texts(gan: GAN, reader: str) -> None:
    """Refuses a generator of texts, for what looks at pictures or points.

    Args:
        gan: the model.
        reader: what looks at them, such as `"kgan doctor"`.

    Raises:
        InputError: if the model makes tokens.
    """
    if gan.output_kind == "tokens":
        raise InputError(
            f"Expected a run of pictures or points for {reader}. Received: {type(gan).__name__}, "
            "which writes texts. Read some with kgan sample RUN."
        )
