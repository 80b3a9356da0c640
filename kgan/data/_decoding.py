"""Pictures that Python decodes from files, batch by batch, inside `tf.data`."""

import atexit
import contextlib
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import tensorflow as tf

from kgan.errors import InputError
from kgan.types import Array, Tensor

_QUIET = 0.05  # seconds without a new call after which a pipeline counts as full


def build_file_fetch(
    read: Callable[[int], Array], shape: tuple[int, ...]
) -> Callable[[Tensor], Tensor]:
    """Returns a function that decodes pictures when they are needed.

    Args:
        read: maps an example's index to uint8 of `shape`; an exception it raises stops training,
            and an `InputError` reaches whoever reads within `readable_errors`.
        shape: of an example, e.g. `(height, width, channels)`.

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


@contextlib.contextmanager
def readable_errors() -> Iterator[None]:
    """Raises a `read`'s `InputError` itself instead of TensorFlow's page of text about it."""
    before = _CALLS.failures
    try:
        yield
    except tf.errors.OpError:
        if _CALLS.failures == before:
            raise
        raise _CALLS.failure from None


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
        self.failures = 0
        self.failure = None  # the latest `InputError`

    def __enter__(self):
        with self._lock:
            self._entered += 1

    def __exit__(self, kind, error, trace):
        with self._lock:
            self._left += 1
            if isinstance(error, InputError):
                self.failures += 1
                # Without the trace, whose frames hold a batch.
                self.failure = type(error)(*error.args)

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
