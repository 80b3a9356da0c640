"""Conditions that are classes, words and numbers; pictures stand in `image_conditions.py`."""

import dataclasses
from typing import Any

import numpy as np
import tensorflow as tf

from kgan.data import Source, tokenize
from kgan.errors import InputError, UnknownNameError
from kgan.models.core import batches, flags
from kgan.models.core.condition import Condition, ConditionArguments
from kgan.models.core.signatures import Input
from kgan.models.core.tokenizer import Tokenizer
from kgan.types import Array, Batch, ImageShape


@dataclasses.dataclass(frozen=True)
class Label(Condition):
    """One class of several: whole numbers [B], one-hot [B, classes] or, from a person, names.

    Attributes:
        key: of the batch; `"label"`, or e.g. `"domain"`.
        classes: names of the classes.
    """

    key: str = "label"
    classes: tuple[str, ...] = tuple("0123456789")

    argument = "classes"
    kind = "label"
    flag = flags.LABEL
    has_default = describes = True

    @property
    def count(self) -> int:
        """How many classes there are."""
        return len(self.classes)

    @property
    def inputs(self) -> dict[str, Input]:
        text = f"class, 0 to {len(self.classes) - 1}"
        return {self.key: Input(tf.int32, (), self.kind, text, self.key)}

    def arguments_from(self, source: Source) -> ConditionArguments:
        classes = source.classes if self.key == "label" else source.names.get(self.key)
        return {self.argument: list(classes or ())}

    def bind(self, image_shape: ImageShape, arguments: ConditionArguments) -> "Label":
        classes = arguments.pop(self.argument, self.classes)
        names = tuple(map(str, range(classes) if isinstance(classes, int) else classes))
        if not names:
            raise InputError(f"Expected at least 1 class. Received: classes={classes!r}.")
        return dataclasses.replace(self, classes=names)

    def prepare(self, batch: Batch) -> Batch:
        label = batch[self.key]
        if label.shape.rank == 2 and label.shape[1] == len(self.classes):
            label = tf.argmax(label, axis=1)
        if label.shape.rank != 1:
            raise InputError(
                f"Expected labels [B] or one-hot [B, {len(self.classes)}]. "
                f"Received: shape {tuple(label.shape)}."
            )
        return {self.key: batches.check_range("labels", label, len(self.classes))}

    def read(self, name: str, value: Any, count: int) -> dict[str, Array]:
        label = np.asarray(value)
        if label.ndim == 2 and label.shape[1] == len(self.classes):
            label = label.argmax(axis=1)
        if label.dtype.kind in "US":
            numbers = [self._number_of(str(text)) for text in label.ravel()]
            label = np.array(numbers).reshape(label.shape)
        label = np.broadcast_to(label, (count,)) if label.ndim == 0 else label
        inside = label.dtype.kind in "iu" and label.shape == (count,)
        if not inside or not ((label >= 0) & (label < len(self.classes))).all():
            raise InputError(
                f"Expected {count} labels in 0..{len(self.classes) - 1}. "
                f"Received: {np.array2string(label, threshold=8)}."
            )
        return {self.key: label.astype(np.int32)}

    def default(self, count: int) -> Array:
        """Returns each class in turn."""
        return np.arange(count) * len(self.classes) // count

    def metadata(self, batch: Batch | None = None) -> dict[str, Any]:
        return {self.argument: list(self.classes)}

    @classmethod
    def restore(cls, key: str, shape: tuple[int, ...], metadata: dict[str, Any]) -> "Label":
        return cls(key, tuple(metadata[cls.argument]))

    def _number_of(self, name):
        if name in self.classes:
            return self.classes.index(name)
        if name.isdecimal() and int(name) < len(self.classes):
            return int(name)
        raise UnknownNameError("class", name, self.classes)


