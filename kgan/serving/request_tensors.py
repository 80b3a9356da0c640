"""The tensors of a gRPC request → arrays, by the rules of TensorFlow Serving."""

import math
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from kgan.serving.limits import Limits, RequestError
from kgan.serving.request_json import check_shape
from kgan.serving.servable import Spec
from kgan.types import Array


def read_tensors(
    tensors: Mapping[str, Any], specs: Mapping[str, Spec], limits: Limits
) -> dict[str, Array]:
    """Returns `{input's name: array}`.

    Args:
        tensors: `{input's name: TensorProto}`.
        specs: `{input's name: Spec}` of the signature.
        limits: the server's.

    Raises:
        RequestError: inputs, types or shapes that the signature does not take, or too many rows.
    """
    if tensors.keys() != specs.keys():
        names = ", ".join(sorted(tensors))[:200]
        raise RequestError(
            f"Expected the inputs {', '.join(sorted(specs))}. Received: {names or 'none'}."
        )
    total, arrays = 0, {}
    for name, spec in specs.items():
        tensor = tensors[name]
        _check_type(name, tensor.dtype, spec)
        shape = _read_shape(name, tensor.tensor_shape)
        check_shape(name, shape, spec.shape, limits.rows)
        # A few bytes may declare any shape, whose one number is then repeated.
        total += math.prod(shape) * _bytes_of(spec, limits)
        if total > limits.body_bytes:
            raise RequestError(
                f"Expected inputs of at most {limits.body_bytes} bytes. Received: {name} of shape "
                f"[{','.join(map(str, shape))}]."
            )
        try:
            arrays[name] = tf.make_ndarray(tensor)
        except (ValueError, TypeError, IndexError) as error:
            raise RequestError(
                f"Expected as many numbers for {name} as its shape "
                f"[{','.join(map(str, shape))}] has. Received: others."
            ) from error
    return arrays


def _check_type(name, dtype, spec):
    expected = tf.string if spec.dtype is str else tf.as_dtype(spec.dtype)
    if dtype != expected.as_datatype_enum:
        try:
            sent = tf.as_dtype(dtype).name
        except TypeError:
            sent = f"type {dtype}"
        raise RequestError(f"Expected {expected.name} for {name}. Received: {sent}.")


def _read_shape(name, message):
    sizes = tuple(axis.size for axis in message.dim)
    if message.unknown_rank or any(size < 0 for size in sizes):
        raise RequestError(f"Expected a whole shape for {name}. Received: one that is open.")
    return sizes


def _bytes_of(spec, limits):
    """Returns what a value counts for: a string as much as there may be fewer of them."""
    if spec.dtype is str:
        return max(1, limits.body_bytes // limits.sent_values)
    return tf.as_dtype(spec.dtype).size
