"""The real side of a comparison: real samples, the training set, and what a classifier learns.

`kgan evaluate` opens it from a config, the doctor builds it from the sources of a run.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from kgan.data import (
    Source,
    find_held_out,
    find_split,
    grid_modes,
    open_source,
    parse_source,
    ring_modes,
)
from kgan.errors import InputError
from kgan.evaluation.samples import (
    Samples,
    count_examples,
    make_picker,
    shuffle,
    survey_pictures,
)
from kgan.progress import track
from kgan.registry import SOURCES, arguments_of
from kgan.runs.parse import parse_data
from kgan.types import Array

MIN_SAMPLES = 20  # of each side, below which shares and neighbours mean nothing
MAX_TAUGHT = 50_000  # examples that a classifier learns, at most: about as many as it is shown
_CHUNK = 256  # examples read at once
_KEYS = ("image", "target", "b", "signal")  # where a source holds what a generator should make
_TRAINED = "train"
_CUT = ("channels", "fit", "background")


class LabelledExamples:
    """Examples with labels, from which a classifier learns; read when they are needed.

    Args:
        source: where they are.
        key: which of an example's pictures, e.g. `"image"`.
        numbers: int [N], which examples.

    Attributes:
        classes: names of the labels' values.
    """

    def __init__(self, source: Source, key: str, numbers: Array):
        self.classes = source.classes
        self.numbers = numbers
        self._source, self._key = source, key
        self._labels = None

    def read(self) -> tuple[Array, Array]:
        """Returns the pictures uint8 [N, H, W, C], or points [N, D], and their labels [N]."""
        starts = range(0, len(self.numbers), _CHUNK)
        parts = [
            self._source.examples(self.numbers[start : start + _CHUNK])
            for start in track(starts, len(starts), "Reading examples, batches")
        ]
        images, self._labels = (
            np.concatenate([part[key] for part in parts]) for key in (self._key, "label")
        )
        return images, self._labels

    @property
    def labels(self) -> Array:
        """The labels [N]."""
        if self._labels is None:
            pick = make_picker(self._source, "label", self.numbers)
            starts = range(0, len(self.numbers), _CHUNK)
            parts = [pick(range(i, min(i + _CHUNK, len(self.numbers)))) for i in starts]
            self._labels = np.concatenate(parts)
        return self._labels


@dataclasses.dataclass(frozen=True)
class Reference:
    """Real samples and what is known of them.

    Args:
        name: of the source, e.g. `"digits, split test"`.
        source: the `Source` of `real`, for conditions.
        order: int [N], the numbers of the real samples in `source`.
        real: `Samples` to compare with.
        train: `Samples` in which to look for copies.
        known: the `Source` of `train`.
        taught: `LabelledExamples` of the training set, none of them in `real` if it was split for
            that; None without labels of at least two classes.
        held_out: whether `real` was kept out of `train`.
        cut: options that say how a folder's pictures are read, for another folder's.
        mixture: `(centres, scale)` of a known mixture of points, or None.
        notes: lines for the card.
    """

    name: str
    source: Source
    order: Array
    real: Samples
    train: Samples
    known: Source
    taught: LabelledExamples | None
    held_out: bool
    cut: dict[str, Any] = dataclasses.field(default_factory=dict)
    mixture: tuple[Array, float] | None = None
    notes: tuple[str, ...] = ()

    @property
    def has_images(self) -> bool:
        """Whether the samples are images, not points."""
        return len(self.real.shape) == 3

    @property
    def has_signals(self) -> bool:
        """Whether the samples are signals [T, C]."""
        return len(self.real.shape) == 2


def build_reference(
    source: Source,
    key: str,
    held_out: Source | None = None,
    halve: bool = False,
    **facts: Any,
) -> Reference:
    """Returns the `Reference` of opened sources.

    Args:
        source: what a generator is trained on.
        key: which picture of an example a generator should make.
        held_out: examples that it is not trained on, the real ones to compare with; None to compare
            with those of `source`.
        halve: without `held_out`, keep one half of the labelled examples for the classifier to
            learn, and compare with the other.
        facts: further attributes of the `Reference`.
    """
    real = source if held_out is None else held_out
    taught = shuffle(count_examples(source, key))
    order = taught if held_out is None else shuffle(count_examples(real, key))
    if halve:
        taught, order = np.split(order, [len(order) // 2])
    has_classes = "label" in source.spec and len(source.classes or ()) > 1
    facts = {
        "name": real.name,
        "real": Samples.from_source(real, key, order),
        "train": Samples.from_source(source, key),
        "known": source,
        "taught": LabelledExamples(source, key, taught[:MAX_TAUGHT]) if has_classes else None,
        **facts,
    }
    return Reference(source=real, order=order, held_out=held_out is not None, **facts)


def parse_real_data(
    against: str | None,
    base: dict[str, Any],
    arguments: Sequence[str],
    size: int | str | None = None,
) -> dict[str, Any]:
    """Returns `{"source": text, option: value}` of the real data.

    Args:
        against: a source's text, or None for that of `base`.
        base: `{option: value}` of data that options not given otherwise are taken from.
        arguments: of the command line, e.g. `["--data.characters", "digits"]`.
        size: of pictures, for sources that take one; None for points.

    Raises:
        InputError: neither source, an unknown option, or a value of the wrong type.
    """
    source = against or base.get("source")
    layer = {} if against is None else {"source": against}
    if source is not None and size is not None:
        kind, _ = parse_source(source)
        layer |= {"size": size} if "size" in arguments_of(SOURCES.get(kind)) else {}
    return parse_data(list(arguments), [{"data": base}, {"data": layer}])


def open_reference(
    data: dict[str, Any], key: str, halve_labelled: bool | None, trained_on: str | None = None
) -> Reference:
    """Opens the `Reference` of a source's options.

    Args:
        data: what `parse_real_data` returned, or the section of a run.
        key: which picture of an example a generator should make; another is taken if there is
            no such.
        halve_labelled: where the source has no split `test`, keep one half of labelled pictures for
            the classifier to learn and score against the other; None where they are characters.
        trained_on: the split a run was trained on, or None where nobody knows.

    Raises:
        InputError: data that cannot be opened, or hold no pictures or points.
    """
    train_data, real_data = _splits(data, trained_on)
    train = _open_source(train_data)
    held_out = None if real_data is None else _open_source(real_data)
    real = held_out or train
    key = next((name for name in (key, *_KEYS) if name in real.spec), None)
    if key is None:
        raise InputError(
            f"Expected data with {', '.join(_KEYS)}. Received: {real.name} with "
            f"{', '.join(real.spec)}. Choose other data."
        )
    if halve_labelled is None:
        halve_labelled = train.characters
    labelled = "label" in train.spec and len(train.spec[key].shape) > 1
    halve = held_out is None and halve_labelled and labelled
    return build_reference(
        train,
        key,
        held_out,
        halve,
        name=f"{real.name}, {_name_part(real_data)}" if held_out else real.name,
        cut=_cut(data),
        mixture=_mixture(data),
        notes=(*real.notes, *_notes(data, train, held_out is not None, halve)),
    )


def _open_source(data):
    return open_source(data["source"], {k: v for k, v in data.items() if k != "source"})


def _splits(data, trained_on):
    """Returns the options of the training half and of the held-out one, None if there is none."""
    held_out = find_held_out(data)
    if held_out is not None:
        return data, held_out
    split = data.get("split") or find_split(data["source"], data.get("of"))
    if split is None or split == "all":
        return data, None
    if split.startswith(_TRAINED):  # what a view of such a source shows, too
        return data, {**data, "split": "test"}
    if split == trained_on:
        return data, None
    return {**data, "split": _TRAINED}, data


def _name_part(data):
    return f"{data['held_out']:.0%} held out" if data.get("held_out") else f"split {data['split']}"


def _cut(data):
    kind, _ = parse_source(data["source"])
    return {name: data[name] for name in _CUT} if kind == "images" else {}


def _mixture(data):
    kind, _ = parse_source(data["source"])
    if kind == "ring":
        return ring_modes(data["modes"], data["radius"]), data["scale"]
    if kind == "grid":
        return grid_modes(data["side"], data["spacing"]), data["scale"]
    return None


def _notes(data, train, held_out, halved) -> Iterator[str]:
    kind, argument = parse_source(data["source"])
    if kind == "images":
        yield from survey_pictures(argument or data["folder"]).notes(data["size"])
    if not held_out:
        yield (
            f"{train.name} holds nothing back: the real samples "
            + ("are the half that the classifier has not seen, and " if halved else "")
            + "may be ones the generator was trained on, which favours copies"
        )