@dataclasses.dataclass(frozen=True)
class Attributes(Condition):
    """Several properties at once, each there or not: zeros and ones [B, A].

    A person names those that are there: `"glasses,beard"`, a list of names, or the array itself.

    Attributes:
        key: of the batch.
        attributes: the properties' names.
    """

    key: str = "attributes"
    attributes: tuple[str, ...] = ()

    argument = "attributes"
    kind = "attributes"
    flag = flags.ATTRIBUTES
    has_default = describes = True

    @property
    def inputs(self) -> dict[str, Input]:
        shape = (len(self.attributes),)
        text = "1 where it is so, else 0"
        return {self.key: Input(tf.float32, shape, self.kind, text, self.key)}

    def arguments_from(self, source: Source) -> ConditionArguments:
        return {self.argument: list(source.names.get(self.key, ()))}

    def bind(self, image_shape: ImageShape, arguments: ConditionArguments) -> "Attributes":
        names = tuple(map(str, arguments.pop(self.argument, self.attributes)))
        if not names:
            raise InputError(
                "Expected at least 1 attribute. Received: none. Choose data with attributes."
            )
        return dataclasses.replace(self, attributes=names)

    def prepare(self, batch: Batch) -> Batch:
        values = batch[self.key]
        if values.shape.rank != 2 or values.shape[1] != len(self.attributes):
            raise InputError(
                f"Expected attributes [B, {len(self.attributes)}]. "
                f"Received: shape {tuple(values.shape)}."
            )
        return {self.key: tf.cast(values, tf.float32)}

    def read(self, name: str, value: Any, count: int) -> dict[str, Array]:
        rows = np.asarray(value, object)
        if isinstance(value, str) or (rows.ndim == 1 and all(isinstance(v, str) for v in rows)):
            words = value.split(",") if isinstance(value, str) else list(rows)
            rows = self._flags(words)
        rows = np.asarray(rows, np.float32)
        rows = np.broadcast_to(rows, (count, len(self.attributes))) if rows.ndim == 1 else rows
        if rows.shape != (count, len(self.attributes)) or not np.isin(rows, (0, 1)).all():
            raise InputError(
                f"Expected {count} rows of {len(self.attributes)} zeros or ones, or names out of "
                f"{', '.join(self.attributes)}. Received: {value}."
            )
        return {self.key: rows}

    def default(self, count: int) -> Array:
        """Returns each attribute alone in turn, after none at all."""
        number = np.arange(count) % (len(self.attributes) + 1)
        return np.eye(len(self.attributes) + 1, dtype=np.float32)[number][:, 1:]

    def metadata(self, batch: Batch | None = None) -> dict[str, Any]:
        return {self.argument: list(self.attributes)}

    @classmethod
    def restore(cls, key: str, shape: tuple[int, ...], metadata: dict[str, Any]) -> "Attributes":
        return cls(key, tuple(metadata[cls.argument]))

    def _flags(self, words):
        flags = np.zeros(len(self.attributes), np.float32)
        for word in filter(None, map(str.strip, words)):
            if word not in self.attributes:
                raise UnknownNameError("attribute", word, self.attributes)
            flags[self.attributes.index(word)] = 1.0
        return flags


@dataclasses.dataclass(frozen=True)
class Caption(Condition):
    """A sentence: strings [B], which the networks are given as tokens.

    Attributes:
        key: of the batch.
        length: words of a caption that are read, ≥ 1.
        words: every word that a caption may hold.
    """

    key: str = "caption"
    length: int = 16
    words: tuple[str, ...] = ()
    tokenizer: Tokenizer | None = dataclasses.field(default=None, compare=False, repr=False)

    argument = "words"
    kind = "caption"
    flag = flags.CAPTION
    describes = True

    @property
    def inputs(self) -> dict[str, Input]:
        text = "words by their place in caption_words + 2; 1 for an unknown word, 0 pads"
        return {"tokens": Input(tf.int32, (self.length,), self.kind, text, self.key)}

    def arguments_from(self, source: Source) -> ConditionArguments:
        return {self.argument: list(source.words or ())}

    def bind(self, image_shape: ImageShape, arguments: ConditionArguments) -> "Caption":
        words = tuple(arguments.pop(self.argument, self.words))
        tokenizer = Tokenizer(words, self.length)
        return dataclasses.replace(self, words=words, tokenizer=tokenizer)

    def prepare(self, batch: Batch) -> Batch:
        return {"tokens": self.tokenizer(batch[self.key])}

    def read(self, name: str, value: Any, count: int) -> dict[str, Array]:
        prompts = np.ravel(np.asarray(value, object))
        if len(prompts) not in (1, count):
            raise InputError(
                f"Expected one prompt for all images, or {count}. Received: {len(prompts)}."
            )
        return {"tokens": self.tokenizer.read(np.broadcast_to(prompts, (count,)))}

    def default(self, count: int) -> Any:
        raise InputError(
            "Expected what to paint. Received: no prompt. Give --prompt 'a red 7 on blue'."
        )

    def make_examples(self, count: int, random: np.random.Generator) -> dict[str, Array]:
        return {"tokens": random.integers(2, 2 + len(self.words), (count, self.length), np.int32)}

    def value_in(self, batch: Batch) -> list[str]:
        return [caption.decode() for caption in np.asarray(batch[self.key])]

    def metadata(self, batch: Batch | None = None) -> dict[str, Any]:
        examples = [] if batch is None else dict.fromkeys(self.value_in(batch))
        words = {
            "words": list(self.words),
            "examples": list(examples)[:8],
            "length": self.length,
            "rule": "lower case; without !\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'; split at white space; "
            "cut or padded with 0 to length; 1 for an unknown word, else place in words + 2",
        }
        return {"caption_words": words}

    @classmethod
    def restore(cls, key: str, shape: tuple[int, ...], metadata: dict[str, Any]) -> "Caption":
        # Older manifests say no key, and then the input's name stands for it.
        key = "caption" if key == "tokens" else key
        words = {cls.argument: metadata["caption_words"]["words"]}
        return cls(key, shape[0]).bind((), words)


