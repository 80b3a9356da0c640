"""The report of an evaluation, and the folder that it is written to."""

import json
import pathlib
from collections.abc import Iterable
from typing import Any

import numpy as np

from kgan import __version__
from kgan.errors import InputError
from kgan.evaluation.reference import Reference
from kgan.evaluation.samples import Samples
from kgan.evaluation.scorer import ScoreResult
from kgan.files import write_text
from kgan.metrics import Report
from kgan.metrics.report.panels import Neighbours, SampleGrid, Scatter, Shares
from kgan.signals import draw_signals
from kgan.types import PathLike

CARD, HTML = "card.json", "report.html"
_FORMAT = "kgan evaluation 1"
_SHOWN, _SHOWN_SIGNALS = 64, 16  # generated samples


def check_out(out: pathlib.Path, what: PathLike, folders: Iterable[PathLike | None]) -> None:
    """Refuses a folder for results in which something else would be overwritten, or be read.

    Args:
        out: the folder.
        what: what is evaluated; an earlier evaluation of the same may be replaced.
        folders: folders of pictures that are read, among which a report must not appear.

    Raises:
        InputError: for a file, a folder that is read, or one with other results.
    """
    inside = out.expanduser().absolute()
    for folder in folders:
        read = None if folder is None else pathlib.Path(folder).expanduser().absolute()
        if read is not None and (read == inside or read in inside.parents):
            raise InputError(
                f"Expected --out outside {folder}, whose pictures are read. Received: {out}. "
                "Choose another --out."
            )
    if out.exists() and not out.is_dir():
        raise InputError(f"Expected a folder for --out. Received: the file {out}.")
    existing = [name for name in (CARD, HTML) if (out / name).exists()]
    earlier = _read_subject(out / CARD)
    if existing and earlier != str(what):
        others = f"of {earlier}" if earlier else f"{', '.join(existing)}, not an evaluation's"
        raise InputError(
            f"Expected no other results in {out}. Received: those {others}. Choose another --out."
        )


def write(
    out: pathlib.Path, report: Report, what: PathLike, facts: dict[str, Any]
) -> list[pathlib.Path]:
    """Writes `card.json` and `report.html`, each whole or not at all.

    Args:
        out: the folder, made if missing.
        report: `kgan.metrics.Report`.
        what: what was evaluated, as it was asked for.
        facts: `{name: value}`, further entries of the card.

    Returns:
        The two paths.
    """
    head = {"format": _FORMAT, "what": str(what), **facts, "kgan": __version__}
    whole = {**head, **report.card.to_dict()}
    # First, so that no report is ever without its card, by which it is known as an evaluation's.
    write_text(out / CARD, json.dumps(whole, indent=2, ensure_ascii=False) + "\n")
    report.write(out / HTML)
    return [out / name for name in (CARD, HTML)]


def _read_subject(path):
    """Returns what an earlier card is of, or None if there is no card of an evaluation."""
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return card["what"] if isinstance(card, dict) and card.get("format") == _FORMAT else None


def make_report(
    title: str, result: ScoreResult, generated: Samples, reference: Reference
) -> Report:
    """Returns the report of scores, with pictures of the very samples that were scored.

    Args:
        title: what was compared with what.
        result: of the `Scorer`.
        generated: the samples.
        reference: what they were compared with.
    """
    fake, real = result.fake, result.real
    panels = []
    if reference.has_signals:
        panels.append(SampleGrid(draw_signals(generated.pick(range(_SHOWN_SIGNALS)))))
    if reference.has_images:
        numbers = range(min(_SHOWN, len(fake.pooled)))
        raw = result.card.extractor == "raw"
        space = "pixels in [−1, 1]" if raw else f"features of {result.card.extractor}"
        panels += [
            SampleGrid(generated.pick(numbers)),
            Neighbours.of_features(
                fake.pooled, result.train.pooled, generated.pick, reference.train.pick, space
            ),
        ]
    panels += [Scatter.of_features(real.pooled, fake.pooled), *_class_shares(result, reference)]
    return Report(title, result.card, panels)


def _class_shares(result, reference):
    """Returns a list of the `Shares` of classes or of a mixture's modes, if there are any."""
    if result.real.logits is not None:
        labels = (side.logits.argmax(axis=1) for side in (result.real, result.fake))
        classes = reference.source.classes
        width = result.real.logits.shape[1]
        names = classes if classes and len(classes) == width else None
        return [Shares.of_labels(*labels, names, result.card.extractor)]
    if reference.mixture is not None:
        centres = reference.mixture[0]
        labels = (_nearest(side.pooled, centres) for side in (result.real, result.fake))
        return [Shares.of_labels(*labels, tuple(map(str, range(len(centres)))), "nearest mode")]
    return []


def _nearest(points, centres):
    return np.square(points[:, None] - centres).sum(axis=2).argmin(axis=1)
