"""What generated samples are held against: real ones, the training set, and what can be learnt."""

import dataclasses

import numpy as np

from kgan.data import Source, grid_modes, parse_source, ring_modes
from kgan.errors import InputError
from kgan.evaluation import folder_survey
from kgan.evaluation import samples as picking
from kgan.evaluation.samples import Samples
from kgan.registry import SOURCES, arguments_of
from kgan.runs import parse
from kgan.runs.build import open_data

_MOST = 50_000  # examples that the classifier may learn, about as many as it is shown
_CHUNK = 256  # samples read at once
_KEYS = ("image", "target", "b")  # where a source holds what a generator should make
_TRAINED = "train"
_CUT = ("channels", "fit", "background")


@dataclasses.dataclass(frozen=True)
class Reference:
    """Real samples and what is known of them.

    Args:
        name: of the source, e.g. `"digits, split test"`.
        real: `Samples` to compare with.
        train: `Samples` in which to look for copies.
        taught: of `train`'s source, `Samples` and labels that the extractor `classifier` learns;
            none of them is in `real`. None without labels.
        held_out: whether `real` was kept out of `train`.
        source: the `Source` of `real`, for conditions.
        cut: options that say how a folder's pictures are read, for another folder's.
        mixture: `(centres, scale)` of a known mixture of points, or None.
        notes: lines for the card.
    """

    name: str
    real: Samples
    train: Samples
    taught: tuple[Samples, np.ndarray] | None
    held_out: bool
    source: Source
    cut: dict = dataclasses.field(default_factory=dict)
    mixture: tuple | None = None
    notes: tuple[str, ...] = ()

    def labelled(self):
        """Returns uint8 images [N, H, W, C] and labels [N] to learn, or two times None."""
        if self.taught is None:
            return None, None
        samples, labels = self.taught
        return np.concatenate(list(samples.batches(samples.count))), labels


def parsed(against, base, arguments, side=None):
    """Returns the `RunConfig` whose `data` are to be held against.

    Args:
        against: a source's text, or None for that of `base`.
        base: `{option: value}` of data that options not given otherwise are taken from.
        arguments: of the command line, e.g. `["--data.characters", "digits"]`.
        side: pixels of a picture's side, for sources that take one; None for points.

    Raises:
        InputError: neither source, an unknown option, or a value of the wrong type.
    """
    source = against or base.get("source")
    layer = {} if against is None else {"source": against}
    if source is not None and side is not None:
        kind, _ = parse_source(source)
        layer |= {"size": side} if "size" in arguments_of(SOURCES.get(kind)) else {}
    # A variant must be named, and none is used.
    return parse.parse(arguments, [{"model": {"name": "gan"}, "data": base}, {"data": layer}])


def opened(config, key, kept_apart, trained_on=None):
    """Opens the `Reference` of a config.

    Args:
        config: the `RunConfig` that `parsed` returned.
        key: which picture of an example a generator should make; another is taken if there is
            no such.
        kept_apart: where the source has no split `test`, keep one half of it for the classifier to
            learn and score against the other.
        trained_on: the split a run was trained on, or None where nobody knows.

    Raises:
        InputError: data that cannot be opened, or hold no pictures or points.
    """
    train_data, real_data = _splits(config.data, trained_on)
    train = open_data(dataclasses.replace(config, data=train_data))
    held_out = real_data is not None
    real = open_data(dataclasses.replace(config, data=real_data)) if held_out else train
    key = next((name for name in (key, *_KEYS) if name in real.spec), None)
    if key is None:
        raise InputError(
            f"Expected data with {', '.join(_KEYS)}. Received: {real.name} with "
            f"{', '.join(real.spec)}. Choose other data."
        )
    numbers = picking.shuffled(picking.side_count(train, key))
    taught, kept = numbers[:_MOST], None
    labelled = "label" in train.spec and len(train.spec[key].shape) == 3
    if not held_out and kept_apart and labelled:
        taught, kept = np.split(numbers, [len(numbers) // 2])
        taught = taught[:_MOST]
    return Reference(
        f"{real.name}, split {real_data['split']}" if held_out else real.name,
        picking.from_source(real, key, kept),
        picking.from_source(train, key, numbers),
        _taught(train, key, taught),
        held_out,
        real,
        _cut(config.data),
        _mixture(config.data),
        (*real.notes, *_notes(config.data, train, held_out, kept is not None)),
    )


def _splits(data, trained_on):
    """Returns the options of the training half and of the held-out one, None if there is none."""
    split = data.get("split")
    if split is None or split == "all":
        return data, None
    if split.startswith(_TRAINED):  # "train[:10%]" too
        return data, {**data, "split": "test"}
    if split == trained_on:
        return data, None
    return {**data, "split": _TRAINED}, data


def _cut(data):
    kind, _ = parse_source(data["source"])
    return {name: data[name] for name in _CUT} if kind == "images" else {}


def _taught(source, key, numbers):
    """Returns the `Samples` and labels to learn, or None where the source has no classes."""
    if "label" not in source.spec or len(source.classes or ()) < 2:
        return None
    samples = picking.from_source(source, key, numbers)
    starts = range(0, len(numbers), _CHUNK)
    labels = [samples.labels(range(i, min(i + _CHUNK, len(numbers)))) for i in starts]
    return samples, np.concatenate(labels)


def _mixture(data):
    kind, _ = parse_source(data["source"])
    if kind == "ring":
        return ring_modes(data["modes"], data["radius"]), data["scale"]
    if kind == "grid":
        return grid_modes(data["side"], data["spacing"]), data["scale"]
    return None


def _notes(data, train, held_out, halved):
    kind, argument = parse_source(data["source"])
    if kind == "images":
        yield from folder_survey.survey(argument or data["folder"]).notes(data["size"])
    if not held_out:
        yield (
            f"{train.name} holds nothing back: the real samples "
            + ("are the half that the classifier has not seen, and " if halved else "")
            + "may be ones the generator was trained on, which favours copies"
        )
