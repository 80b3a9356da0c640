"""`evaluate`: from a run, an artefact or a folder of pictures to a metric card and a report."""

# Not named like the function: importing this file would hide it in the package.

import math
import pathlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kgan import metrics
from kgan.errors import InputError
from kgan.evaluation import output
from kgan.evaluation.candidates import Candidate, open_candidate
from kgan.evaluation.reference import Reference, open_reference, parse_real_data
from kgan.evaluation.samples import Samples
from kgan.evaluation.scorer import Scorer
from kgan.evaluation.texts import score_texts
from kgan.log import warn
from kgan.metrics import card as cards
from kgan.runs.outputs import refuse_texts
from kgan.types import PathLike

_SAMPLES = 10_000  # generated, if nobody says how many and there are as many real ones
_REPEATS = 3
_FLATTERED = (
    "the critic was trained on features of {}, and these flatter it: compare runs by --extractor "
    "raw, inception, or for labelled pictures classifier"
)
_FEATURE_BYTES = 2**27  # that the features of a repeat may take, unasked


def evaluate(
    what: PathLike,
    against: str | None = None,
    names: Sequence[str] | None = None,
    samples: int | None = None,
    repeats: int | None = None,
    extractor: str | None = None,
    resize: str = "clean",
    out: PathLike | None = None,
    arguments: Iterable[str] = (),
    sha256: str | None = None,
) -> tuple[cards.Card, list[pathlib.Path]]:
    """Scores a run, an artefact or a folder of pictures, and writes a card and a report.

    Args:
        what: path of a run, of what `kgan export` made, or of a folder of pictures.
        against: the real data: a source's name, a folder, or tfds:NAME; None for a run's own.
        names: metric names; None for those that the data and the extractor allow.
        samples: how many are generated each time, at least 2, and the most real ones to compare
            with; None for as many as there are real ones, at most 10,000 (large `raw` pictures:
            fewer).
        repeats: how many times they are generated, with fresh seeds, for the spread; None for 3,
            or for 1 of a folder, whose pictures are shared out among the repeats.
        extractor: as `kgan.metrics.open_extractor` takes it; None for `classifier` where pictures
            are labelled characters or signals are labelled, `efficientnet-lite0` for other
            pictures, `raw` for points and other signals.
        resize: `"clean"` or `"tf1"`, where the extractor resizes.
        out: folder for `card.json` and `report.html`; None for `evaluation` in the run, or in the
            working folder.
        arguments: options of the real data, e.g. `["--data.size", "16"]`.
        sha256: what the file of the extractor must have, or None.

    Returns:
        The `kgan.metrics.Card`, and the paths of the two files.

    Raises:
        InputError: anything that is not there, does not fit, or cannot be scored.

    Example:
        >>> card, paths = evaluate("runs/dcgan_digits", names=["fid", "recall"])
        >>> card["fid"].value, card["fid"].sd
        (0.21, 0.013)
    """
    _check(names, samples, repeats, extractor)
    candidate = open_candidate(what)
    if against is None and candidate.kind != "run":
        raise InputError(
            f"Expected --against DATA for the {candidate.kind} {what}. Received: none. "
            "Give a source (see kgan list), a folder of pictures, or tfds:NAME."
        )
    what = pathlib.Path(what)
    out = pathlib.Path(out or (what / "evaluation" if candidate.kind == "run" else "evaluation"))
    read = [against, what] if candidate.kind == "folder" else [against]
    output.check_out(out, what, read)
    if candidate.writes_texts:
        data = parse_real_data(against, candidate.data, list(arguments))
        card, panels, name = score_texts(candidate, data, names, samples, repeats)
        report = metrics.Report(f"{candidate.name} against {name}", card, panels)
        facts = {"evaluated": candidate.name, "against": name}
        return card, output.write(out, report, what, facts)
    both = compare(candidate, against, extractor, resize, arguments, sha256)
    reference, generated, network, notes = both
    count, repeats = _plan(generated, reference, samples, repeats, _most(network, generated.shape))
    known = cards.MetricName("", network.name, count, network.resize)
    for name in names or ():  # before hours of work, not after
        cards.resolve_name(name, known)
    real_count = min(reference.real.count, count)
    scorer = Scorer(names, network, generated, reference, real_count)
    result = scorer.score(count, tuple(repeat * count for repeat in range(repeats)), notes)
    title = f"{candidate.name} against {reference.name}"
    report = output.make_report(title, result, generated, reference)
    facts = {"evaluated": candidate.name, "against": reference.name}
    return result.card, output.write(out, report, what, facts)


