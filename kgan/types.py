"""Names for what functions take and return."""

import os
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf

    Array: TypeAlias = np.ndarray
    Tensor: TypeAlias = tf.Tensor
else:  # so that a file that only names them, as `kgan list` reads it, imports neither
    Array = Tensor = Any

Batch: TypeAlias = dict[str, Tensor]  # named tensors [B, ...]
ImageShape: TypeAlias = tuple[int, int, int]  # height, width, channels
Shape: TypeAlias = tuple[int | None, ...]  # of a Keras tensor; None for the batch
PathLike: TypeAlias = str | os.PathLike[str]
