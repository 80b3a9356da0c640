"""How the command line starts TensorFlow: quietly, and set for this machine."""

import contextlib
import os
import sys
from collections.abc import Iterator

from kgan.system import count_cores


def set_environment() -> None:
    """Sets the variables that TensorFlow reads when it is imported, unless a person has set them.

    With AVX2 a DCGAN's round is 1.3 to 1.5 times as fast with oneDNN's convolutions, which
    TensorFlow chooses by itself with AVX-512 only.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


def share_cores() -> None:
    """Lets two cores run an operation each; by itself TensorFlow splits every one between both.

    A round of two networks has enough of them side by side: docs/training.md. Nothing is set for
    another number of cores, or where a person has set one of the variables.
    """
    names = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    if count_cores() == 2 and not os.environ.keys() & set(names):
        os.environ.update(zip(names, ("1", "2"), strict=True))


@contextlib.contextmanager
def quiet_start() -> Iterator[None]:
    """Hides what TensorFlow's C++ libraries print before they know the log level.

    Example:
        >>> with quiet_start():
        ...     from kgan.training import loop
    """
    if os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0":
        yield
        return
    sys.stderr.flush()
    stderr = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
            import tensorflow as tf

            # The first look for a GPU is what complains where there is none.
            tf.config.list_physical_devices()
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
