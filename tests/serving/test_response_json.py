"""Arrays become the JSON that TensorFlow Serving would write."""

import json

import numpy as np
import pytest

from kgan.serving import response_json
from kgan.serving.limits import Limits, RequestError


def columns(outputs):
    return response_json.encode(outputs, row_format=False, values=Limits().values)


def rows(outputs):
    return response_json.encode(outputs, row_format=True, values=Limits().values)


@pytest.mark.parametrize(
    "shape", [(), (3,), (1, 1), (2, 4, 4, 1), (2, 3, 5, 3), (1, 2, 1, 2), (0, 2), (2, 0)]
)
def test_pixels_are_written_as_any_numbers_are(shape, random):
    array = random.integers(0, 256, shape).astype(np.uint8)
    as_numbers = columns({"y": array.astype(np.int64)})
    assert columns({"y": array}) == as_numbers
    assert json.loads(as_numbers) == {"outputs": array.tolist()}


def test_several_outputs_are_objects_by_name():
    outputs = {"b": np.uint8([[1], [2]]), "a": np.float32([0.5, 1.5])}
    assert columns(outputs) == b'{"outputs":{"a":[0.5,1.5],"b":[[1],[2]]}}'
    assert rows(outputs) == (b'{"predictions":[{"a":0.5,"b":[1]},{"a":1.5,"b":[2]}]}')


def test_every_float32_reads_back(random):
    bits = random.integers(0, 2**32, 50_000, dtype=np.uint64).astype(np.uint32)
    floats = bits.view(np.float32)
    floats = floats[np.isfinite(floats)]
    written = np.array(json.loads(columns({"y": floats}))["outputs"])
    np.testing.assert_array_equal(written.astype(np.float32), floats)
    usual = random.uniform(-1, 1, 1000).astype(np.float32)
    texts = columns({"y": usual})[len(b'{"outputs":[') : -2].decode().split(",")
    assert max(map(len, texts)) < 17  # not 0.20000000298023224


def test_a_large_array_is_written_in_pieces_of_the_same_text(random, monkeypatch):
    array = random.normal(size=(5, 4, 3, 2)).astype(np.float32)
    array[2, 1, 0, 1] = np.nan
    whole = columns({"y": array})
    monkeypatch.setattr(response_json, "_PIECE", 7)
    assert columns({"y": array}) == whole
    assert whole.count(b"NaN") == 1


def test_floats_that_are_no_numbers_are_written_as_tensorflow_serving_writes_them():
    made = columns({"y": np.array([np.nan, np.inf, -np.inf, 0.0], np.float32)})
    assert made == b'{"outputs":[NaN,Infinity,-Infinity,0.0]}'


def test_text_that_is_none_must_be_called_bytes():
    array = np.array([b"\xff"], object)
    assert columns({"a_bytes": array}) == b'{"outputs":[{"b64":"/w=="}]}'
    with pytest.raises(RequestError, match="must end in _bytes"):
        columns({"a": array})


def test_outputs_of_different_lengths_are_no_rows():
    with pytest.raises(RequestError, match=r"a row for each instance\. Received: a \[2\], b \[3\]"):
        rows({"a": np.zeros(2), "b": np.zeros(3)})


def test_an_answer_has_at_most_so_many_values():
    outputs = {"a": np.zeros((2, 3)), "b": np.zeros(2)}
    response_json.encode(outputs, row_format=True, values=8)
    with pytest.raises(RequestError, match=r"at most 7 values in an answer\. Received: 8\."):
        response_json.encode(outputs, row_format=True, values=7)
