"""One version of an artefact, checked and loaded."""

import pathlib
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from google.protobuf import json_format

from kgan.errors import InputError
from kgan.saved_model import loading
from kgan.saved_model.layout import check_files
from kgan.saved_model.safety import read_meta_graph
from kgan.types import Array


class Spec(NamedTuple):
    """What an input takes.

    Attributes:
        dtype: a NumPy dtype; `str` for TensorFlow's strings.
        shape: tuple with None for any size, or None for any shape.
    """

    dtype: Any
    shape: tuple[int | None, ...] | None


class Signature:
    """One function of a loaded artefact, from arrays to arrays.

    Args:
        function: TensorFlow's concrete function.
        inputs: `{name: Spec}`.
        joins: whether the requests of several clients may be stacked along the first axis.
        call: the function, which may have a deadline.
    """

    def __init__(
        self, function: Callable, inputs: dict[str, Spec], joins: bool, call: Callable
    ) -> None:
        self._call, self.inputs, self.joins = call, inputs, joins
        self._dtypes = {
            name: spec.dtype for name, spec in function.structured_input_signature[1].items()
        }

    def run(self, arrays: dict[str, Array]) -> dict[str, Array]:
        """Returns `{output's name: array}` of `{input's name: array}`."""
        tensors = {name: tf.constant(array, self._dtypes[name]) for name, array in arrays.items()}
        return {name: output.numpy() for name, output in self._call(**tensors).items()}

    def example(self, rows: int) -> dict[str, Array]:
        """Returns zeros for each input: `rows` examples, other open sizes 1."""
        arrays = {}
        for name, spec in self.inputs.items():
            sizes = () if spec.shape is None else spec.shape
            shape = [(1 if axis else rows) if size is None else size
                     for axis, size in enumerate(sizes)]  # fmt: skip
            text = spec.dtype is str
            arrays[name] = np.full(shape, b"", object) if text else np.zeros(shape, spec.dtype)
        return arrays


class Servable(NamedTuple):
    """A loaded version of an artefact.

    Attributes:
        version: its number.
        signatures: `{name: Signature}`.
        metadata: its signatures as TensorFlow Serving describes them.
        path: its folder.
        module: what TensorFlow loaded; its variables live as long as it does.
    """

    version: int
    signatures: dict[str, Signature]
    metadata: dict[str, Any]
    path: pathlib.Path
    module: Any


def read_stamp(path: pathlib.Path) -> tuple[tuple[str, int, int], ...]:
    """Returns `(name, size, time)` of a version's files, which changes when one of them does."""
    stats = [(str(file), file.stat()) for file in sorted(path.rglob("*"))]
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)


def load(
    path: pathlib.Path, version: int, bound: Callable[[Callable], Callable] = lambda call: call
) -> Servable:
    """Loads a version, after comparing its files with the manifest and reading its graph.

    Args:
        path: `saved_models/NAME/VERSION`.
        version: its number.
        bound: gives a function that runs the graph a deadline.

    Raises:
        InputError: damaged files, a graph that does more than compute, or one that TensorFlow
            cannot load.
    """
    name = "/".join(path.parts[-2:])
    check_files(path, version, name)
    meta = read_meta_graph(path, name)
    try:
        with tf.device("CPU:0"):
            module = bound(loading.load)(path)
        signatures = {
            key: _make_signature(module.signatures[key], definition, bound)
            for key, definition in meta.signature_def.items()
            if key in module.signatures
        }
    except Exception as error:
        raise InputError(
            f"Expected a SavedModel that TensorFlow loads. Received: {name}: {first_line(error)}"
        ) from error
    metadata = {
        key: json_format.MessageToDict(
            definition,
            preserving_proto_field_name=True,
            always_print_fields_with_no_presence=True,
        )
        for key, definition in meta.signature_def.items()
    }
    return Servable(version, signatures, metadata, path, module)


def first_line(error: Exception) -> str:
    """Returns an error's text in one line, without TensorFlow's traces and names of graph nodes."""
    text, node, _ = str(error).partition("\n\t [[")
    lines = re.sub(r"\{\{function_node .*?\}\} ", "", text).strip().splitlines()
    return lines[-1 if node else 0].strip() if lines else type(error).__name__


def _make_signature(function, definition, bound):
    inputs = {name: _make_spec(info) for name, info in definition.inputs.items()}
    outputs = [_make_spec(info).shape for info in definition.outputs.values()]
    shapes = [spec.shape for spec in inputs.values()] + outputs
    joins = bool(inputs) and all(shape is not None and shape[:1] == (None,) for shape in shapes)
    return Signature(function, inputs, joins, bound(function))


def _make_spec(info):
    dtype = tf.as_dtype(info.dtype)
    shape = tf.TensorShape(info.tensor_shape)
    return Spec(
        str if dtype == tf.string else dtype.as_numpy_dtype,
        None if shape.rank is None else tuple(shape.as_list()),
    )
