"""Drawings whose edges are blurred: what a critic of drawings must not take for drawings."""

import numpy as np
import tensorflow as tf

from kgan.types import Tensor

_THRESHOLD = 0.8  # of Sobel's gradient: of the 8 from black to white, as 100 of 255 for Canny
_TAPS = np.float32([1, 4, 6, 4, 1]) / 16.0
_REACH = 2  # pixels that an edge is widened by, and blurred over


def smooth_edges(images: Tensor) -> Tensor:
    """Returns images [B, H, W, C] in [-1, 1] with their edges blurred, and the rest as it was.

    Edges are where Sobel's gradient of the channels' mean is steep, two pixels around included.

    Args:
        images: H and W at least 3.

    Reference: Section 3.2.1, Chen et al. 2018, doi:10.1109/CVPR.2018.00986; Canny's thinning and
    linking of edges is left out.
    """
    images = tf.cast(images, tf.float32)
    slopes = tf.image.sobel_edges(tf.reduce_mean(images, axis=-1, keepdims=True))
    edges = tf.cast(tf.norm(slopes, axis=-1) > _THRESHOLD, tf.float32)
    near = tf.nn.max_pool2d(edges, 2 * _REACH + 1, 1, "SAME") > 0
    around = [[0, 0], [_REACH] * 2, [_REACH] * 2, [0, 0]]
    kernel = np.tile(np.outer(_TAPS, _TAPS)[:, :, None, None], (1, 1, images.shape[-1], 1))
    padded = tf.pad(images, around, "REFLECT")
    return tf.where(near, tf.nn.depthwise_conv2d(padded, kernel, [1] * 4, "VALID"), images)
