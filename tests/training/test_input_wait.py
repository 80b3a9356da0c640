"""How long somebody waited for a batch."""

import time

import numpy as np
import tensorflow as tf

from kgan.training.input_wait import InputWait


def test_slow_data_are_waited_for_and_slow_training_is_not():
    def slow(number):
        time.sleep(0.02)
        return number

    numbers = tf.data.Dataset.range(10)
    made = numbers.map(lambda n: tf.numpy_function(slow, [n], tf.int64))
    wait = InputWait()
    assert [int(n) for n in wait.measure(made)] == list(range(10))
    assert 0.2 <= wait.seconds < 2.0
    ready = InputWait()
    for _ in ready.measure(numbers):
        time.sleep(0.02)
    assert ready.seconds < 0.1


def test_batches_stay_what_they_are():
    batches = tf.data.Dataset.range(6).repeat().batch(4, drop_remainder=True)
    batches = batches.map(lambda n: {"image": n, "label": -n})
    measured = InputWait().measure(batches)
    assert measured.element_spec == batches.element_spec
    assert measured.cardinality() == tf.data.INFINITE_CARDINALITY
    np.testing.assert_array_equal(next(iter(measured))["label"], [0, -1, -2, -3])
