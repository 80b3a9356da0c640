"""What can be evaluated: a run, an artefact, a folder of pictures; each becomes `Samples`."""

import pathlib

import numpy as np
import tensorflow as tf

from kgan.data import open_source
from kgan.errors import InputError
from kgan.evaluation import folder_survey
from kgan.evaluation import reference as references
from kgan.evaluation import samples as picking
from kgan.evaluation.samples import Samples
from kgan.images import from_uint8
from kgan.models.families.captions import Tokenizer
from kgan.random import split_seeds
from kgan.runs.folder import CONFIG
from kgan.runs.load import load_run
from kgan.runs.outputs import check_not_text
from kgan.saved_model.layout import check_files, input_kinds
from kgan.saved_model.safety import checked_folder

_GRAPH = "saved_model.pb"
_OWN = ("seed", "truncation")  # kinds of input that no example tells


def opened(path):
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


class Run:
    """A trained run: samples by seed, under the conditions that its data have.

    Args:
        gan: the `GAN`, which may go on training.
        config: its `RunConfig`.
        folder: where it lives.

    Attributes:
        kind: what it is, in a word.
        name: for people.
        side: pixels of a picture's side, or None for points.
        data: `{option: value}` of its own data.
        key: which picture of an example it makes.

    Raises:
        InputError: for one that writes texts.
    """

    kind = "run"

    def __init__(self, gan, config, folder):
        check_not_text(gan, "kgan evaluate")
        self.gan, self.config = gan, config
        self.shape = tuple(self.gan.image_shape)
        self.side = _side(self.shape)
        self.data = self.config.data
        self.key = self.gan.real_key
        self.name = f"{folder} ({config.model['name']}, {gan.rounds} rounds)"

    def samples(self, reference):
        """Returns its `Samples`; sample i stands under the condition of real example i."""
        keys = set(self.gan.batch_keys)
        if keys == {self.key}:
            return picking.from_gan(self.gan)
        source, whose = reference.source, "the real samples"
        if not keys <= set(source.spec):
            # The reference does not know what it is to paint; its own data do.
            source = references.opened(self.config, self.key, False, self.data.get("split")).source
            whose = source.name
        order = picking.shuffled(source.count)
        conditions = ", ".join(sorted(keys - {self.key}))
        note = f"generated under the {conditions} of {whose}, each in turn"
        told = keys - set(self.gan.image_keys)
        labels, targets = _known(source, order, self.key, told)
        samples = picking.from_gan(self.gan, source, order)
        return samples._replace(notes=(note,), labels=labels, targets=targets)


class Artefact:
    """A SavedModel that `kgan export` made, with the signature `sample`; attributes as `Run`'s."""

    kind = "artefact"
    key = "image"

    def __init__(self, path, version):
        self.data = {}
        self.name = f"{path} (version {version.name})" if version != path else str(path)
        number = int(version.name) if version.name.isdecimal() else None
        manifest = check_files(version, number, str(version))
        checked_folder(version, str(version))  # before any of it runs
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
                "which writes texts. Score the run with tools/score_sequences RUN."
            )
        self.side = _side(self.shape)
        self._specs = self._sample.structured_input_signature[1]
        kinds = input_kinds(manifest, "sample")
        # Without a manifest, a name is all that tells what an input is.
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

    def samples(self, reference):
        """Returns its `Samples`; labels, captions and source pictures are the reference's."""
        source, keys = reference.source, ", ".join(self._keys.values())
        if not set(self._keys.values()) <= set(source.spec):
            raise InputError(
                f"Expected data with {keys}, which {self.name} starts from. "
                f"Received: {source.name} with {', '.join(source.spec)}. Choose other --against, "
                "or evaluate the run."
            )
        order = picking.shuffled(source.count)

        def pick(seeds):
            examples = source.examples(order[np.asarray(seeds) % len(order)]) if self._keys else {}
            inputs = {
                name: _as_input(self._given(name, seeds, examples), spec)
                for name, spec in self._specs.items()
            }
            return next(iter(self._sample(**inputs).values())).numpy()

        if not self._keys:
            return Samples(self.shape, pick)
        note = f"generated under the {keys} of the real samples, each in turn"
        told = {name for name in self._keys if self._specs[name].shape.rank < 4}
        return Samples(self.shape, pick, None, (note,), *_known(source, order, self.key, told))

    def _given(self, name, seeds, examples):
        """Returns what an input takes for these seeds, under the conditions of examples."""
        kind = self._kinds[name]
        if kind == "seed":
            return split_seeds(seeds)
        if kind == "truncation":
            return np.ones(len(seeds))  # none: a run is not truncated either
        if kind == "caption" and self._tokenizer is not None:
            return self._tokenizer.checked([text.decode() for text in examples[kind]])
        return examples[self._keys[name]]


class Folder:
    """A folder of pictures, in a fixed random order; attributes as `Run`'s."""

    kind = "folder"
    key = "image"

    def __init__(self, path):
        self.name = str(path)
        self.data = {}
        self._pictures = folder_survey.survey(path)
        self.side = self._pictures.side

    def samples(self, reference):
        """Returns its `Samples`, brought to the size of the real ones."""
        side = _side(reference.real.shape) or self.side
        source = open_source("images", {"folder": self.name, "size": side, **reference.cut})
        notes = (*source.notes, *self._pictures.notes(side))
        return picking.from_source(source, "image")._replace(notes=notes)


def _known(source, order, key, told):
    """Returns the labels and the targets of samples that are made under a source's examples.

    Args:
        source: the `Source`.
        order: numbers of its examples, in the order of the samples.
        key: which picture of an example is made.
        told: what the generator starts from that is no picture: only then was a class asked for.
    """
    labels = picking.column(source, "label", order) if told and "label" in source.spec else None
    paired = "target" in source.spec and key in (Artefact.key, "target")
    return labels, picking.column(source, "target", order) if paired else None


def _tokenizer(manifest, spec, name):
    """Returns the `Tokenizer` of an artefact that takes captions as tokens [N, T], its `spec`."""
    words = ((manifest or {}).get("caption_words") or {}).get("words")
    if not words:
        raise InputError(
            f"Expected a manifest with caption_words, the words that {name} knows. Received: none. "
            "Export it again, or evaluate the run."
        )
    return Tokenizer(words, spec.shape[1])


def _side(shape):
    return shape[0] if len(shape) == 3 else None


def _as_input(values, spec):
    """Returns values as a signature takes them: pictures in [-1, 1], numbers in its type."""
    if spec.dtype.is_floating and values.dtype == np.uint8:
        values = from_uint8(values)
    return tf.cast(values, spec.dtype)


def _newest_version(path):
    """Returns the folder of a SavedModel: `path`, or its subfolder with the largest number."""
    if (path / _GRAPH).is_file():
        return path
    versions = [found.parent for found in path.glob(f"*/{_GRAPH}") if found.parent.name.isdigit()]
    return max(versions, key=lambda version: int(version.name), default=None)
