"""The body of a predict request → arrays, by the rules of TensorFlow Serving's REST API.

Reference: https://www.tensorflow.org/tfx/serving/api_rest
"""

import json

import numpy as np

from kgan.serving.dense import dense, is_object, shown
from kgan.serving.limits import RequestError


def parsed(body, depth):
    """Returns the JSON object of a request's body.

    Args:
        body: bytes, UTF-8.
        depth: of lists and objects in each other, at most.

    Raises:
        RequestError: no JSON object, nested too deeply, or with NaN or Infinity, which JSON does
            not know.
    """
    if not body:
        raise RequestError("JSON Parse error: The document is empty")
    try:
        text = body.decode("utf-8")
        _check_depth(body, depth)
        value = json.loads(text, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise RequestError(
            f"JSON Parse error: Invalid encoding in string. at offset: {error.start}"
        ) from error
    except json.JSONDecodeError as error:
        reason = "Invalid value." if error.msg == "Expecting value" else f"{error.msg}."
        raise RequestError(f"JSON Parse error: {reason} at offset: {error.pos}") from error
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits; lists without end
        raise RequestError("JSON Parse error: Number too big or nested too deeply.") from error
    if not isinstance(value, dict):
        raise RequestError(f"JSON Value: {shown(value)} Is not object")
    return value


def _no_constant(name):
    raise RequestError(f"JSON Parse error: {name} is no JSON. Send finite numbers.")


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
            f"JSON Parse error: Expected at most {depth} lists and objects in each other. "
            f"Received: {deepest}."
        )


def signature_name(request):
    """Returns the signature a request asks for, by default `serving_default`."""
    name = request.get("signature_name", "")
    if not isinstance(name, str):
        raise RequestError(
            f"JSON Value: {shown(request)} not formatted correctly. 'signature_name' key must be "
            "a string value."
        )
    return name or "serving_default"


def inputs_of(request, specs, rows):
    """Returns `(arrays by input's name, whether the request is in row format)`.

    Args:
        request: the JSON object, with `instances` (rows) or `inputs` (columns).
        specs: `{input's name: Spec}` of the signature.
        rows: examples in a request, at most.

    Raises:
        RequestError: what TensorFlow Serving refuses, and shapes that the signature does not take.
    """
    if "instances" in request and "inputs" in request:
        raise RequestError(
            f"JSON Value: {shown(request)} Not formatted correctly expecting only one of "
            "'inputs' or 'instances' keys to exist "
        )
    if "instances" in request:
        arrays = _from_instances(request, specs, rows)
    elif "inputs" in request:
        arrays = _from_inputs(request["inputs"], specs)
    else:
        raise RequestError("Missing 'inputs' or 'instances' key")
    for name, array in arrays.items():
        _check_shape(name, array, specs[name].shape, rows)
    return arrays, "instances" in request


def _from_instances(request, specs, rows):
    instances = request["instances"]
    if not isinstance(instances, list):
        raise RequestError(
            f"JSON Value: {shown(request)} Excepting 'instances' to be an list/array"
        )
    if not instances:
        raise RequestError(f"JSON Value: {shown(request)} No values in 'instances' array")
    _check_rows(len(instances), rows)
    if len(specs) > 1 and not isinstance(instances[0], dict):
        raise RequestError(
            "instances is a plain list, but expecting list of objects as multiple input tensors "
            "required as per tensorinfo_map"
        )
    objects = is_object(instances[0])
    for place, element in enumerate(instances):
        if objects and not is_object(element):
            raise RequestError(f"Expecting object but got list at item {place} of input list")
        if not objects and is_object(element):
            raise RequestError(f"Expecting value/list but got object at item {place} of input list")
        if objects and set(element) != set(specs):
            raise RequestError(
                f"Failed to process element: {place} of 'instances' list. JSON object: "
                f"{shown(element)} keys must be equal to: {','.join(sorted(specs))}"
            )
    if not objects:
        ((name, spec),) = specs.items()
        return {name: _stacked(instances, spec, "")}
    return {
        name: _stacked([element[name] for element in instances], spec, f" key: {name}")
        for name, spec in specs.items()
    }


def _stacked(values, spec, key):
    """Returns the values of one input as one array; where they do not fit, says which does not."""
    try:
        return dense(values, spec.dtype)
    except RequestError as whole:
        for place, value in enumerate(values):
            try:
                dense(value, spec.dtype)
            except RequestError as error:
                raise RequestError(
                    f"Failed to process element: {place}{key} of 'instances' list. Error: "
                    f"INVALID_ARGUMENT: {error.text}",
                    error.status,
                ) from error
        raise whole


def _from_inputs(inputs, specs):
    if is_object(inputs):
        for name in specs:
            if name not in inputs:
                raise RequestError(f"Missing named input: {name} in 'inputs' object.")
        return {name: dense(inputs[name], spec.dtype) for name, spec in specs.items()}
    if len(specs) > 1:
        raise RequestError(
            "inputs is a plain value/list, but expecting an object as multiple input tensors "
            "required as per tensorinfo_map"
        )
    return {name: dense(inputs, spec.dtype) for name, spec in specs.items()}


def _check_rows(count, rows):
    if count > rows:
        raise RequestError(f"Task size {count} is larger than maximum input batch size {rows}")


def _check_shape(name, array, shape, rows):
    """Refuses what the signature does not take; `shape` is a tuple with None for any size."""
    if shape is None:
        return
    fits = len(shape) == array.ndim and all(
        size in (None, given) for size, given in zip(shape, array.shape, strict=True)
    )
    if not fits:
        wanted = ",".join("?" if size is None else str(size) for size in shape)
        raise RequestError(
            f"Expected input {name} of shape [{wanted}]. Received: shape "
            f"[{','.join(map(str, array.shape))}]."
        )
    if shape and shape[0] is None:
        _check_rows(len(array), rows)
