"""What can be evaluated: a run, an artefact or a folder of pictures, each with its `Samples`."""

import pathlib

import numpy as np
import tensorflow as tf

from kgan.data import open_source
from kgan.errors import InputError
from kgan.evaluation.reference import Reference, open_reference
from kgan.evaluation.samples import Samples, make_picker, shuffle, survey_pictures
from kgan.images import format_size
from kgan.models.core.base import GAN
from kgan.models.core.tokenizer import Tokenizer
from kgan.random import split_seeds
from kgan.runs.config import RunConfig
from kgan.runs.folder import CONFIG
from kgan.runs.load import load_run
from kgan.runs.outputs import refuse_texts
from kgan.saved_model.layout import check_files, is_version, read_input_kinds
from kgan.saved_model.safety import read_meta_graph
from kgan.types import PathLike

_GRAPH = "saved_model.pb"
_OWN = ("seed", "truncation")  # kinds of input that do not come from an example


class Run:
    """A trained run, sampled by seed under the conditions of its data.

    Args:
        gan: the model, which may go on training.
        config: its configuration.
        folder: its folder.

    Attributes:
        kind: what it is, in a word.
        name: for people.
        shape: of a sample, `(H, W, C)` or `(D,)`.
        size: of its pictures, as sources take it, or None for points.
        data: `{option: value}` of its own data.
        key: which picture of an example it makes.

    Raises:
        InputError: for one that writes texts.
    """

    kind = "run"

    def __init__(self, gan: GAN, config: RunConfig, folder: PathLike):
        refuse_texts(gan, "kgan evaluate")
        self.gan, self.config = gan, config
        self.shape = tuple(self.gan.image_shape)
        self.size = _size(self.shape)
        self.data = self.config.data
        self.key = self.gan.real_key
        self.name = f"{folder} ({config.model['name']}, {gan.rounds} rounds)"

    def samples(self, reference: Reference) -> Samples:
        """Returns its `Samples`; sample i has the condition of real example i."""
        keys = set(self.gan.batch_keys())
        if keys == {self.key}:
            return Samples.from_gan(self.gan)
        source, whose = reference.source, "the real samples"
        if not keys <= set(source.spec):
            # The reference lacks the conditions; the run's own data have them.
            split = self.data.get("split")
            source = open_reference(self.data, self.key, False, split).source
            whose = source.name
        order = shuffle(source.count)
        conditions = ", ".join(sorted(keys - {self.key}))
        note = f"generated under the {conditions} of {whose}, each in turn"
        labelled = any(condition.kind != "image" for condition in self.gan.conditions)
        labels, targets = _pick_labels_and_targets(source, order, self.key, labelled)
        samples = Samples.from_gan(self.gan, source, order)
        return samples._replace(notes=(note,), labels=labels, targets=targets)


class Artefact:
    """A SavedModel that `kgan export` made, with the signature `sample`.

    Args:
        path: as a person gave it.
        version: the folder of the SavedModel.

    Attributes: as `Run`'s.

    Raises:
        InputError: for files that were changed, a graph that does more than compute, one without
            the signature, or one that writes texts.
    """

    kind = "artefact"
    key = "image"

    def __init__(self, path: pathlib.Path, version: pathlib.Path):
        self.data = {}
        self.name = f"{path} (version {version.name})" if version != path else str(path)
        number = int(version.name) if version.name.isdecimal() else None
        manifest = check_files(version, number, str(version))
        read_meta_graph(version, str(version))  # before any of it runs
        try:
            self._loaded = tf.saved_model.load(str(version))
            self._sample = self._loaded.signatures["sample"]
        except (OSError, ValueError, KeyError) as error:
            reason = "no such signature" if isinstance(error, KeyError) else str(error)
            raise InputError(
                f"Expected a SavedModel with the signature sample. Received: {version} "
                f"({' '.join(reason.split())}). Evaluate the run it was exported from."
            ) from error
        (output,) = self._sample.structured_outputs.values()
        self.shape = tuple(output.shape[1:])
        if output.dtype.is_integer and len(self.shape) == 1:
            raise InputError(
                f"Expected an artefact of pictures or points for kgan evaluate. Received: {path}, "
                "which writes texts. There are no metrics of texts."
            )
        self.size = _size(self.shape)
        self._specs = self._sample.structured_input_signature[1]
        kinds = read_input_kinds(manifest, "sample")
        # Without a manifest, an input is what its name says.
        self._kinds = {name: kinds.get(name, name) for name in self._specs}
        # What an example must have, by the input that takes it.
        self._keys = {
            name: kind if kind == "caption" else name
            for name, kind in self._kinds.items()
            if kind not in _OWN
        }
        captions = [self._specs[name] for name, key in self._keys.items() if key == "caption"]
        as_tokens = bool(captions) and captions[0].dtype.is_integer
        self._tokenizer = _tokenizer(manifest, captions[0], self.name) if as_tokens else None

    def samples(self, reference: Reference) -> Samples:
        """Returns its `Samples`; labels, captions and source pictures are the reference's."""
        source, keys = reference.source, ", ".join(self._keys.values())
        if not set(self._keys.values()) <= set(source.spec):
            raise InputError(
                f"Expected data with {keys}, which {self.name} starts from. "
                f"Received: {source.name} with {', '.join(source.spec)}. Choose other --against, "
                "or evaluate the run."
            )
        order = shuffle(source.count)

        def pick(seeds):
            examples = source.examples(order[np.asarray(seeds) % len(order)]) if self._keys else {}
            inputs = {
                name: _as_input(self._input(name, seeds, examples), spec)
                for name, spec in self._specs.items()
            }
            return next(iter(self._sample(**inputs).values())).numpy()

        if not self._keys:
            return Samples(self.shape, pick)
        note = f"generated under the {keys} of the real samples, each in turn"
        labelled = any(self._specs[name].shape.rank < 4 for name in self._keys)
        known = _pick_labels_and_targets(source, order, self.key, labelled)
        return Samples(self.shape, pick, None, (note,), *known)

    def _input(self, name, seeds, examples):
        """Returns the values of an input for these seeds, under the conditions of examples."""
        kind = self._kinds[name]
        if kind == "seed":
            return split_seeds(seeds)
        if kind == "truncation":
            return np.ones(len(seeds))  # none: a run is not truncated either
        if kind == "caption" and self._tokenizer is not None:
            return self._tokenizer.read([text.decode() for text in examples[kind]])
        return examples[self._keys[name]]


