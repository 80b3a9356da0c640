"""What replicas that train in step need: checks, and losses whose means they agree on."""

import keras
import tensorflow as tf

from kgan.errors import InputError
from kgan.layers.normalization import has_synchronized_batch_norm
from kgan.replicas import average_over_replicas
from kgan.types import Tensor

_ROOM = 64  # names that `RunningMeans` has room for


def check_replicas(gan: keras.Model, steps_per_execution: int) -> None:
    """Refuses what fails under the distribution strategy of this scope, if there is one.

    Args:
        gan: the `GAN` to compile.
        steps_per_execution: rounds in one call of the traced function.

    Raises:
        InputError: for several rounds a call, which Keras fails to trace under any strategy; or
            for a lazy regularizer beside synchronized batch normalization: it is
            computed in a branch of `tf.cond`, where replicas cannot meet.
    """
    if not tf.distribute.has_strategy():
        return
    if steps_per_execution > 1:
        raise InputError(
            "Expected steps_per_execution of 1 under a distribution strategy, as Keras cannot put "
            f"several rounds into one call there. Received: {steps_per_execution}. Leave it out."
        )
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    networks = [network for player in gan.players() for network in player.networks]
    lazy = [regularizer for regularizer in gan.regularizers if regularizer.every > 1]
    if lazy and replicas > 1 and any(map(has_synchronized_batch_norm, networks)):
        raise InputError(
            "Expected no synchronized batch normalization beside a lazy regularizer, for "
            f"which {replicas} replicas would have to meet on some rounds only. Received: "
            f"{lazy[0].name} with every={lazy[0].every}. Give every: 1, networks without batch "
            "normalization, or leave synchronized_batch_norm out."
        )


def shape_for_logs(losses: dict[str, Tensor]) -> dict[str, Tensor]:
    """Returns `{name: scalar}`, a replica's, in the shape in which Keras takes the replicas' mean.

    Of several workers' it takes the mean along an axis, which scalars lack: they become [1].
    """
    strategy = tf.distribute.get_strategy()
    of_workers = isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
    if not of_workers or strategy.num_replicas_in_sync == 1:
        return losses
    return {name: loss[None] for name, loss in losses.items()}


class RunningMeans(keras.metrics.Metric):
    """Means since the last reset of named scalars, one assignment a step for all of them.

    The names are learnt when the step is traced; `keras.metrics.Mean`s made then would be new
    variables inside the traced function, and so a second trace. Replicas agree on every value, so
    that a checkpoint of one worker holds what all of them have seen.
    """

    def __init__(self, name: str = "means") -> None:
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

    def update_state(self, values: dict[str, Tensor]) -> None:
        """Adds one observation of each, `{name: scalar}`, at most 64."""
        if len(values) > _ROOM:
            raise ValueError(f"Expected at most {_ROOM} logged values. Received: {len(values)}.")
        if set(values) != set(self._names):  # training and evaluation may name them in two orders
            self._names = tuple(values)
        seen = tf.stack([tf.cast(values[name], tf.float32) for name in self._names])
        (seen,) = average_over_replicas([seen])
        self._sums.assign_add(tf.concat([seen, tf.zeros(_ROOM - len(values)), [1.0]], axis=0))

    @property
    def updates(self) -> Tensor:
        """How many observations there were since the last reset, float32 scalar."""
        return tf.convert_to_tensor(self._sums)[-1]

    def result(self) -> dict[str, Tensor]:
        """Returns `{name: float32 scalar}`, 0 before the first update."""
        sums = tf.convert_to_tensor(self._sums)
        means = tf.math.divide_no_nan(sums[:-1], sums[-1])
        return {name: means[index] for index, name in enumerate(self._names)}
