"""How long somebody waited for a batch."""

import time

import numpy as np
import tensorflow as tf

from kgan.training.waiting import Waiting


def test_slow_data_are_waited_for_and_slow_training_is_not():
    def slow(number):
        time.sleep(0.02)
        return number

    numbers = tf.data.Dataset.range(10)
    made = numbers.map(lambda n: tf.numpy_function(slow, [n], tf.int64))
    waiting = Waiting()
    assert [int(n) for n in waiting.measured(made)] == list(range(10))
    assert 0.2 <= waiting.seconds < 2.0
    ready = Waiting()
    for _ in ready.measured(numbers):
        time.sleep(0.02)
    assert ready.seconds < 0.1


def test_batches_stay_what_they_are():
    batches = tf.data.Dataset.range(6).repeat().batch(4, drop_remainder=True)
    batches = batches.map(lambda n: {"image": n, "label": -n})
    measured = Waiting().measured(batches)
    assert measured.element_spec == batches.element_spec
    assert measured.cardinality() == tf.data.INFINITE_CARDINALITY
    np.testing.assert_array_equal(next(iter(measured))["label"], [0, -1, -2, -3])
