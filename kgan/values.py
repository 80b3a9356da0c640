"""Values that a config names: regularizers and augmentations, with the numbers that they keep."""

import dataclasses
import inspect
from collections.abc import Callable, Sequence
from typing import Any, Self

import keras
import tensorflow as tf

from kgan.errors import InputError, UnknownNameError
from kgan.types import Tensor


def build_values(
    kind: str, factories: dict[str, Callable], config: dict[str, dict[str, Any] | None]
) -> tuple:
    """Returns the values that a config names, in its order.

    Args:
        kind: what a name stands for, as error messages say it, e.g. `"regularizer"`.
        factories: `{name: function that makes the value}`.
        config: `{name: {argument: value}}`, e.g. `{"r1": {"weight": 1.0, "every": 8}}`.

    Raises:
        InputError: for an unknown name or argument, one that is missing, or one of another type.
    """
    values = []
    if not isinstance(config, dict):
        raise InputError(
            f"Expected a dict of {kind}s, such as {{{min(factories)}: {{}}}}. Received: {config!r}."
        )
    for name, arguments in config.items():
        if name not in factories:
            raise UnknownNameError(kind, name, factories)
        accepted = inspect.signature(factories[name]).parameters
        for argument in arguments or {}:
            if argument not in accepted:
                raise UnknownNameError(f"argument of {kind} {name}", argument, accepted)
        for argument, parameter in accepted.items():
            if parameter.default is parameter.empty and argument not in (arguments or {}):
                raise InputError(f"Expected {argument} for {kind} {name}. Received: {arguments}.")
        try:
            values.append(factories[name](**(arguments or {})))
        except TypeError as error:  # a word where a number belongs
            raise InputError(
                f"Expected numbers for {kind} {name}. Received: {arguments}."
            ) from error
    return tuple(values)


@dataclasses.dataclass(frozen=True)
class Stateful:
    """A value whose function may read and replace some numbers, which a model keeps.

    On a class it is a constant that all models share; `bind` makes a model's own.

    Attributes:
        name: its name in logs and for its random numbers.
        initial: the numbers that a new model starts with; none where it keeps nothing.
        state: a bound value's variables, one for each.
    """

    name: str
    initial: tuple[float, ...] = dataclasses.field(default=(), kw_only=True)
    state: tuple[keras.Variable, ...] = dataclasses.field(
        default=(), kw_only=True, compare=False, repr=False
    )

    def bind(self, model: keras.Model) -> Self:
        """Returns the value with variables of its own, float32 scalars that `model` tracks."""
        variables = [
            model.add_weight(
                name=f"{self.name}_{index}",
                initializer=keras.initializers.Constant(number),
                trainable=False,
                aggregation="mean",
            )
            for index, number in enumerate(self.initial)
        ]
        return dataclasses.replace(self, state=tuple(variables))

    def read_state(self) -> list[Tensor]:
        """Returns the numbers as they are: a new model's where the value is not bound."""
        if not self.state:
            return [tf.constant(number) for number in self.initial]
        return [tf.convert_to_tensor(variable) for variable in self.state]

    def write_state(self, numbers: Sequence[Tensor]) -> None:
        """Replaces the numbers of a bound value."""
        for variable, number in zip(self.state, numbers, strict=False):
            variable.assign(number)

    def keep(self, scope: keras.StatelessScope) -> None:
        """Lets the numbers stay that were written in a scope, which drops whatever is written."""
        for variable in self.state:
            number = scope.get_current_value(variable)
            if number is not None:
                variable.assign(number)
