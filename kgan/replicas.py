"""Sums and means over the replicas of a distribution strategy, differentiable."""

import tensorflow as tf


def gathered_over_replicas(rows):
    """Returns rows [B, D] of all replicas [R·B, D] and where one's own start, differentiably."""
    context = tf.distribute.get_replica_context()
    replicas, count = context.num_replicas_in_sync, tf.shape(rows)[0]
    if replicas == 1:
        return rows, 0
    start = tf.cast(context.replica_id_in_sync_group, tf.int32) * count
    room = [[start, (replicas - 1) * count - start], [0, 0]]
    return context.all_reduce(tf.distribute.ReduceOp.SUM, tf.pad(rows, room)), start


def mean_over_replicas(tensors):
    """Returns a list of tensors averaged over replicas, differentiably; itself with one replica."""
    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync == 1:
        return tensors
    return context.all_reduce(tf.distribute.ReduceOp.MEAN, tensors)
