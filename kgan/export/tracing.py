"""Traces a GAN's signatures with the variables they read."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from kgan.models.core.base import GAN
from kgan.models.core.condition import Condition
from kgan.models.core.signatures import Signature
from kgan.types import Batch, Shape, Tensor

_ROWS = ("label", "tokens")  # kinds of inputs that number the rows of a table


def trace(gan: GAN) -> tuple[tf.Module, dict[str, Any]]:
    """Returns the parts of a SavedModel: signatures, and nothing of training.

    Returns:
        `(tf.Module of the variables that are read, {signature's name: concrete function})`.
    """
    functions = {
        name: tf.function(refuse_negative(signature)).get_concrete_function(**signature.inputs)
        for name, signature in gan.signatures().items()
    }
    return collect_variables(functions), functions


def refuse_negative(signature: Signature) -> Callable[..., Batch]:
    """Returns a signature's function for numbers of rows that TensorFlow refuses where they miss.

    Keras counts negative ones from the end: class −1 would be the last. Numbers beyond the end are
    refused.
    """
    rows = [name for name, taken in signature.takes.items() if taken.kind in _ROWS]

    def call(**inputs: Tensor) -> Batch:
        checked = {name: tf.where(inputs[name] < 0, inputs[name].dtype.max, inputs[name])
                   for name in rows}  # fmt: skip
        return signature.function(**{**inputs, **checked})

    return call


def collect_variables(functions: Mapping[str, Any]) -> tf.Module:
    """Returns a `tf.Module` of the variables that concrete functions, by name, read."""
    module = tf.Module()
    read = [variable for function in functions.values() for variable in function.graph.variables]
    # A SavedModel holds what its module refers to, each once.
    module.variables_read = list({id(variable): variable for variable in read}.values())
    return module


def takes_any_size(gan: GAN) -> bool:
    """Returns whether a generator starts from images of any height and width."""
    return any(None in shape for shape in gan.open_image_shapes.values())


def fill_size(shape: Shape, size: Sequence[int]) -> Shape:
    """Returns a shape without a batch axis, its open height and width being those given."""
    whole = zip(shape[:2], size[:2], strict=False)
    return (*(given if own is None else own for own, given in whole), *shape[2:])


def choose_size(conditions: Sequence[Condition], size: Sequence[int]) -> tuple[Condition, ...]:
    """Returns conditions whose images of any size are of one: height and width."""
    return tuple(
        one.open_to({name: fill_size(x.shape, size) for name, x in one.inputs.items()})
        for one in conditions
    )
