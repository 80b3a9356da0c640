"""What a model knows of its conditions and its data; mixed into `GAN`."""

from typing import Any

import keras

from kgan.data import Source
from kgan.errors import InputError
from kgan.models.core import batches
from kgan.models.core.condition import CONDITION_ARGUMENTS, Condition
from kgan.types import Batch, ImageShape


class Conditioned:
    """Names the tensors of a batch, and says which the variant needs.

    A variant declares its `conditions` on the class; those of a model are bound to its data.
    """

    conditions: tuple[Condition, ...] = ()
    real_key = "image"  # what of a batch the generator is to make

    def fit(self, x: Any = None, *args: Any, **options: Any) -> keras.callbacks.History:
        """Trains as `keras.Model.fit` does, after a look at the first batch's images.

        Raises:
            InputError: see `batches.check_first_batch`.
        """
        x = batches.check_first_batch(x, self.image_shapes)
        return super().fit(x, *args, **options)

    def name_batch(self, data: Any) -> Batch:
        """Returns a batch as a dict of named tensors, images in [-1, 1], with conditions' inputs.

        See `batches.name_tensors`.
        """
        return self.name_conditions(data, self.batch_keys())

    def name_conditions(self, data: Any, others: tuple[str, ...] = ()) -> Batch:
        """Returns the same for a batch that holds its conditions, and perhaps nothing more.

        Args:
            data: as for `fit`.
            others: names that must be there besides.
        """
        keys = (*others, *(key for condition in self.conditions for key in condition.keys))
        keys = tuple(key for key in self.batch_keys() if key in keys)
        shapes = {key: shape for key, shape in self.image_shapes.items() if key in keys}
        batch = batches.name_tensors(data, keys, shapes, type(self).__name__)
        for condition in self.conditions:
            batch |= condition.prepare(batch)
        return batch

    @classmethod
    def batch_keys(cls) -> tuple[str, ...]:
        """Returns what a batch must hold."""
        images = [key for c in cls.conditions for key in c.image_shapes]
        others = [key for c in cls.conditions if not c.image_shapes for key in c.keys]
        return tuple(dict.fromkeys((*images, cls.real_key, *others)))

    @property
    def condition_keys(self) -> set[str]:
        """What of a batch its conditions are, beside what the generator is to make."""
        return {key for one in self.conditions for key in one.keys} - {self.real_key}

    @property
    def image_shapes(self) -> dict[str, tuple[int, ...]]:
        """`{key: shape}` of what are images in a batch."""
        shapes = {key: s for c in self.conditions for key, s in c.image_shapes.items()}
        return {**shapes, self.real_key: self.image_shape}

    @classmethod
    def arguments_from(cls, source: Source) -> dict[str, Any]:
        """Returns `{argument: value}` of the constructor's `data_arguments`, as a source has them.

        Values are YAML's own, for a run's configuration.
        """
        arguments = {"image_shape": list(source.spec[cls.real_key].shape)}
        for condition in cls.conditions:
            arguments |= condition.arguments_from(source)
        return arguments

    @classmethod
    def data_arguments(cls) -> tuple[str, ...]:
        """Returns the constructor's arguments that a run's data decide."""
        return ("image_shape", *(c.argument for c in cls.conditions if c.argument))

    def condition(self, kind: type[Condition]) -> Condition:
        """Returns the model's condition of a kind, e.g. `gan.condition(Label).classes`."""
        for condition in self.conditions:
            if isinstance(condition, kind):
                return condition
        raise InputError(f"Expected a {kind.__name__} of {type(self).__name__}. Received: none.")

    def bind_conditions(
        self,
        classes: tuple[str, ...] | int | None,
        attributes: tuple[str, ...] | None,
        words: tuple[str, ...] | None,
        source_shape: ImageShape | None,
    ) -> tuple[Condition, ...]:
        """Returns the conditions, bound to what a person said of the data.

        Raises:
            InputError: for what no condition asks for.
        """
        given = (classes, attributes, words, source_shape)
        pairs = zip(CONDITION_ARGUMENTS, given, strict=True)
        arguments = {name: value for name, value in pairs if value is not None}
        bound = tuple(one.bind(self.image_shape, arguments) for one in self.conditions)
        if arguments:
            raise InputError(
                f"Expected no {next(iter(arguments))} for {type(self).__name__}, which has no such "
                f"condition. Received: {', '.join(arguments)}. Leave it out."
            )
        return bound
