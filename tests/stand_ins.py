"""Small graphs with the signature of networks that must be downloaded."""

import numpy as np
import tensorflow as tf


def _old_batch_norm(graph, source, channels):
    """Adds the operation that graphs of 2015 hold, and TensorFlow removed: (x − 1) · 2 + 0.5."""
    values = {"mean": 1.0, "variance": 1.0 - 1e-3, "beta": 0.5, "gamma": 2.0}
    for name, value in values.items():
        constant = graph.node.add(name=name, op="Const")
        constant.attr["dtype"].type = tf.float32.as_datatype_enum
        tensor = tf.make_tensor_proto(np.full(channels, value, np.float32))
        constant.attr["value"].tensor.CopyFrom(tensor)
    node = graph.node.add(name="normalized", op="BatchNormWithGlobalNormalization")
    node.input.extend([source, *values])
    node.attr["T"].type = tf.float32.as_datatype_enum
    node.attr["variance_epsilon"].f = 1e-3
    node.attr["scale_after_normalization"].b = True
    graph.versions.producer = 8


def frozen_inception():
    """Returns a frozen graph of 2015: `Mul` → the mean colour, normalised → `pool_3`, `logits`."""
    with tf.Graph().as_default() as whole:
        images = tf.compat.v1.placeholder(tf.float32, [None, 299, 299, 3], name="Mul")
        tf.reduce_mean(images, axis=(1, 2), keepdims=True, name="colour")
    graph = whole.as_graph_def()
    _old_batch_norm(graph, "colour", 3)
    for name, op in (("pool_3", "Identity"), ("logits", "Neg")):
        node = graph.node.add(name=name, op=op)
        node.input.append("normalized")
        node.attr["T"].type = tf.float32.as_datatype_enum
    return graph.SerializeToString()
