"""Arrays → the JSON of an answer, by the rules of TensorFlow Serving's REST API."""

import base64
import json
import re

import numpy as np
import orjson

from kgan.serving.limits import RequestError
from kgan.types import Array

_PIECE = 2**15  # values


def encode(outputs: dict[str, Array], row_format: bool, values: int) -> bytes:
    """Returns the JSON of a signature's outputs.

    Args:
        outputs: `{name: array}`.
        row_format: whether the request was in row format.
        values: numbers or strings in an answer, at most.

    Raises:
        RequestError: outputs that the format cannot hold, or too many.
    """
    check_count(outputs, values)
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
    return _wrap("predictions", {"": b"[%b]" % b",".join(rows)})


def check_count(outputs: dict[str, Array], values: int) -> None:
    """Refuses outputs of more numbers or strings than an answer may hold.

    Raises:
        RequestError: too many.
    """
    count = sum(array.size for array in outputs.values())
    if count > values:
        raise RequestError(
            f"Expected at most {values} values in an answer. Received: {count}. Ask for fewer rows."
        )


def _wrap(key, texts):
    """Returns an answer: the only text, or an object of all."""
    text = _join(texts) if len(texts) > 1 else next(iter(texts.values()))
    return b'{"%b":%b}' % (key.encode(), text)


def _join(texts):
    return b"{%b}" % b",".join(orjson.dumps(n) + b":" + texts[n] for n in sorted(texts))


def _to_text(name, array):
    """Returns an array as nested lists of JSON, each float with the fewest digits."""
    if array.dtype == object:
        strings = np.empty(array.size, object)
        strings[:] = [_to_string(name, value) for value in array.ravel()]
        return orjson.dumps(strings.reshape(array.shape).tolist())
    if array.ndim and len(array) > 1 and array.size > _PIECE:
        # Between pieces other threads have their turn.
        return b"[%b]" % b",".join(_to_text(name, part) for part in array)
    if not array.ndim or array.dtype.kind not in "biuf":
        return json.dumps(array.tolist(), separators=(",", ":")).encode("ascii")
    text = orjson.dumps(np.ascontiguousarray(array), option=orjson.OPT_SERIALIZE_NUMPY)
    if array.dtype.kind == "f" and not (finite := np.isfinite(array)).all():
        # NaN and Infinity are not JSON, but TensorFlow Serving writes them so.
        others = iter(array[~finite].tolist())
        text = re.sub(b"null", lambda _: json.dumps(next(others)).encode(), text)
    return text


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
