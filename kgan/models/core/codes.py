"""Codes of InfoGAN: a category and numbers that a latent says beside noise."""

import dataclasses
from typing import Any

import numpy as np
import tensorflow as tf

from kgan.errors import InputError
from kgan.models.core import batches, flags
from kgan.models.core.condition import Condition
from kgan.models.core.signatures import Input
from kgan.types import Array, Batch

OWN = -2.0  # in place of a code: what the latent itself says


@dataclasses.dataclass(frozen=True)
class Codes(Condition):
    """Codes [B, 1 + continuous]: a category from 0, then numbers in [-1, 1]; `OWN` for a latent's.

    A person types them with commas between; what is left out, or `any`, is the latent's own, and
    `-1:1` are numbers from -1 to 1, evenly over all samples. Training draws them with the latents.

    Attributes:
        key: the input's name.
        categories: how many there are.
        continuous: how many numbers follow.
    """

    key: str = "codes"
    categories: int = 10
    continuous: int = 2

    kind = "codes"
    flag = flags.CODES
    has_default = True

    @property
    def keys(self) -> tuple[str, ...]:
        return ()

    @property
    def inputs(self) -> dict[str, Input]:
        text = f"category, 0 to {self.categories - 1}, then -1 to 1; {OWN:g}: the latent's own"
        shape = (1 + self.continuous,)
        return {self.key: Input(tf.float32, shape, self.kind, text, self.key)}

    def prepare(self, batch: Batch) -> Batch:
        return {}

    def read(self, name: str, value: Any, count: int) -> dict[str, Array]:
        width = 1 + self.continuous
        try:
            rows = self._parse(value, count) if isinstance(value, str) else np.asarray(value)
            rows = np.broadcast_to(rows.astype(np.float32), (count, width))
        except ValueError:  # text that is no number, or another shape
            rows = np.full((count, width), np.nan)
        category, numbers = rows[:, :1], rows[:, 1:]
        known = np.isin(category, np.arange(self.categories)) | (category == OWN)
        inside = (np.abs(numbers) <= 1.0) | (numbers == OWN)
        if not (known.all() and inside.all()):
            raise InputError(
                f"Expected a category from 0 to {self.categories - 1} and up to {self.continuous} "
                f"numbers from -1 to 1, e.g. 3,any,-1:1. Received: {value}."
            )
        return {self.key: rows}

    def default(self, count: int) -> Array:
        """Returns none: each latent has its own."""
        return np.full((count, 1 + self.continuous), OWN, np.float32)

    def value_in(self, batch: Batch) -> Array:
        return self.default(batches.count_examples(batch))

    def make_examples(self, count: int, random: np.random.Generator) -> dict[str, Array]:
        category = random.integers(0, self.categories, (count, 1))
        numbers = random.uniform(-1.0, 1.0, (count, self.continuous))
        return {self.key: np.concatenate([category, numbers], axis=1).astype(np.float32)}

    def metadata(self, batch: Batch | None = None) -> dict[str, Any]:
        return {self.key: {"categories": self.categories, "continuous": self.continuous}}

    @classmethod
    def restore(cls, key: str, shape: tuple[int, ...], metadata: dict[str, Any]) -> "Codes":
        return cls(key, **metadata[key])

    def _parse(self, text, count):
        rows = self.default(count)
        for column, word in enumerate(text.split(",")):
            if column >= rows.shape[1]:
                raise ValueError(text)
            if word.strip() != "any":
                first, *last = map(float, word.split(":"))
                rows[:, column] = np.linspace(first, *last, count) if last else first
        if ":" in text.split(",")[0]:
            rows[:, 0] = np.round(rows[:, 0])
        return rows
