"""What is known of a trained generator beside its weights: its run, its data, its scores."""

import contextlib
import json
import pathlib
from typing import Any, NamedTuple

from kgan.errors import InputError
from kgan.evaluation import samples
from kgan.runs.build import open_data
from kgan.runs.load import load_run

_EXAMPLES = 64  # of the data: for pictures, and for the ranges of whole numbers


class Origin(NamedTuple):
    """Where a generator comes from.

    Attributes:
        run: path of its run, or None.
        data: `{"source": name, option: value, …}` of what it was trained on, or None.
        licence: of these data, for people.
        command: what was typed, or None.
        batch: dict of examples from all over the data, tensors [N, …], or None.
        cards: `{path: metric card}`, dicts as `kgan evaluate` writes them.
    """

    run: str | None = None
    data: dict[str, Any] | None = None
    licence: str = "not known: the model was not trained by kgan train"
    command: str | None = None
    batch: dict[str, Any] | None = None
    cards: dict[str, Any] = {}  # noqa: RUF012 (never changed)


def opened(run, command=None, calibrates=False):
    """Returns `(GAN, Origin)` of a run.

    Args:
        run: its folder.
        command: what was typed.
        calibrates: whether examples of the data are needed, beyond pictures of the card.

    Raises:
        InputError: no such run, a damaged metric card; or no data where they are needed.
    """
    gan, config = load_run(run)
    batch = None
    # Where samples start from data, there is nothing to show without; but data may have moved.
    with contextlib.nullcontext() if calibrates else contextlib.suppress(InputError):
        if calibrates or not _starts_from_nothing(gan):
            batch = samples.spread(open_data(config), _EXAMPLES)
    found = sorted(pathlib.Path(run).glob("evaluation/**/card.json"))
    cards = {str(path): _read(path) for path in found}
    licence = config.examples.get("licence", "not recorded when the run was trained")
    return gan, Origin(str(run), config.data, licence, command, batch, cards)


def _starts_from_nothing(gan):
    """Returns whether a seed and perhaps a class are all that a picture needs."""
    return {taken.kind for taken in gan.conditions().values()} <= {"label"}


def _read(path):
    try:
        card = json.loads(path.read_text("utf-8"))
        return {"scores": [dict(score) for score in card["scores"]], **card}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"Expected a metric card, as kgan evaluate writes it. Received: {path}, which is "
            "damaged. Evaluate again, or delete it."
        ) from error
