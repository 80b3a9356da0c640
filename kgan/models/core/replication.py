"""What several replicas that train in step ask of a game."""

import tensorflow as tf

from kgan.errors import InputError
from kgan.layers.normalization import has_synchronized_batch_norm


def check_replicas(gan, steps_per_execution):
    """Refuses what fails under the distribution strategy of this scope, if there is one.

    Args:
        gan: the `GAN` to compile.
        steps_per_execution: rounds in one call of the traced function.

    Raises:
        InputError: for several rounds a call, which Keras fails to trace under any strategy; or
            for a lazy penalty on a critic with synchronized batch normalization: the penalty is
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
    lazy = [penalty for penalty in gan.penalties if penalty.every > 1]
    if lazy and replicas > 1 and has_synchronized_batch_norm(gan.discriminator):
        raise InputError(
            "Expected no synchronized batch normalization in a critic with a lazy penalty, for "
            f"which {replicas} replicas would have to meet on some rounds only. Received: "
            f"{lazy[0].name} with every={lazy[0].every}. Give every: 1, a critic without batch "
            "normalization, or leave synchronized_batch_norm out."
        )


def logged(losses):
    """Returns `{name: scalar}`, a replica's, in the shape in which Keras takes the replicas' mean.

    Of several workers' it takes the mean along an axis, which scalars lack: they become [1].
    """
    strategy = tf.distribute.get_strategy()
    of_workers = isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
    if not of_workers or strategy.num_replicas_in_sync == 1:
        return losses
    return {name: loss[None] for name, loss in losses.items()}
