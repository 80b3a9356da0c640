"""Arrays → the JSON of an answer, by the rules of TensorFlow Serving's REST API."""

import base64
import functools
import json

import numpy as np

from kgan.serving.limits import RequestError
from kgan.types import Array


def encode(outputs: dict[str, Array], row_format: bool, values: int) -> bytes:
    """Returns the JSON of a signature's outputs.

    Args:
        outputs: `{name: array}`.
        row_format: whether the request was in row format.
        values: numbers or strings in an answer, at most.

    Raises:
        RequestError: outputs that the format cannot hold, or too many.
    """
    count = sum(array.size for array in outputs.values())
    if count > values:
        raise RequestError(
            f"Expected at most {values} values in an answer. Received: {count}. Ask for fewer rows."
        )
    if not row_format:
        return _wrap("outputs", {name: _to_text(name, array) for name, array in outputs.items()})
    lengths = {name: len(array) if array.ndim else None for name, array in outputs.items()}
    if None in lengths.values() or len(set(lengths.values())) > 1:
        shapes = ", ".join(f"{name} {list(outputs[name].shape)}" for name in sorted(outputs))
        raise RequestError(
            f"Expected outputs with a row for each instance. Received: {shapes}. Send inputs "
            "instead of instances."
        )
    if len(outputs) == 1:
        texts = {name: _to_text(name, array) for name, array in outputs.items()}
        return _wrap("predictions", texts)
    rows = [
        _join({name: _to_text(name, array[i : i + 1])[1:-1] for name, array in outputs.items()})
        for i in range(min(lengths.values()))
    ]
    return _wrap("predictions", {"": f"[{','.join(rows)}]"})


def _wrap(key, texts):
    """Returns an answer: the only text, or an object of all."""
    text = _join(texts) if len(texts) > 1 else next(iter(texts.values()))
    return f'{{"{key}":{text}}}'.encode("ascii")


def _join(texts):
    return f"{{{','.join(f'{json.dumps(name)}:{texts[name]}' for name in sorted(texts))}}}"


def _to_text(name, array):
    """Returns an array as nested lists of JSON."""
    if array.dtype == np.uint8 and array.size:
        return _pixels_to_text(array)
    if array.dtype == object:
        strings = np.empty(array.size, object)
        strings[:] = [_to_string(name, value) for value in array.ravel()]
        array = strings.reshape(array.shape)
    elif array.dtype.kind == "f":
        array = shorten(array)
    return json.dumps(array.tolist(), separators=(",", ":"))


def _pixels_to_text(array):
    """Returns what `json.dumps` would of uint8, in an eighth of its time: pictures are most of it.

    With one channel, json.dumps would make a list of each pixel.
    """
    shape = list(array.shape)
    while shape and shape[-1] == 1:
        shape.pop()
    texts = list(map(_pixel_texts(array.ndim - len(shape)).__getitem__, array.ravel().tolist()))
    for size in reversed(shape):
        starts = range(0, len(texts), size)
        texts = [f"[{','.join(texts[start : start + size])}]" for start in starts]
    return texts[0]


@functools.cache
def _pixel_texts(depth):
    """Returns the JSON of 0 to 255, each inside `depth` lists of one."""
    return ["[" * depth + str(value) + "]" * depth for value in range(256)]


def _to_string(name, value):
    if name.endswith("_bytes"):
        return {"b64": base64.b64encode(value).decode("ascii")}
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequestError(
            f"Expected text in the output {name}. Received: bytes, for which an output's name must "
            "end in _bytes."
        ) from error


def shorten(array: Array) -> Array:
    """Returns float64 whose digits are the fewest that read back as the same float32: 6 or 9."""
    if array.dtype == np.float64:
        return array
    exact = array.astype(np.float64)
    with np.errstate(all="ignore"):
        power = np.floor(np.log10(np.abs(exact)))
        six, nine = (np.round(exact * 10.0**p) / 10.0**p for p in (5 - power, 8 - power))
        six = np.where(six.astype(array.dtype) == array, six, nine)
        return np.where(six.astype(array.dtype) == array, six, exact)
