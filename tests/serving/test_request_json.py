"""Nested lists become arrays of one shape and the type asked for, or a RequestError."""

import numpy as np
import pytest

from kgan.serving.limits import RequestError
from kgan.serving.request_json import show, to_array


@pytest.mark.parametrize(
    "value, dtype, shape",
    [
        (1, np.float32, ()),
        ([], np.float32, (0,)),
        ([[], []], np.int32, (2, 0)),
        ([[[1], [2]], [[3], [4]]], np.int64, (2, 2, 1)),
        ([True], np.bool_, (1,)),
        (["a", {"b64": "YQ=="}], str, (2,)),
    ],
)
def test_shapes(value, dtype, shape):
    array = to_array(value, dtype, "x")
    assert array.shape == shape
    assert array.dtype == (object if dtype is str else dtype)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint32, np.int64, np.uint64])
def test_whole_numbers_up_to_the_ends_of_their_type(dtype):
    ends = [int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)]
    assert to_array(ends, dtype, "x").tolist() == ends
    for beyond in (ends[0] - 1, ends[1] + 1):
        with pytest.raises(RequestError, match=rf"for x\. Received: {beyond}, which does not fit"):
            to_array([0, beyond], dtype, "x")


def test_what_nobody_can_send_is_said_so():
    with pytest.raises(RequestError, match="Received: x, float16") as caught:
        to_array([1.0], np.float16, "x")
    assert caught.value.status == 501


def test_a_large_value_is_shown_in_part():
    assert show([1, "x"]) == '[1, "x"]'
    assert len(show(list(range(10**6)))) < 110
    assert len(show("x" * 10**6)) < 110
