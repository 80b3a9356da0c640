"""JSON values → arrays, refused with the words of TensorFlow Serving's REST API."""

import base64
import binascii
import itertools
import json

import numpy as np

from kgan.serving.limits import RequestError

_SHOWN = 100  # characters of a value in a message
_NAMES = {"float32": "float", "float64": "double", "float16": "half", "str": "string"}


def dense(value, dtype):
    """Returns a JSON value as an array: nested lists of one shape, whose leaves fit the type.

    Args:
        value: what `json.loads` returned.
        dtype: a NumPy dtype; `str` for TensorFlow's strings, which become an object array of bytes.

    Raises:
        RequestError: ragged lists, or leaves of another type.
    """
    level, shape = [value], []
    while isinstance(level[0], list):
        size = len(level[0])
        for item in level if set(map(type, level)) != {list} else ():
            if not isinstance(item, list):
                raise RequestError(
                    f"JSON Value: {shown(item)} found at incorrect level: {len(shape) + 1} in the "
                    f"JSON DOM. Expected at level: {len(shape) + _depth_of(level[0])}"
                )
        for other in set(map(len, level)) - {size}:
            raise RequestError(
                f"Encountered list at unexpected size: {other} at level: {len(shape)} expected "
                f"size: {size}"
            )
        shape.append(size)
        level = list(itertools.chain.from_iterable(level))
        if not level:
            break
    if list in set(map(type, level)):
        raise RequestError(
            f"Encountered list at unexpected level: {len(shape)} expected < {len(shape)}"
        )
    return _leaves(level, dtype).reshape(shape)


def _depth_of(value):
    depth = 0
    while isinstance(value, list):
        value, depth = (value[0] if value else None), depth + 1
    return depth


def _leaves(leaves, dtype):
    """Returns a flat array of leaves that are no lists."""
    types = set(map(type, leaves))
    if dtype is str:
        array = np.empty(len(leaves), object)
        array[:] = [_as_bytes(leaf) for leaf in leaves]
        return array
    name = np.dtype(dtype).name
    kind = np.dtype(dtype).kind
    if kind not in "biuf" or name == "float16":
        raise RequestError(f"Conversion of JSON Value: {shown(leaves[0])} to type: {name}", 501)
    wanted = {"b": {bool}, "i": {int}, "u": {int}, "f": {int, float}}[kind]
    if not types <= wanted:
        wrong = next(leaf for leaf in leaves if type(leaf) not in wanted)
        raise _type_error(wrong, name)
    if kind == "f":
        return _floats(leaves, types, np.dtype(dtype))
    if kind in "iu" and leaves:
        bounds = np.iinfo(dtype)
        for extreme in (min(leaves), max(leaves)):
            if not bounds.min <= extreme <= bounds.max:
                raise _type_error(extreme, name)
    return np.array(leaves, dtype)


def _floats(leaves, types, dtype):
    """Returns floats; whole numbers that the type cannot hold exactly are refused."""
    largest = 2 ** (np.finfo(dtype).nmant + 1) - 1
    if int in types:
        for leaf in leaves:
            if type(leaf) is int and abs(leaf) > largest:
                raise _lossy(leaf, dtype)
    array = np.array(leaves, np.float64)
    wrong = ~(np.abs(array) <= np.finfo(dtype).max)
    if wrong.any():
        raise _lossy(leaves[int(np.argmax(wrong))], dtype)
    return array.astype(dtype)


def _lossy(leaf, dtype):
    return RequestError(
        f"Cannot convert JSON value: {shown(leaf)} to {_NAMES[dtype.name]} without loss of "
        "precision."
    )


def _type_error(leaf, name):
    kind = {
        type(None): "Null", dict: "Object", str: "String", int: "Number", float: "Number",
        bool: str(leaf),
    }[type(leaf)]  # fmt: skip
    return RequestError(
        f"JSON Value: {shown(leaf)} Type: {kind} is not of expected type: {_NAMES.get(name, name)}"
    )


def _as_bytes(leaf):
    try:
        if isinstance(leaf, str):
            return leaf.encode("utf-8")
        if isinstance(leaf, dict):
            if is_object(leaf):
                raise RequestError(
                    f"JSON Value: {shown(leaf)} not formatted correctly for base64 data"
                )
            text = leaf["b64"].encode("ascii")
            return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise RequestError("Unable to base64 decode") from error
    except UnicodeEncodeError as error:
        raise RequestError("JSON Parse error: Invalid encoding in string.") from error
    raise _type_error(leaf, "str")


def is_object(value):
    """Returns whether a value is an object that names tensors: `{"b64": …}` is a value itself."""
    return isinstance(value, dict) and not (set(value) == {"b64"} and isinstance(value["b64"], str))


def shown(value):
    """Returns the start of a value as JSON, without writing all of it."""
    text = ""
    for part in json.JSONEncoder().iterencode(value):
        text += part[:_SHOWN]
        if len(text) > _SHOWN:
            return text[:_SHOWN] + " …"
    return text
