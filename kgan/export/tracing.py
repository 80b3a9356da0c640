"""A GAN's signatures, traced, with the variables they read; and inputs to try them on."""

import numpy as np
import tensorflow as tf

from kgan.models.core.signatures import png
from kgan.random import split_seeds

_SEEDS = (0, 7, 2**32 + 1)  # of examples; the last one's upper half counts too


def traced(gan):
    """Returns what a SavedModel is made of: signatures, and nothing of training.

    Args:
        gan: the `GAN`.

    Returns:
        `(tf.Module of the variables that are read, {signature's name: concrete function})`.
    """
    functions = {
        name: tf.function(signature.function).get_concrete_function(**signature.inputs)
        for name, signature in gan.signatures().items()
    }
    return module_of(functions), functions


def module_of(functions):
    """Returns a `tf.Module` of the variables that concrete functions, by name, read."""
    module = tf.Module()
    read = [variable for function in functions.values() for variable in function.graph.variables]
    # A SavedModel holds what its module refers to, each once.
    module.variables_read = list({id(variable): variable for variable in read}.values())
    return module


def examples(gan, signature, rows):
    """Returns `{input: NumPy array [rows, ...]}` for a signature to work on, always the same.

    Args:
        gan: the `GAN` whose signature it is.
        signature: a `kgan.models.core.signatures.Signature`.
        rows: 1 to 3.
    """
    random = np.random.default_rng(0)
    seeds = split_seeds(_SEEDS[:rows])
    known = {
        "seed": lambda taken: seeds,
        "latents": lambda taken: gan.latents_from_seeds(seeds).numpy(),
        "truncation": lambda taken: np.linspace(1.0, 0.5, rows, dtype=np.float32),
        "label": lambda taken: np.arange(rows, dtype=np.int32) % len(gan.classes),
        "caption": lambda taken: np.tile(np.int32(2), (rows, *taken.shape)),
        "image_bytes": lambda taken: png(tf.constant(pictures(gan.image_shape))).numpy(),
    }

    def pictures(shape):
        return random.integers(0, 256, (rows, *shape), np.uint8)

    def other(taken):
        if taken.dtype == tf.uint8:
            return pictures(taken.shape)
        return random.uniform(-1.0, 1.0, (rows, *taken.shape)).astype(taken.dtype.as_numpy_dtype)

    return {name: known.get(taken.kind, other)(taken) for name, taken in signature.takes.items()}
