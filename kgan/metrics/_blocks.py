"""Rows that come in batches of any size, and leave in blocks of one: the size changes no bit."""

import numpy as np

from kgan.errors import InputError
from kgan.metrics import _validation

BLOCK = 1024


class Blocks:
    """Gathers rows into blocks of 1,024.

    Args:
        name: of the rows, for messages.

    Attributes:
        count: rows so far.
        rest: [B, D] float64, those of the block that is not full yet.
    """

    def __init__(self, name):
        self.name = name
        self.count = 0
        self._waiting = np.empty((BLOCK, 0))

    @property
    def rest(self):
        return self._waiting[: self.count % BLOCK]

    def filled_by(self, batch):
        """Yields each block [1024, D] float64 that a batch [B, D], B >= 1, fills.

        A block is overwritten by the next.

        Raises:
            InputError: NaN, or another width than before.
        """
        batch = _validation.rows(self.name, batch, least=1)
        if not self.count:
            self._waiting = np.empty((BLOCK, batch.shape[1]))
        if batch.shape[1] != self._waiting.shape[1]:
            raise InputError(
                f"Expected {self.name} of width {self._waiting.shape[1]}, as before. "
                f"Received: shape={batch.shape}."
            )
        while len(batch):
            filled = self.count % BLOCK
            taken = min(BLOCK - filled, len(batch))
            self._waiting[filled : filled + taken] = batch[:taken]
            self.count += taken
            batch = batch[taken:]
            if filled + taken == BLOCK:
                yield self._waiting