class Comparison(NamedTuple):
    """Two sides that can be scored.

    Attributes:
        reference: the real side.
        generated: the other.
        network: what makes features of both.
        notes: lines for the card.
    """

    reference: Reference
    generated: Samples
    network: metrics.Extractor
    notes: tuple[str, ...]


def compare(
    candidate: Candidate,
    against: str | None = None,
    extractor: str | None = None,
    resize: str = "clean",
    arguments: Iterable[str] = (),
    sha256: str | None = None,
) -> Comparison:
    """Opens the real data that a candidate is compared with, and returns both sides.

    Args:
        candidate: from `kgan.evaluation.candidates`.
        against: as for `evaluate`, as the other arguments are.

    Raises:
        InputError: data that cannot be opened, or do not fit.
    """
    if candidate.writes_texts:
        refuse_texts(candidate.gan, "scores while it trains")
    data = parse_real_data(against, candidate.data, list(arguments), candidate.size)
    trained_on = candidate.data.get("split") if against is None else None
    halve_labelled = None if extractor is None else extractor == "classifier"
    reference = open_reference(data, candidate.key, halve_labelled, trained_on)
    generated = candidate.samples(reference)
    _check_shapes(candidate.name, generated.shape, reference)
    network = _open_extractor(extractor, reference, resize, sha256)
    notes = (*dict.fromkeys((*reference.notes, *generated.notes)),)
    if candidate.critic_extractor == network.name:
        notes = (_FLATTERED.format(network.name), *notes)
        warn(notes[0])
    return Comparison(reference, generated, network, notes)


def _check(names, samples, repeats, extractor):
    for flag, value, least in (("samples", samples, 2), ("repeats", repeats, 1)):
        if value is not None and value < least:
            raise InputError(f"Expected --{flag} of at least {least}. Received: {value}.")
    for name in names or ():
        cards.parse_name(name)
    if extractor is not None:
        metrics.check_extractor(extractor)


def _check_shapes(name, shape, reference):
    real = reference.real.shape
    if shape == real:
        return
    if len(shape) == len(real) == 3 and shape[2] != real[2]:
        raise InputError(
            f"Expected pictures of the same channels. Received: {shape[2]} in {name}, {real[2]} in "
            f"{reference.name}. Convert one of them, or give --data.channels where data take it."
        )
    raise InputError(
        f"Expected samples of one shape. Received: {name} of {shape}, {reference.name} of {real}. "
        "Choose other data, or --data.size where data take it."
    )


def _most(network, shape):
    """Returns how many samples are scored at most, unasked: `raw` keeps every pixel of them."""
    kept = math.prod(shape) if network.name == "raw" else 1
    return min(_SAMPLES, _FEATURE_BYTES // (4 * kept))


def _plan(generated, reference, samples, repeats, most):
    """Returns how many samples a repeat has, and how many repeats there are."""
    repeats = repeats or (_REPEATS if generated.count is None else 1)
    if generated.count is None:
        return samples or min(reference.real.count, most), repeats
    count = samples or min(generated.count // repeats, most)
    if count < 2 or count * repeats > generated.count:
        raise InputError(
            f"Expected at least {max(count, 2) * repeats} pictures for {repeats} repeats. "
            f"Received: {generated.count}. Give a smaller --samples or --repeats."
        )
    return count, repeats


def _open_extractor(text, reference, resize, sha256):
    """Returns the `Extractor` of that name, or the one that suits the data."""
    text = text or _choose_extractor(reference)
    learns = text == "classifier" and reference.taught is not None
    images, labels = reference.taught.read() if learns else (None, None)
    return metrics.open_extractor(text, images, labels, resize, sha256)


def _choose_extractor(reference):
    if reference.has_signals:
        return "raw" if reference.taught is None else "classifier"
    if not reference.has_images:
        return "raw"
    learns = reference.source.characters and reference.taught is not None
    return "classifier" if learns else "efficientnet-lite0"
