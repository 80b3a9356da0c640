"""Networks that follow the mean of another's weights and batch statistics."""

import keras
import tensorflow as tf

from kgan.types import Tensor


def copy_network(network: keras.Model) -> keras.Model:
    """Returns a network of the same structure and values, not trainable."""
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())  # clone_model draws new weights
    copy.trainable = False
    return copy


def follow(average: keras.Model, network: keras.Model, keep: float | Tensor) -> None:
    """Moves every weight of `average`, BatchNorm statistics included, towards `network`'s.

    Runs in a replica, inside the traced step.

    Args:
        average: what `copy_network(network)` returned.
        network: the network that trains.
        keep: share of the distance that is left, in [0, 1].
    """
    pairs = list(zip(average.weights, network.weights, strict=True))

    def move(mean, weight):
        mean.assign(weight + keep * (mean - weight))

    def update(strategy):
        for mean, weight in pairs:
            strategy.extended.update(mean.value, move, args=(weight.value,), group=False)

    # On each device its own copy, without an all-reduce: the weights agree already.
    tf.distribute.get_replica_context().merge_call(update)
