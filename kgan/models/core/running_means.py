"""Running means of the losses, in one variable."""

import keras
import tensorflow as tf

from kgan.replicas import average_over_replicas

_ROOM = 64


class RunningMeans(keras.metrics.Metric):
    """Means since the last reset of named scalars, one assignment a step for all of them.

    The names are learnt when the step is traced; `keras.metrics.Mean`s made then would be new
    variables inside the traced function, and so a second trace. Replicas agree on every value, so
    that a checkpoint of one worker holds what all of them have seen.
    """

    def __init__(self, name="means"):
        super().__init__(name=name)
        self._names = ()
        # The last element counts the updates.
        self._sums = keras.Variable(
            "zeros",
            shape=(_ROOM + 1,),
            dtype="float32",
            trainable=False,
            aggregation="only_first_replica",
            name="sums",
        )

    def update_state(self, values):
        """Adds one observation of each. Args: values: `{name: scalar}`, at most 64."""
        if len(values) > _ROOM:
            raise ValueError(f"Expected at most {_ROOM} logged values. Received: {len(values)}.")
        self._names = tuple(values)
        seen = tf.stack([tf.cast(value, tf.float32) for value in values.values()])
        (seen,) = average_over_replicas([seen])
        self._sums.assign_add(tf.concat([seen, tf.zeros(_ROOM - len(values)), [1.0]], axis=0))

    def result(self):
        """Returns `{name: float32 scalar}`, 0 before the first update."""
        sums = tf.convert_to_tensor(self._sums)
        means = tf.math.divide_no_nan(sums[:-1], sums[-1])
        return {name: means[index] for index, name in enumerate(self._names)}
