"""How long training waits for its data, measured inside the pipeline."""

import tensorflow as tf


class Waiting:
    """The seconds for which somebody waited for a batch.

    Before and after each batch the pipeline looks at the clock, in the thread that asks for it:
    what lies between is the wait. Where a strategy copies batches to devices ahead of time, the one
    who asks is its thread, and where each replica has a pipeline waits add up: an upper bound.

    Example:
        >>> waiting = Waiting()
        >>> gan.fit(waiting.measured(batches))
        >>> waiting.seconds
        0.25
    """

    def __init__(self):
        with tf.device("CPU:0"):
            self._seconds = tf.Variable(0.0, dtype=tf.float64, trainable=False)

    @property
    def seconds(self):
        """Seconds waited so far, a float."""
        return float(self._seconds.numpy())

    def measured(self, batches):
        """Returns the same batches, whose reader's waits are counted."""
        clock = tf.data.Dataset.range(1).repeat().map(lambda _: tf.timestamp())

        def noted(asked, batch, given):
            self._seconds.assign_add(tf.maximum(given - asked, 0.0))  # a clock may be set back
            return batch

        # The three are asked one after the other.
        return tf.data.Dataset.zip((clock, batches, clock)).map(noted)
