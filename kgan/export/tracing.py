"""Traces a GAN's signatures with the variables they read, and makes inputs to try them on."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from kgan.models.core.base import GAN
from kgan.models.core.conditions import Condition
from kgan.models.core.signatures import Signature, encode_png
from kgan.random import split_seeds
from kgan.types import Array, Shape

_SEEDS = (0, 7, 2**32 + 1)  # of examples; the last one's upper half counts too


def trace(gan: GAN) -> tuple[tf.Module, dict[str, Any]]:
    """Returns the parts of a SavedModel: signatures, and nothing of training.

    Returns:
        `(tf.Module of the variables that are read, {signature's name: concrete function})`.
    """
    functions = {
        name: tf.function(signature.function).get_concrete_function(**signature.inputs)
        for name, signature in gan.signatures().items()
    }
    return collect_variables(functions), functions


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


def make_examples(gan: GAN, signature: Signature, rows: int) -> dict[str, Array]:
    """Returns `{input's name: array [rows, ...]}` to call a signature with, always the same.

    Args:
        gan: whose signature it is.
        signature: one of `gan.signatures()`.
        rows: 1 to 3.
    """
    random = np.random.default_rng(0)
    seeds = split_seeds(_SEEDS[:rows])
    picture = next(iter(gan.image_conditions.values()), gan.image_shape)
    known = {
        "seed": lambda taken: seeds,
        "latents": lambda taken: gan.latents_from_seeds(seeds).numpy(),
        "truncation": lambda taken: np.linspace(1.0, 0.5, rows, dtype=np.float32),
        "image_bytes": lambda taken: encode_png(tf.constant(make_pixels(picture))).numpy(),
    }
    conditions = gan.open_conditions
    if takes_any_size(gan):
        # A single example has another size than the run's, and its file transparency.
        *size, channels = picture
        size = [length + 5 * (rows == 1) for length in size]
        picture = (*size, 4 if rows == 1 else channels)
        conditions = choose_size(conditions, size)
    examples = {}
    for condition in conditions:
        examples |= condition.make_examples(rows, random)

    def make_pixels(shape):
        return random.integers(0, 256, (rows, *fill_size(shape, picture)), np.uint8)

    def make_other(taken):
        if taken.dtype == tf.uint8:
            return make_pixels(taken.shape)
        return random.uniform(-1.0, 1.0, (rows, *taken.shape)).astype(taken.dtype.as_numpy_dtype)

    return {
        name: examples[name] if name in examples else known.get(taken.kind, make_other)(taken)
        for name, taken in signature.takes.items()
    }
