"""Examples that are decoded from files, batch by batch, by Python code inside `tf.data`."""

import atexit
import threading
import time

import numpy as np
import tensorflow as tf

_QUIET = 0.05  # seconds without a new call after which a pipeline counts as full


def in_files(read, shape):
    """Returns the `fetch` of pictures that are decoded when they are needed.

    Args:
        read: maps an example's index to uint8 of `shape`; an exception it raises stops training
            with its message.
        shape: `(height, width, channels)`.

    Returns:
        A function of int64 indices [B] that returns uint8 [B, *shape].
    """

    def decode(indices):
        batch = np.empty((len(indices), *shape), np.uint8)
        with _CALLS:
            for row, index in enumerate(indices):
                _CALLS.stop_if_closing()
                batch[row] = read(index)
        return batch

    return lambda indices: tf.numpy_function(decode, [indices], tf.uint8, stateful=False)


class _Calls:
    """The calls from tf.data's threads into Python, which must have ended when Python ends.

    A pipeline reads ahead. If an iterator is still alive when the interpreter shuts down (after
    Ctrl-C or any uncaught error), TensorFlow waits for a thread that waits for the interpreter,
    for ever. So at exit, calls return at once until the pipeline's buffers are full.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._entered = 0
        self._left = 0
        self._closing = False

    def __enter__(self):
        with self._lock:
            self._entered += 1

    def __exit__(self, *exception):
        with self._lock:
            self._left += 1

    def stop_if_closing(self):
        if self._closing:
            raise InterruptedError("The program is ending: no more pictures are decoded.")

    def close(self):
        self._closing = True
        entered = -1
        while self._entered and (entered != self._entered or self._left != self._entered):
            entered = self._entered
            time.sleep(_QUIET)


_CALLS = _Calls()
atexit.register(_CALLS.close)
