"""Arrays → the JSON of an answer, by the rules of TensorFlow Serving's REST API."""

import base64
import json

import numpy as np

from kgan.serving.limits import RequestError


def answer(outputs, row):
    """Returns the JSON of a signature's outputs, as bytes.

    Args:
        outputs: `{name: array}`.
        row: whether the request was in row format.

    Raises:
        RequestError: outputs that the format cannot hold.
    """
    if not row:
        values = {name: _listed(name, array) for name, array in sorted(outputs.items())}
        return _json({"outputs": values if len(values) > 1 else next(iter(values.values()))})
    sizes = set()
    for name, array in sorted(outputs.items()):
        if array.ndim == 0:
            raise RequestError(f"Tensor name: {name} has no shape information ")
        if sizes and len(array) not in sizes:
            raise RequestError(
                f"Tensor name: {name} has inconsistent batch size: {len(array)} expecting: "
                f"{min(sizes)}"
            )
        sizes.add(len(array))
    columns = {name: _listed(name, array) for name, array in sorted(outputs.items())}
    if len(columns) == 1:
        return _json({"predictions": next(iter(columns.values()))})
    rows = zip(*columns.values(), strict=True)
    return _json({"predictions": [dict(zip(columns, values, strict=True)) for values in rows]})


def _json(value):
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def _listed(name, array):
    """Returns an array as nested lists that JSON can hold."""
    if array.dtype == object:
        encoded = np.empty(array.size, object)
        encoded[:] = [_encoded(name, value) for value in array.ravel()]
        return encoded.reshape(array.shape).tolist()
    return shortest(array).tolist() if array.dtype.kind == "f" else array.tolist()


def _encoded(name, value):
    if name.endswith("_bytes"):
        return {"b64": base64.b64encode(value).decode("ascii")}
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequestError(
            f"Failed to write JSON value for tensor type: string. Its name, {name}, must end in "
            "_bytes."
        ) from error


def shortest(array):
    """Returns float64 whose digits are the fewest that read back as the same float32: 6 or 9."""
    if array.dtype == np.float64:
        return array
    exact = array.astype(np.float64)
    with np.errstate(all="ignore"):
        power = np.floor(np.log10(np.abs(exact)))
        six, nine = (np.round(exact * 10.0**p) / 10.0**p for p in (5 - power, 8 - power))
        six = np.where(six.astype(array.dtype) == array, six, nine)
        return np.where(six.astype(array.dtype) == array, six, exact)
