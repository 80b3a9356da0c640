"""Writes a generator as a SavedModel for TensorFlow Serving, with examples of its outputs."""

import pathlib
from typing import Any

import numpy as np
import tensorflow as tf

from kgan.export import c_api
from kgan.export.examples import Examples
from kgan.export.tracing import trace
from kgan.export.verification import EXAMPLES
from kgan.models.core.base import GAN
from kgan.models.core.sampling import without_graph_rewrites
from kgan.saved_model import warmup
from kgan.saved_model.layout import EXTRA, WARMUPS

# Seeds of two batch sizes, of which neither may be baked in; of one seed the upper half counts.
_SEEDS = ((7, 2**32 + 1), (0,))


def write(gan: GAN, folder: pathlib.Path, name: str) -> dict[str, Any]:
    """Writes a version's files: graph, variables, examples and warm-up requests.

    Args:
        gan: trained.
        folder: the version's, empty.
        name: the artefact's.

    Returns:
        `{signature's name: concrete function}`.
    """
    cases, outputs, requests, examples = {}, {}, [], Examples(gan)
    # Functions within functions remember it, and the C library obeys.
    with without_graph_rewrites():
        module, functions = trace(gan)
        tf.saved_model.save(module, str(folder), signatures=functions)
        for key, signature in gan.signatures().items():
            for seeds in _SEEDS:
                inputs, case = examples.make(key, signature, seeds), f"{key}/{len(seeds)}"
                cases[case] = inputs
                outputs[f"made/{case}"] = _run(gan, key, functions[key], inputs)
                requests.append((key, inputs))
    (folder / EXTRA).mkdir(exist_ok=True)
    np.savez_compressed(folder / EXAMPLES, **c_api.pack({**cases, **outputs}))
    warmup.write(folder / WARMUPS, requests, name)
    return functions


def _run(gan, name, function, inputs):
    """Returns the model's outputs for a signature's inputs, `{name: array}`, on the CPU."""
    with tf.device("CPU:0"):
        if name == "serving_default":
            return {gan.output_kind: gan.images_of_inputs(inputs)}
        outputs = function(**{key: tf.constant(value) for key, value in inputs.items()})
    return {key: value.numpy() for key, value in outputs.items()}
