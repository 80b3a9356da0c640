"""Constraints that an optimizer enforces after each of its steps."""

import keras
from keras import ops

from kgan.errors import InputError


@keras.saving.register_keras_serializable("kgan")
class WeightClip(keras.constraints.Constraint):
    """Clips every element of a weight to [-limit, limit].

    Args:
        limit: > 0; 0.01 in the paper.

    Raises:
        InputError: for another limit.

    Reference: Algorithm 1, Arjovsky et al. 2017, arXiv:1701.07875.
    """

    def __init__(self, limit=0.01):
        if not limit > 0:
            raise InputError(f"Expected a clipping limit > 0. Received: limit={limit}.")
        self.limit = limit

    def __call__(self, weights):
        return ops.clip(weights, -self.limit, self.limit)

    def get_config(self):
        return {"limit": self.limit}


def clip_weights(network, limit):
    """Clips the trainable weights of a network now and after each optimizer step; returns it.

    Scales of normalisation layers count as weights, as in the paper's own experiments.

    Args:
        network: a built `keras.Model`.
        limit: see `WeightClip`.
    """
    constraint = WeightClip(limit)
    for variable in network.trainable_variables:
        variable.constraint = constraint
        variable.assign(constraint(variable))
    return network
