"""A generator as a SavedModel that TensorFlow Serving loads, with examples of what it makes."""

import numpy as np
import tensorflow as tf

from kgan.export import c_api
from kgan.export.tracing import examples, traced
from kgan.export.verification import EXAMPLES
from kgan.models.core.sampling import without_graph_rewrites
from kgan.saved_model import warmup
from kgan.saved_model.layout import EXTRA, WARMUPS

_ROWS = (2, 1)  # two batch sizes, of which neither may be baked in


def write(gan, folder, name):
    """Writes a version's files: graph, variables, examples and warm-up requests.

    Args:
        gan: a `GAN`, trained.
        folder: the version's, empty.
        name: the artefact's.

    Returns:
        `{signature's name: concrete function}`.
    """
    cases, made, requests = {}, {}, []
    # Functions within functions remember it, and the C library obeys.
    with without_graph_rewrites():
        module, functions = traced(gan)
        tf.saved_model.save(module, str(folder), signatures=functions)
        for key, signature in gan.signatures().items():
            for rows in _ROWS:
                inputs = examples(gan, signature, rows)
                cases[f"{key}/{rows}"] = inputs
                made[f"made/{key}/{rows}"] = _made(gan, key, functions[key], inputs)
                requests.append((key, inputs))
    (folder / EXTRA).mkdir(exist_ok=True)
    np.savez_compressed(folder / EXAMPLES, **c_api.packed({**cases, **made}))
    warmup.write(folder / WARMUPS, requests, name)
    return functions


def _made(gan, name, function, inputs):
    """Returns what the model makes of a signature's inputs, `{output: array}`, on the CPU."""
    with tf.device("CPU:0"):
        if name == "serving_default":
            return {gan.output_kind: gan.images_of_inputs(inputs)}
        made = function(**{key: tf.constant(value) for key, value in inputs.items()})
    return {key: value.numpy() for key, value in made.items()}
