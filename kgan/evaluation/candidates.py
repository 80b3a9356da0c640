"""What can be evaluated: a run, an artefact or a folder of pictures, each with its `Samples`."""

import pathlib

import numpy as np
import tensorflow as tf

from kgan.data import open_source
from kgan.errors import InputError
from kgan.evaluation.baselines import list_baselines
from kgan.evaluation.reference import Reference, open_reference
from kgan.evaluation.samples import Samples, make_picker, shuffle, survey_pictures
from kgan.evaluation.variety import Told
from kgan.images import format_size, from_uint8
from kgan.log import count_words
from kgan.models.core.base import GAN
from kgan.models.core.kinds import restore_condition
from kgan.random import split_seeds
from kgan.runs.config import RunConfig
from kgan.runs.folder import CONFIG
from kgan.runs.load import load_run
from kgan.saved_model import loading
from kgan.saved_model.layout import check_files, is_version, read_inputs
from kgan.saved_model.safety import get_signatures, read_meta_graph
from kgan.types import PathLike

_GRAPH = "saved_model.pb"
_SIGNATURES = ("sample", "serving_default")  # the second where a generator takes no seed


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
        writes_texts: whether its samples are tokens.
        data: `{option: value}` of its own data.
        key: which picture of an example it makes.
        critic_extractor: the extractor whose network its critic looked through, or None.
    """

    kind = "run"

    def __init__(self, gan: GAN, config: RunConfig, folder: PathLike):
        self.gan, self.config = gan, config
        self.shape = tuple(self.gan.image_shape)
        self.writes_texts = gan.output_kind == "tokens"
        self.size = _size(self.shape)
        self.data = self.config.data
        self.key = self.gan.real_key
        self.critic_extractor = self.gan.critic_extractor
        self.name = f"{folder} ({config.model['name']}, {count_words(gan.rounds, 'round')})"

    def samples(self, reference: Reference) -> Samples:
        """Returns its `Samples`; sample i has the condition of real example i."""
        keys = self.gan.condition_keys
        if not keys:
            return Samples.from_gan(self.gan)
        source, whose = reference.source, "the real samples"
        if not keys | {self.key} <= set(source.spec):
            # The reference lacks the conditions; the run's own data have them.
            split = self.data.get("split")
            source = open_reference(self.data, self.key, False, split).source
            whose = source.name
        order = shuffle(source.count)
        conditions = ", ".join(sorted(keys))
        note = f"generated under the {conditions} of {whose}, each in turn"
        labelled = any(condition.describes for condition in self.gan.conditions)
        known = _compare(source, order, self.key, labelled, reference)
        samples = Samples.from_gan(self.gan, source, order)
        return samples._replace(notes=(note,), **known)


class Artefact:
    """A SavedModel that `kgan export` made, sampled by seed under the conditions of real examples.

    Args:
        path: as a person gave it.
        version: the folder of the SavedModel.

    Attributes: as `Run`'s.

    Raises:
        InputError: for files that were changed, a graph that does more than compute, one without
            the signature, or one that writes texts.
    """

    kind = "artefact"
    writes_texts = False
    key = "image"
    critic_extractor = None

    def __init__(self, path: pathlib.Path, version: pathlib.Path):
        self.data = {}
        self.name = f"{path} (version {version.name})" if version != path else str(path)
        number = int(version.name) if version.name.isdecimal() else None
        manifest = check_files(version, number, str(version))
        meta = read_meta_graph(version, str(version))  # before any of it runs
        called = next((name for name in _SIGNATURES if name in get_signatures(meta)), "sample")
        try:
            self._loaded = loading.load(version)
            self._sample = self._loaded.signatures[called]
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
                "which writes texts. Evaluate the run it was exported from."
            )
        self.size = _size(self.shape)
        self._specs = self._sample.structured_input_signature[1]
        described = read_inputs(manifest, called)
        self._conditions = {
            name: self._restore_condition(name, spec, described.get(name, {}), manifest or {})
            for name, spec in self._specs.items()
            if described.get(name, {}).get("kind", name) != "seed"
        }
        if "latents" in self._conditions:
            raise InputError(
                f"Expected an artefact with the signature sample, by seed. Received: {version}, "
                "which takes latents. Evaluate the run it was exported from."
            )

    def _restore_condition(self, name, spec, description, manifest):
        """Returns the condition of an input, or None for one that is passed on as data have it."""
        condition = restore_condition(name, tuple(spec.shape[1:]), description, manifest)
        if condition is None and description.get("kind") == "caption":
            raise InputError(
                f"Expected a manifest with caption_words, the words that {self.name} knows. "
                "Received: none. Export it again, or evaluate the run."
            )
        return condition

    def samples(self, reference: Reference) -> Samples:
        """Returns its `Samples`; conditions are those of the reference's examples."""
        conditions, source = self._conditions.items(), reference.source
        needed = [key for name, one in conditions for key in (one.keys if one else (name,))]
        if not set(needed) <= set(source.spec):
            raise InputError(
                f"Expected data with {', '.join(needed)}, which {self.name} starts from. "
                f"Received: {source.name} with {', '.join(source.spec)}. Choose other --against, "
                "or evaluate the run."
            )
        order = shuffle(source.count)

        def make(numbers, seeds):
            examples = source.examples(numbers) if needed else {}
            inputs = {"seed": split_seeds(seeds)}
            for name, one in conditions:
                if one is None:
                    inputs[name] = examples[name]
                else:
                    value = one.value_in(examples) if one.keys else one.default(len(seeds))
                    inputs |= one.read(one.names[0], value, len(seeds))
            taken = {name: _as_input(inputs[name], spec) for name, spec in self._specs.items()}
            return next(iter(self._sample(**taken).values())).numpy()

        def pick(seeds):
            return make(order[np.asarray(seeds) % len(order)], seeds)

        def repeat(number, seeds):
            return make(np.full(len(seeds), number), seeds)

        if not needed:
            return Samples(self.shape, pick)
        note = f"generated under the {', '.join(needed)} of the real samples, each in turn"
        labelled = any(one is None or one.describes for _, one in conditions)
        known = _compare(source, order, self.key, labelled, reference)
        noisy = "seed" in self._specs and all(one and one.describes for _, one in conditions)
        told = Told(source, tuple(needed), self.key, repeat) if noisy else None
        return Samples(self.shape, pick, None, (note,), told=told, **known)


