"""How good is it? From a run, an artefact or a folder of pictures to a card and a report."""

import math
import pathlib
from typing import NamedTuple

from kgan import metrics
from kgan.errors import InputError
from kgan.evaluation import candidates, output, pages, scorer
from kgan.evaluation import reference as references
from kgan.evaluation import samples as picking
from kgan.metrics import card as cards

_SAMPLES = 10_000  # generated, if nobody says how many and there are as many real ones
_REPEATS = 3
_ROOM = 2**27  # bytes that the features of a repeat may take, unasked


def evaluate(
    what,
    against=None,
    names=None,
    samples=None,
    repeats=None,
    extractor=None,
    resize="clean",
    out=None,
    arguments=(),
    sha256=None,
):
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
            have labels, else `raw`.
        resize: `"clean"` or `"tf1"`, where the extractor resizes.
        out: folder for `card.json` and `report.html`; None for `evaluation` in the
            run, or in the working folder.
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
    subject = candidates.opened(what)
    if against is None and subject.kind != "run":
        raise InputError(
            f"Expected --against DATA for the {subject.kind} {what}. Received: none. "
            "Give a source (see kgan list), a folder of pictures, or tfds:NAME."
        )
    what = pathlib.Path(what)
    out = pathlib.Path(out or (what / "evaluation" if subject.kind == "run" else "evaluation"))
    read = [against, what] if subject.kind == "folder" else [against]
    output.check_out(out, what, read)
    both = compared(subject, against, extractor, resize, arguments, sha256)
    reference, generated, network, notes = both
    plan = _plan(generated, reference, samples, repeats, _most(network, generated.shape))
    known = cards.MetricName("", network.name, plan.count, network.resize)
    for name in names or ():  # before hours of work, not after
        cards.resolve_name(name, known)
    scored = scorer.scored(names, network, generated, reference, plan, notes)
    page = pages.page(f"{subject.name} against {reference.name}", scored, generated, reference)
    facts = {"evaluated": subject.name, "against": reference.name}
    return scored.card, output.write(out, page, what, facts)


class Compared(NamedTuple):
    """Two sides that can be scored.

    Attributes:
        reference: `Reference`, the real side.
        generated: `Samples` of the other.
        network: `Extractor` that makes features of both.
        notes: lines for the card.
    """

    reference: references.Reference
    generated: picking.Samples
    network: metrics.Extractor
    notes: tuple[str, ...]


def compared(subject, against=None, extractor=None, resize="clean", arguments=(), sha256=None):
    """Opens what a subject is held against, and returns both sides as `Compared`.

    Args:
        subject: from `kgan.evaluation.candidates`.
        against: as for `evaluate`, as the other arguments are.

    Raises:
        InputError: data that cannot be opened, or do not fit.
    """
    config = references.parsed(against, subject.data, list(arguments), subject.side)
    trained_on = subject.data.get("split") if against is None else None
    kept_apart = extractor in (None, "classifier")
    reference = references.opened(config, subject.key, kept_apart, trained_on)
    generated = subject.samples(reference)
    _check_shapes(subject.name, generated.shape, reference)
    network, said = _extractor(extractor, reference, resize, sha256)
    notes = (*dict.fromkeys((*reference.notes, *generated.notes, *said)),)
    return Compared(reference, generated, network, notes)


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
    return min(_SAMPLES, _ROOM // (4 * kept))


def _plan(generated, reference, samples, repeats, most):
    """Returns the `scoring.Plan`: how many of each, and how often."""
    repeats = repeats or (_REPEATS if generated.count is None else 1)
    there = reference.real.count
    if generated.count is None:
        count = samples or min(there, most)
    else:
        count = samples or min(generated.count // repeats, most)
        if count < 2 or count * repeats > generated.count:
            raise InputError(
                f"Expected at least {max(count, 2) * repeats} pictures for {repeats} repeats. "
                f"Received: {generated.count}. Give a smaller --samples or --repeats."
            )
    return scorer.Plan(count, repeats, min(there, count))


def _extractor(text, reference, resize, sha256):
    """Returns the `Extractor`, and a line if it was chosen for want of labels."""
    said = ()
    if text is None:
        pictures = len(reference.real.shape) == 3
        text = "classifier" if pictures and reference.taught is not None else "raw"
        if pictures and text == "raw":
            said = (
                "data without labels are scored on raw pixels, which see where things are more "
                "than what they are; --extractor inception sees more",
            )
    images, labels = reference.labelled() if text == "classifier" else (None, None)
    return metrics.open_extractor(text, images, labels, resize, sha256), said
