"""Where a trained generator comes from: its run, its data, its scores."""

import contextlib
import json
import pathlib
from typing import Any, NamedTuple

from kgan.errors import InputError
from kgan.evaluation import samples
from kgan.models.core.base import GAN
from kgan.runs.build import open_data
from kgan.runs.config import RunConfig
from kgan.runs.load import load_run
from kgan.types import PathLike

_EXAMPLES = 64  # of the data: for pictures, and for the ranges of whole numbers


class Provenance(NamedTuple):
    """Where a generator comes from.

    Attributes:
        run: path of its run, or None.
        data: `{"source": name, option: value, …}` of its training data, or None.
        licence: of these data, for people.
        command: with which it was exported, or None.
        batch: dict of examples from all parts of the data, tensors [N, …], or None.
        cards: `{path: metric card}`, dicts as `kgan evaluate` writes them.
        origin: in words, the run whose weights it began with, and what of them was frozen; None
            for weights of its own.
    """

    run: str | None = None
    data: dict[str, Any] | None = None
    licence: str = "not known: the model was not trained by kgan train"
    command: str | None = None
    batch: dict[str, Any] | None = None
    cards: dict[str, Any] = {}  # noqa: RUF012 (never changed)
    origin: str | None = None


def load(
    run: PathLike, command: str | None = None, calibrates: bool = False
) -> tuple[GAN, Provenance]:
    """Returns a run's trained GAN, and where it comes from.

    Args:
        run: its folder.
        command: with which it is exported.
        calibrates: whether examples of the data are needed, beyond those for the card's pictures.

    Raises:
        InputError: no such run, a damaged metric card; or no data where they are needed.
    """
    gan, config, cards = load_with_scores(run)
    batch = None
    # Where samples start from data, there is nothing to show without; but data may have moved.
    with contextlib.nullcontext() if calibrates else contextlib.suppress(InputError):
        if calibrates or not _starts_from_nothing(gan):
            batch = samples.pick_evenly(open_data(config), _EXAMPLES)
    licence = config.examples.get("licence", "not recorded when the run was trained")
    origin = _describe_origin(config.training)
    return gan, Provenance(str(run), config.data, licence, command, batch, cards, origin)


def load_with_scores(run: PathLike) -> tuple[GAN, RunConfig, dict[str, Any]]:
    """Returns a run's trained GAN, its configuration, and `{path: metric card}` of its scores.

    Raises:
        InputError: no such run, or a damaged metric card.
    """
    gan, config = load_run(run)
    paths = sorted(pathlib.Path(run).glob("evaluation/**/card.json"))
    return gan, config, {str(path): _read_card(path) for path in paths}


def _describe_origin(training):
    if training.start_from is None:
        return None
    counts = training.freeze
    if isinstance(counts, str):
        frozen = [f"the {counts}"]
    else:
        counts = counts if isinstance(counts, dict) else {"critic": counts}
        frozen = [f"the {name}'s first {count} layers" for name, count in counts.items() if count]
    text = f"the run {pathlib.Path(training.start_from).name}"
    return text + (f"; {' and '.join(frozen)} kept its weights" if frozen else "")


def _starts_from_nothing(gan):
    """Returns whether a seed is all that a picture needs, conditions having defaults."""
    return all(condition.has_default for condition in gan.conditions)


def _read_card(path):
    try:
        card = json.loads(path.read_text("utf-8"))
        return {"scores": [dict(score) for score in card["scores"]], **card}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"Expected a metric card, as kgan evaluate writes it. Received: {path}, which is "
            "damaged. Evaluate again, or delete it."
        ) from error
