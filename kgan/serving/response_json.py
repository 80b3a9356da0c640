"""Arrays → the JSON of an answer, by the rules of TensorFlow Serving's REST API."""

import base64
import functools
import json

import numpy as np

from kgan.serving.limits import RequestError


def answer(outputs, row, values):
    """Returns the JSON of a signature's outputs, as bytes.

    Args:
        outputs: `{name: array}`.
        row: whether the request was in row format.
        values: numbers or strings in an answer, at most.

    Raises:
        RequestError: outputs that the format cannot hold, or too many.
    """
    count = sum(array.size for array in outputs.values())
    if count > values:
        raise RequestError(
            f"Expected at most {values} values in an answer. Received: {count}. Ask for fewer rows."
        )
    if not row:
        return _json("outputs", {name: _text(name, array) for name, array in outputs.items()})
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
    if len(outputs) == 1:
        return _json("predictions", {name: _text(name, array) for name, array in outputs.items()})
    rows = [
        _object({name: _text(name, array[i : i + 1])[1:-1] for name, array in outputs.items()})
        for i in range(min(sizes))
    ]
    return _json("predictions", {"": f"[{','.join(rows)}]"})


def _json(key, texts):
    """Returns an answer: the only text, or an object of all."""
    text = _object(texts) if len(texts) > 1 else next(iter(texts.values()))
    return f'{{"{key}":{text}}}'.encode("ascii")


def _object(texts):
    return f"{{{','.join(f'{json.dumps(name)}:{texts[name]}' for name in sorted(texts))}}}"


def _text(name, array):
    """Returns an array as nested lists of JSON."""
    if array.dtype == np.uint8 and array.size:
        return _pixels(array)
    if array.dtype == object:
        encoded = np.empty(array.size, object)
        encoded[:] = [_encoded(name, value) for value in array.ravel()]
        array = encoded.reshape(array.shape)
    elif array.dtype.kind == "f":
        array = shortest(array)
    return json.dumps(array.tolist(), separators=(",", ":"))


def _pixels(array):
    """Returns what `json.dumps` would of uint8, in an eighth of its time: pictures are most of it.

    With one channel, json.dumps would make a list of each pixel.
    """
    shape = list(array.shape)
    while shape and shape[-1] == 1:
        shape.pop()
    texts = list(map(_leaves(array.ndim - len(shape)).__getitem__, array.ravel().tolist()))
    for size in reversed(shape):
        starts = range(0, len(texts), size)
        texts = [f"[{','.join(texts[start : start + size])}]" for start in starts]
    return texts[0]


@functools.cache
def _leaves(depth):
    """Returns the JSON of 0 to 255, in so many lists of one."""
    return ["[" * depth + str(value) + "]" * depth for value in range(256)]


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
