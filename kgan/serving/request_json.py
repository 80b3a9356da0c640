"""The JSON of a predict request → arrays, by the rules of TensorFlow Serving's REST API.

Reference: https://www.tensorflow.org/tfx/serving/api_rest
"""

import base64
import binascii
import itertools
import json
from typing import Any

import numpy as np
import orjson

from kgan.serving.limits import RequestError
from kgan.serving.servable import Spec
from kgan.types import Array, Shape

_SHOWN = 100  # characters of a value in a message


def parse(body: bytes, depth: int, values: int) -> dict[str, Any]:
    """Returns the JSON object of a request's body.

    Args:
        body: UTF-8.
        depth: of nested lists and objects, at most.
        values: numbers, texts or lists, at most.

    Raises:
        RequestError: no JSON object, nested too deeply, too many values, or with NaN or Infinity,
            which are not JSON.
    """
    _check_depth(body, depth)
    count = max(body.count(b","), body.count(b"["))  # those within texts too
    if count > values:
        raise RequestError(
            f"Expected at most {values} values in a request. Received: {count}. Send fewer rows, "
            "or pictures as files."
        )
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RequestError(f"Expected JSON. Received: {error.msg} at {error.pos}.") from error
    if not isinstance(value, dict):
        raise RequestError(f"Expected a JSON object. Received: {show(value)}.")
    return value


def _check_depth(body, depth):
    steps = np.zeros(256, np.int8)
    steps[[ord("["), ord("{")]], steps[[ord("]"), ord("}")]] = 1, -1
    if body.count(b"[") + body.count(b"{") <= depth:
        return
    # Brackets inside strings do not count: strings are every second part between quotes.
    outside = b"".join(body.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2])
    deepest = np.cumsum(steps[np.frombuffer(outside, np.uint8)], dtype=np.int32).max(initial=0)
    if deepest > depth:
        raise RequestError(
            f"Expected at most {depth} nested lists and objects. Received: {deepest}."
        )


def read_signature_name(request: dict[str, Any]) -> str:
    """Returns the signature that a request asks for, by default `serving_default`."""
    name = request.get("signature_name", "")
    if not isinstance(name, str):
        raise RequestError(f"Expected a text as signature_name. Received: {show(name)}.")
    return name or "serving_default"


def read_inputs(
    request: dict[str, Any], specs: dict[str, Spec], rows: int
) -> tuple[dict[str, Array], bool]:
    """Returns `({input's name: array}, whether the request is in row format)`.

    Args:
        request: the JSON object, with `instances` (rows) or `inputs` (columns).
        specs: `{input's name: Spec}` of the signature.
        rows: examples in a request, at most.

    Raises:
        RequestError: values, types or shapes that the signature does not take, or too many rows.
    """
    row_format = "instances" in request
    if row_format == ("inputs" in request):
        raise RequestError(
            f"Expected either instances or inputs. Received: {'both' if row_format else 'none'}."
        )
    if row_format:
        columns = _to_columns(request["instances"], specs, rows)
    elif _is_object(request["inputs"]) or len(specs) > 1:
        columns = request["inputs"]
        if not _is_object(columns) or not specs.keys() <= columns.keys():
            raise RequestError(
                f"Expected inputs with {', '.join(sorted(specs))}. Received: {show(columns)}."
            )
    else:
        columns = dict.fromkeys(specs, request["inputs"])
    arrays = {name: to_array(columns[name], spec.dtype, name) for name, spec in specs.items()}
    for name, array in arrays.items():
        check_shape(name, array.shape, specs[name].shape, rows)
    return arrays, row_format


def _to_columns(instances, specs, rows):
    """Returns `{input's name: list of values}` of a list of instances."""
    if not isinstance(instances, list) or not instances:
        raise RequestError(
            f"Expected a list of at least one instance. Received: {show(instances)}."
        )
    _check_rows(len(instances), rows)
    named = _is_object(instances[0]) or len(specs) > 1
    for place, instance in enumerate(instances):
        if named != _is_object(instance) or (named and instance.keys() != specs.keys()):
            expected = f"objects with {', '.join(sorted(specs))}" if named else "values or lists"
            raise RequestError(
                f"Expected instances that are {expected}. Received: {show(instance)} at {place}."
            )
    if not named:
        return dict.fromkeys(specs, instances)
    return {name: [instance[name] for instance in instances] for name in specs}


