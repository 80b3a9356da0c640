"""A graph that never ends is cut off, alone, and a failing one disturbs no other."""

import threading
import time

import pytest
import tensorflow as tf

from kgan.serving.calls import Calls
from kgan.serving.limits import RequestError


@tf.function(input_signature=[tf.TensorSpec((), tf.int32)])
def loop(steps):
    """Loops for ever from 0."""
    return tf.while_loop(lambda i: i < 1, lambda i: (tf.minimum(i, 0),), (steps,), None, 1)[0]


@tf.function(input_signature=[tf.TensorSpec((), tf.int32)])
def pick(place):
    return tf.gather([10.0, 20.0], place)


@pytest.fixture
def calls():
    calls = Calls(0.4)
    yield calls
    calls.stop()


def test_an_endless_call_is_cut_off_and_others_are_not(calls):
    pick(0)
    start = time.monotonic()
    ended = []

    def call():
        with pytest.raises(RequestError, match=r"within 0\.4 seconds") as caught:
            calls.bound(loop)(tf.constant(0))
        ended.append(caught.value.status)

    thread = threading.Thread(target=call)
    thread.start()
    while thread.is_alive():
        assert calls.bound(pick)(tf.constant(1)).numpy() == 20.0
        with pytest.raises(tf.errors.InvalidArgumentError):  # it cancels its own, and no other
            calls.bound(pick)(tf.constant(7))
    assert ended == [504]
    assert 0.4 <= time.monotonic() - start < 3


def test_stopping_cuts_off_what_runs_and_runs_no_more():
    calls, ended = Calls(60.0), []

    def call():
        with pytest.raises(RequestError, match="stopping") as caught:
            calls.bound(loop)(tf.constant(0))
        ended.append(caught.value.status)

    thread = threading.Thread(target=call)
    thread.start()
    time.sleep(0.2)
    calls.stop()
    thread.join(10)
    assert ended == [503]
    with pytest.raises(RequestError, match="stopping"):
        calls.bound(pick)(tf.constant(1))
    assert tf.function(lambda x: x + 1)(1).numpy() == 2  # all others go on
