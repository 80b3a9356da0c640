"""Batch normalization whose moments are a replica's own, or those of the whole batch."""

import contextlib
import contextvars

import keras

from kgan.layers.conditional import ConditionalBatchNormalization

_KINDS = (keras.layers.BatchNormalization, ConditionalBatchNormalization)
_SYNCHRONIZED = contextvars.ContextVar("synchronized", default=False)


@contextlib.contextmanager
def synchronized_batch_norm(chosen=True):
    """Makes the batch normalizations of networks built in this block take all replicas' moments.

    As Keras' dtype policy, it is a choice of how networks compute, and not of what they are.

    Args:
        chosen: False for each replica's own, as outside of any block.

    Example:
        >>> with strategy.scope(), kgan.layers.synchronized_batch_norm():
        ...     gan = kgan.models.DCGAN(image_shape=(32, 32, 1))
    """
    token = _SYNCHRONIZED.set(chosen)
    try:
        yield
    finally:
        _SYNCHRONIZED.reset(token)


def chosen_synchronized():
    """Returns whether `synchronized_batch_norm` holds here."""
    return _SYNCHRONIZED.get()


def batch_normalization(**options):
    """Returns a `keras.layers.BatchNormalization` as chosen; `options` are its arguments."""
    return keras.layers.BatchNormalization(synchronized=chosen_synchronized(), **options)


def has_synchronized(network):
    """Returns whether a network holds a batch normalization that takes all replicas' moments."""
    layers = network.layers if isinstance(network, keras.Model) else ()
    return any(
        layer.synchronized if isinstance(layer, _KINDS) else has_synchronized(layer)
        for layer in layers
    )
