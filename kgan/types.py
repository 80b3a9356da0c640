"""Names for what functions take and return."""

import os
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import tensorflow as tf

    Tensor: TypeAlias = tf.Tensor
else:
    Tensor = Any  # so that a file that only names tensors need not import TensorFlow

Array: TypeAlias = np.ndarray
Batch: TypeAlias = dict[str, Tensor]  # named tensors [B, ...]
ImageShape: TypeAlias = tuple[int, int, int]  # height, width, channels
Shape: TypeAlias = tuple[int | None, ...]  # of a Keras tensor; None for the batch
PathLike: TypeAlias = str | os.PathLike[str]
