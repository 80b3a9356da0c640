"""Differentiable gathering and averaging over the replicas of a distribution strategy."""

import tensorflow as tf

from kgan.types import Tensor


def gather_over_replicas(rows: Tensor) -> tuple[Tensor, Tensor | int]:
    """Returns the rows [R·B, D] of all R replicas, and the index at which this one's B start.

    Args:
        rows: [B, D], this replica's.
    """
    context = tf.distribute.get_replica_context()
    replicas, count = context.num_replicas_in_sync, tf.shape(rows)[0]
    if replicas == 1:
        return rows, 0
    start = tf.cast(context.replica_id_in_sync_group, tf.int32) * count
    room = [[start, (replicas - 1) * count - start], [0, 0]]
    return context.all_reduce(tf.distribute.ReduceOp.SUM, tf.pad(rows, room)), start


def average_over_replicas(tensors: list[Tensor]) -> list[Tensor]:
    """Returns a list of tensors averaged over replicas; the list itself with one replica."""
    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync == 1:
        return tensors
    return context.all_reduce(tf.distribute.ReduceOp.MEAN, tensors)