def to_array(value: Any, dtype: Any, name: str) -> Array:
    """Returns a JSON value as an array: nested lists of one shape, whose leaves fit the type.

    Args:
        value: what `json.loads` returned.
        dtype: a NumPy dtype; `str` for TensorFlow's strings, which become an object array of bytes.
        name: of the input, for messages.

    Raises:
        RequestError: ragged lists, or leaves of another type.
    """
    level, shape = [value], []
    while isinstance(level[0], list):
        if set(map(type, level)) != {list} or len(set(map(len, level))) > 1:
            break
        shape.append(len(level[0]))
        level = list(itertools.chain.from_iterable(level))
        if not level:
            break
    if list in set(map(type, level)):
        raise RequestError(
            f"Expected nested lists of one shape for {name}. Received: {show(value)}."
        )
    return _convert_leaves(level, dtype, name).reshape(shape)


def _convert_leaves(leaves, dtype, name):
    """Returns a flat array of leaves, which are no lists."""
    if dtype is str:
        array = np.empty(len(leaves), object)
        array[:] = [_to_bytes(leaf, name) for leaf in leaves]
        return array
    dtype = np.dtype(dtype)
    if dtype.kind not in "biuf" or dtype.name == "float16":
        raise RequestError(
            f"Expected an input of a type that JSON carries. Received: {name}, {dtype.name}.", 501
        )
    types = set(map(type, leaves))
    allowed = {"b": {bool}, "i": {int}, "u": {int}, "f": {int, float}}[dtype.kind]
    if not types <= allowed:
        raise _misfit(next(leaf for leaf in leaves if type(leaf) not in allowed), dtype.name, name)
    if dtype.kind == "f":
        return _to_floats(leaves, types, dtype, name)
    if dtype.kind in "iu" and leaves:
        bounds = np.iinfo(dtype)
        for extreme in (min(leaves), max(leaves)):
            if not bounds.min <= extreme <= bounds.max:
                raise _misfit(extreme, dtype.name, name)
    return np.array(leaves, dtype)


def _to_floats(leaves, types, dtype, name):
    """Returns floats; whole numbers that the type cannot hold exactly are refused."""
    largest = 2 ** (np.finfo(dtype).nmant + 1) - 1
    if int in types:
        for leaf in leaves:
            if type(leaf) is int and abs(leaf) > largest:
                raise _misfit(leaf, dtype.name, name)
    array = np.array(leaves, np.float64)
    wrong = ~(np.abs(array) <= np.finfo(dtype).max)
    if wrong.any():
        raise _misfit(leaves[int(np.argmax(wrong))], dtype.name, name)
    return array.astype(dtype)


def _to_bytes(leaf, name):
    try:
        if isinstance(leaf, str):
            return leaf.encode("utf-8")
        if isinstance(leaf, dict) and not _is_object(leaf):
            text = leaf["b64"].encode("ascii")
            return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise _misfit(leaf, "string", name) from error
    raise _misfit(leaf, "string", name)


def _misfit(leaf, dtype, name):
    return RequestError(f"Expected {dtype} for {name}. Received: {show(leaf)}, which does not fit.")


def _is_object(value):
    """Returns whether a value is an object of named tensors: `{"b64": …}` is a value itself."""
    return isinstance(value, dict) and not (set(value) == {"b64"} and isinstance(value["b64"], str))


def show(value: Any) -> str:
    """Returns the start of a value as JSON, without writing all of it."""
    text = ""
    for part in json.JSONEncoder().iterencode(value):
        text += part[:_SHOWN]
        if len(text) > _SHOWN:
            return text[:_SHOWN] + " …"
    return text


def _check_rows(count, rows):
    if count > rows:
        raise RequestError(f"Expected at most {rows} rows in a request. Received: {count}.")


def check_shape(
    name: str, shape: Shape, expected: tuple[int | None, ...] | None, rows: int
) -> None:
    """Refuses an input whose shape the signature does not take.

    Args:
        name: of the input.
        shape: that it has.
        expected: with None for any size; None for any shape.
        rows: at most, where any number would do.

    Raises:
        RequestError: another shape, or too many rows.
    """
    if expected is None:
        return
    fits = len(expected) == len(shape) and all(
        size in (None, own) for size, own in zip(expected, shape, strict=True)
    )
    if not fits:
        text = ",".join("?" if size is None else str(size) for size in expected)
        raise RequestError(
            f"Expected input {name} of shape [{text}]. Received: shape "
            f"[{','.join(map(str, shape))}]."
        )
    if expected and expected[0] is None:
        _check_rows(shape[0], rows)
