"""Traces a GAN's signatures with the variables they read, and makes inputs to try them on."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from kgan.models.core.base import GAN
from kgan.models.core.signatures import Signature, encode_png
from kgan.random import split_seeds
from kgan.types import Array

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


def make_examples(gan: GAN, signature: Signature, rows: int) -> dict[str, Array]:
    """Returns `{input's name: array [rows, ...]}` to call a signature with, always the same.

    Args:
        gan: whose signature it is.
        signature: one of `gan.signatures()`.
        rows: 1 to 3.
    """
    random = np.random.default_rng(0)
    seeds = split_seeds(_SEEDS[:rows])
    known = {
        "seed": lambda taken: seeds,
        "latents": lambda taken: gan.latents_from_seeds(seeds).numpy(),
        "truncation": lambda taken: np.linspace(1.0, 0.5, rows, dtype=np.float32),
        "image_bytes": lambda taken: encode_png(tf.constant(make_pixels(picture))).numpy(),
    }

    picture = next(iter(gan.image_conditions.values()), gan.image_shape)
    examples = {}
    for condition in gan.conditions:
        examples |= condition.make_examples(rows, random)

    def make_pixels(shape):
        return random.integers(0, 256, (rows, *shape), np.uint8)

    def make_other(taken):
        if taken.dtype == tf.uint8:
            return make_pixels(taken.shape)
        return random.uniform(-1.0, 1.0, (rows, *taken.shape)).astype(taken.dtype.as_numpy_dtype)

    return {
        name: examples[name] if name in examples else known.get(taken.kind, make_other)(taken)
        for name, taken in signature.takes.items()
    }