class Folder:
    """A folder of pictures, in a fixed random order.

    Args:
        path: of the folder.

    Attributes: as `Run`'s, without `shape`.

    Raises:
        InputError: no readable picture in it.
    """

    kind = "folder"
    writes_texts = False
    key = "image"
    critic_extractor = None

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


def _compare(source, order, key, labelled, reference):
    """Returns labels, targets and baselines of samples that are made under a source's examples.

    Args:
        source: the `Source`.
        order: numbers of its examples, in the order of the samples.
        key: which picture of an example is made.
        labelled: whether the generator takes more than pictures: only then has it a class to make.
        reference: the `Reference`.
    """
    known = {}
    if labelled and "label" in source.spec:
        known["labels"] = make_picker(source, "label", order)
    if "target" in source.spec and key in (Artefact.key, "target"):
        known["targets"] = make_picker(source, "target", order)
        if "source" in source.spec and {"source", "target"} <= set(reference.known.spec):
            known["baselines"] = list_baselines(source, order, reference.known)
    return known


def _size(shape):
    return format_size(*shape[:2]) if len(shape) == 3 else None


def _as_input(values, spec):
    """Returns values as a signature takes them: pictures in [-1, 1], numbers in its type."""
    if spec.dtype.is_floating and values.dtype == np.uint8:
        values = from_uint8(values)
    return tf.cast(values, spec.dtype)


def _newest_version(path):
    """Returns the folder of a SavedModel: `path`, or its subfolder with the largest number."""
    if (path / _GRAPH).is_file():
        return path
    versions = [file.parent for file in path.glob(f"*/{_GRAPH}") if is_version(file.parent.name)]
    return max(versions, key=lambda version: int(version.name), default=None)
