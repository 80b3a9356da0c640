"""A condition: an input of a model beside noise, a value that stands beside any others.

A variant declares them, `conditions = (SourceImage(), Label())`, and a model binds them to its
data. Sampling, the command line, previews, export, evaluation and the page ask the conditions;
nothing asks which variant it is.
"""

import dataclasses
from typing import Any, ClassVar

import numpy as np

from kgan.data import Source
from kgan.errors import InputError
from kgan.models.core.flags import Flag
from kgan.models.core.signatures import Input
from kgan.types import Array, Batch, ImageShape, Shape

ConditionArguments = dict[str, Any]  # arguments of a model's constructor about its conditions
CONDITION_ARGUMENTS = ("classes", "attributes", "words", "source_shape")


@dataclasses.dataclass(frozen=True)
class Condition:
    """One input of the players beside noise, such as a class or an image to start from.

    A subclass says how it is read from a training batch and from a person, and what an artefact's
    input of it is.

    Attributes:
        key: its name in a training batch, and in the `condition` of `GAN.sample`.
    """

    key: str

    argument: ClassVar[str] = ""  # of the constructor, with what it must know of the data
    kind: ClassVar[str] = ""  # how a page or another client shows its input
    flag: ClassVar[Flag | None] = None  # by which a person gives it on the command line
    has_default: ClassVar[bool] = False  # whether samples can be made when nobody gives it
    describes: ClassVar[bool] = False  # whether it says what is in an image, such as its class

    @property
    def keys(self) -> tuple[str, ...]:
        """Names in a training batch."""
        return (self.key,)

    @property
    def names(self) -> tuple[str, ...]:
        """What a person may call it in the `condition` of `GAN.sample`."""
        return tuple(dict.fromkeys((*self.keys, self.flag.name if self.flag else self.key)))

    @property
    def image_shapes(self) -> dict[str, ImageShape]:
        """`{key: (H, W, C)}` of what are images in a training batch."""
        return {}

    @property
    def inputs(self) -> dict[str, Input]:
        """`{name: Input}` of the networks' inputs, each with this condition's `kind` and `key`."""
        raise InputError(f"Expected inputs of {type(self).__name__}. Received: none.")

    def arguments_from(self, source: Source) -> ConditionArguments:
        """Returns `{argument: value}` with what it must know of a source, in YAML's own types."""
        del source
        return {}

    def bind(self, image_shape: ImageShape, arguments: ConditionArguments) -> "Condition":
        """Returns the condition of a model.

        Args:
            image_shape: of what the model makes.
            arguments: the model's, about conditions; those used are taken out.
        """
        del image_shape, arguments
        return self

    def open_to(self, shapes: dict[str, Shape]) -> "Condition":
        """Returns the condition as networks take it, which may be images of any size.

        Args:
            shapes: `{input's name: shape without the batch axis}` of the networks' images; None for
                any height or width.
        """
        del shapes
        return self

    def prepare(self, batch: Batch) -> Batch:
        """Returns the networks' inputs for a training batch of named tensors.

        Raises:
            InputError: for tensors of another shape or range.
        """
        return {self.key: batch[self.key]}

    def read(self, name: str, value: Any, count: int) -> dict[str, Array]:
        """Returns the networks' inputs, arrays [count, ...], of what a person gives.

        Args:
            name: one of `names`.
            value: one value for all examples, or one for each; or what a person types after
                `flag`.
            count: examples.

        Raises:
            InputError: for a value that it cannot be.
        """
        raise InputError(f"Expected no {name}. Received: {value} for {count}.")

    def default(self, count: int) -> Any:
        """Returns the value for `count` examples when nobody gives one.

        Raises:
            InputError: where it must be given.
        """
        del count
        raise InputError(f"Expected {self.names[-1]}. Received: none. Give --{self.names[-1]}.")

    def value_in(self, batch: Batch) -> Any:
        """Returns the value under which the counterparts of a prepared batch are made."""
        return batch[self.key]

    def make_examples(self, count: int, random: np.random.Generator) -> dict[str, Array]:
        """Returns inputs, arrays [count, ...], to try an artefact on."""
        return self.read(self.names[0], self.default(count), count)

    def metadata(self, batch: Batch | None = None) -> dict[str, Any]:
        """Returns `{name: value}` for the manifest: what a client must know, in JSON's types.

        Args:
            batch: the data's first examples, for conditions that show some; or None.
        """
        del batch
        return {}

    @classmethod
    def restore(cls, key: str, shape: tuple[int, ...], metadata: dict[str, Any]) -> "Condition":
        """Returns the condition that an artefact's input is of, as if bound to the model's data.

        Args:
            key: of the condition.
            shape: of the input, without the batch axis.
            metadata: the manifest, with what `metadata` returned of every condition.

        Raises:
            KeyError: if the manifest does not tell what it must know.
        """
        del shape, metadata
        return cls(key)
