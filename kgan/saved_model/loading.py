"""Loads a SavedModel by TensorFlow, whatever its path, and without remarks that no reader needs."""

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

from kgan.files import name_literally
from kgan.types import PathLike


def load(folder: PathLike) -> Any:
    """Returns what `tf.saved_model.load` returns for a folder, whose graph was checked before.

    Raises:
        OSError, ValueError: as TensorFlow does.
    """
    import tensorflow as tf  # which kgan list does not wait for

    with _drop_remarks():
        return tf.saved_model.load(str(name_literally(folder)))


@contextlib.contextmanager
def _drop_remarks() -> Iterator[None]:
    """Drops TensorFlow's warning of each function whose gradient was not saved: none is asked."""

    def keep(record: logging.LogRecord) -> bool:
        return "unsaved custom gradients" not in record.getMessage()

    logger = logging.getLogger("absl")
    logger.addFilter(keep)
    try:
        yield
    finally:
        logger.removeFilter(keep)
