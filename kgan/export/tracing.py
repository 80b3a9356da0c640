"""Traces a GAN's signatures with the variables they read."""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from kgan.models.core.base import GAN


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
