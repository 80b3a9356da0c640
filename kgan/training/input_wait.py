"""How long training waits for its data, measured inside the pipeline."""

import tensorflow as tf

from kgan.types import Tensor


class InputWait:
    """Counts the seconds for which somebody waited for a batch.

    Before and after each batch the pipeline reads the clock, in the thread that asks for the batch:
    the time between is the wait. Where a strategy copies batches to devices ahead of time, it is
    its thread that asks, and where each replica has a pipeline the waits add up: an upper bound.

    Example:
        >>> wait = InputWait()
        >>> gan.fit(wait.measure(batches))
        >>> wait.seconds
        0.25
    """

    def __init__(self) -> None:
        with tf.device("CPU:0"):
            self._seconds = tf.Variable(0.0, dtype=tf.float64, trainable=False)

    @property
    def seconds(self) -> float:
        """Seconds waited so far."""
        return float(self._seconds.numpy())

    def measure(self, batches: tf.data.Dataset) -> tf.data.Dataset:
        """Returns the same batches, whose reader's waits are counted."""
        clock = tf.data.Dataset.range(1).repeat().map(lambda _: tf.timestamp())

        def count(asked: Tensor, batch: Tensor, given: Tensor) -> Tensor:
            self._seconds.assign_add(tf.maximum(given - asked, 0.0))  # a clock may be set back
            return batch

        # The three are asked one after the other.
        return tf.data.Dataset.zip((clock, batches, clock)).map(count)