class Folder:
    """A folder of pictures, in a fixed random order.

    Args:
        path: of the folder.

    Attributes: as `Run`'s, without `shape`.

    Raises:
        InputError: no readable picture in it.
    """

    kind = "folder"
    key = "image"

    def __init__(self, path: PathLike):
        self.name = str(path)
        self.data = {}
        self._survey = survey_pictures(path)
        self.size = self._survey.side

    def samples(self, reference: Reference) -> Samples:
        """Returns its `Samples`, brought to the size of the real ones."""
        size = _size(reference.real.shape) or self.size
        source = open_source("images", {"folder": self.name, "size": size, **reference.cut})
        notes = (*source.notes, *self._survey.notes(size))
        return Samples.from_source(source, "image")._replace(notes=notes)


Candidate = Run | Artefact | Folder


def open_candidate(path: PathLike) -> Candidate:
    """Returns the `Run`, the `Artefact` or the `Folder` at a path.

    Raises:
        InputError: none of the three, or one that cannot be read.
    """
    path = pathlib.Path(path).expanduser()
    if (path / CONFIG).is_file():
        return Run(*load_run(path), path)
    version = _newest_version(path)
    if version is not None:
        return Artefact(path, version)
    if path.is_dir():
        return Folder(path)
    raise InputError(
        f"Expected the folder of a run, of an artefact, or of pictures. Received: {path}"
        f"{', a file' if path.exists() else ', which is not there'}."
    )


def _pick_labels_and_targets(source, order, key, labelled):
    """Returns the labels and the targets of samples that are made under a source's examples.

    Args:
        source: the `Source`.
        order: numbers of its examples, in the order of the samples.
        key: which picture of an example is made.
        labelled: whether the generator takes more than pictures: only then has it a class to make.
    """
    labelled = labelled and "label" in source.spec
    paired = "target" in source.spec and key in (Artefact.key, "target")
    return (
        make_picker(source, "label", order) if labelled else None,
        make_picker(source, "target", order) if paired else None,
    )


def _tokenizer(manifest, spec, name):
    """Returns the `Tokenizer` of an artefact that takes captions as tokens [N, T], its `spec`."""
    words = ((manifest or {}).get("caption_words") or {}).get("words")
    if not words:
        raise InputError(
            f"Expected a manifest with caption_words, the words that {name} knows. Received: none. "
            "Export it again, or evaluate the run."
        )
    return Tokenizer(words, spec.shape[1])


def _size(shape):
    return format_size(*shape[:2]) if len(shape) == 3 else None


def _as_input(values, spec):
    """Returns values as a signature takes them: pictures in [-1, 1], numbers in its type."""
    if spec.dtype.is_floating and values.dtype == np.uint8:
        values = values.astype(np.float32) / np.float32(127.5) - np.float32(1.0)
    return tf.cast(values, spec.dtype)


def _newest_version(path):
    """Returns the folder of a SavedModel: `path`, or its subfolder with the largest number."""
    if (path / _GRAPH).is_file():
        return path
    versions = [file.parent for file in path.glob(f"*/{_GRAPH}") if is_version(file.parent.name)]
    return max(versions, key=lambda version: int(version.name), default=None)