@dataclasses.dataclass(frozen=True)
class Tokens(Condition):
    """A sequence to start from: whole numbers [B, T], or texts where tokens have names.

    Attributes:
        key: of the batch.
        length: T.
        vocabulary: how many tokens there are.
        token_names: their names, or None.
    """

    key: str = "tokens"
    length: int = 1
    vocabulary: int = 2
    token_names: tuple[str, ...] | None = None

    kind = "tokens"
    flag = flags.TOKENS

    @property
    def inputs(self) -> dict[str, Input]:
        text = f"0 to {self.vocabulary - 1}"
        return {self.key: Input(tf.int32, (self.length,), self.kind, text, self.key)}

    def prepare(self, batch: Batch) -> Batch:
        tokens = batch[self.key]
        if tuple(tokens.shape[1:]) != (self.length,) or not tokens.dtype.is_integer:
            raise InputError(
                f"Expected whole tokens of length {self.length}. Received: {tokens.dtype.name} "
                f"{tuple(tokens.shape[1:])}. Cut or pad the data, or build the model with another "
                "length."
            )
        return {self.key: batches.check_range("tokens", tokens, self.vocabulary)}

    def read(self, name: str, value: Any, count: int) -> dict[str, Array]:
        texts = np.ravel(np.asarray(value, object))
        if self.token_names and all(isinstance(text, str) for text in texts):
            tokens = tokenize(texts, self.token_names, self.length)
            value = tokens[0] if len(tokens) == 1 else tokens
        typed = value.replace(",", " ").split() if isinstance(value, str) else ()
        numbers = [int(word) for word in typed if word.isdecimal()]
        rows = np.asarray(numbers if typed and len(numbers) == len(typed) else value)
        rows = np.broadcast_to(rows, (count, *rows.shape)) if rows.ndim == 1 else rows
        inside = rows.dtype.kind in "iu" and rows.shape == (count, self.length)
        if not inside or rows.min() < 0 or rows.max() >= self.vocabulary:
            raise InputError(
                f"Expected {count} rows of {self.length} tokens from 0 to {self.vocabulary - 1}. "
                f"Received: {value if isinstance(value, str) else f'shape={np.shape(value)}'}."
            )
        return {self.key: rows.astype(np.int32)}

    def metadata(self, batch: Batch | None = None) -> dict[str, Any]:
        names = {"token_names": list(self.token_names)} if self.token_names else {}
        return {"token_count": self.vocabulary, **names}

    @classmethod
    def restore(cls, key: str, shape: tuple[int, ...], metadata: dict[str, Any]) -> "Tokens":
        names = metadata.get("token_names")
        return cls(key, shape[0], metadata["token_count"], names and tuple(names))

    def make_examples(self, count: int, random: np.random.Generator) -> dict[str, Array]:
        return {self.key: random.integers(0, self.vocabulary, (count, self.length), np.int32)}


@dataclasses.dataclass(frozen=True)
class Truncation(Condition):
    """How far samples keep from what is rare: numbers [B].

    Of styles, how near they are brought to their mean: 1 leaves them, 0 is the mean image. Of
    latents, how large their numbers may be. It is no tensor of a batch: training knows nothing
    of it.

    Attributes:
        key: the input's name.
        none: the number that leaves samples as they are.
    """

    key: str = "truncation"
    none: float = 1.0

    kind = "truncation"
    flag = flags.TRUNCATION
    has_default = True

    @property
    def keys(self) -> tuple[str, ...]:
        return ()

    @property
    def inputs(self) -> dict[str, Input]:
        text = f"{self.none:g}: none; 0: the mean picture"
        return {self.key: Input(tf.float32, (), self.kind, text, self.key)}

    def prepare(self, batch: Batch) -> Batch:
        return {}

    def read(self, name: str, value: Any, count: int) -> dict[str, Array]:
        try:
            truncation = np.asarray(value, np.float32)
        except ValueError:  # text that is no number
            truncation = np.full((), np.nan)
        if truncation.shape not in ((), (count,)) or not np.isfinite(truncation).all():
            raise InputError(
                f"Expected one truncation for all images, or {count}. Received: {value}."
            )
        return {self.key: np.broadcast_to(truncation, (count,))}

    def default(self, count: int) -> Array:
        return np.full(count, self.none, np.float32)

    def value_in(self, batch: Batch) -> Array:
        return self.default(batches.count_examples(batch))

    def make_examples(self, count: int, random: np.random.Generator) -> dict[str, Array]:
        return {self.key: random.uniform(0.5, 1.0, count).astype(np.float32)}

    def metadata(self, batch: Batch | None = None) -> dict[str, Any]:
        return {} if self.none == 1.0 else {"truncation": {"none": self.none}}

    @classmethod
    def restore(cls, key: str, shape: tuple[int, ...], metadata: dict[str, Any]) -> "Truncation":
        return cls(key, **metadata.get("truncation", {}))
