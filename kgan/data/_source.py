"""A source of examples: what it holds, and in which order a run reads it."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from kgan.data._decoding import readable_errors
from kgan.errors import InputError
from kgan.system import count_cores
from kgan.types import Array, Batch, Tensor

_CHUNK = 256  # examples decoded at once by `arrays`, so that a large source fits beside its result
# Purposes of random numbers: none is drawn for two of them. Sides take _ORDER, _ORDER + 2, ...
_ORDER, _FLIPS = 0, 1
_PICTURES = ("image", "source", "target", "mask", "a", "b")

OWN_DATA = "that of your own data; kgan does not know it"
MADE_BY_KGAN = "none: made by kgan from random numbers"


@dataclasses.dataclass(frozen=True)
class Source:
    """Examples that can be read at any index, and the two orders in which training reads them.

    Args:
        name: what was opened, e.g. `"digits"` or `"images:/photos"`.
        count: number of examples.
        spec: `{key: tf.TensorSpec}` of one example, without batch axis.
        fetch: maps int64 indices [B], or [B, S] with S sides, to `{key: [B, ...]}`; called inside
            `tf.data` maps.
        classes: names of the values of `"label"`, or `None` without labels.
        mirror: flip the pictures of an example left to right, together, with probability 1/2.
        notes: lines a person should read, e.g. `"3 of 1000 files skipped: ..."`.
        sides: examples on each side of unpaired data, or nothing. Each side is read in an order of
            its own; `count` is the longest's, and the shorter begin again within an epoch.
        names: names of the values of other integer keys, e.g. `{"domain": ("sans", "serif")}`.
        words: every word that `"caption"` can hold, or `None` without captions.
        vocabulary: names of the values of `"tokens"`, or how many there are if they have none, or
            `None` without tokens.
        licence: of the data, for people.
        digest: of the files that are read, by name, size and time; empty where there are none.
        characters: whether the pictures are letters or digits, which a network that knows
            photographs does not know.
        rate: samples a second of `"signal"`, or `None` without signals.

    Example:
        >>> source = kgan.data.digits(size=32)
        >>> batch = next(iter(source.dataset(batch_size=64)))
        >>> batch["image"].shape
        TensorShape([64, 32, 32, 1])
    """

    name: str
    count: int
    spec: dict[str, tf.TensorSpec]
    fetch: Callable[[Tensor], Batch]
    classes: tuple[str, ...] | None = None
    mirror: bool = False
    notes: tuple[str, ...] = ()
    sides: tuple[int, ...] = ()
    names: dict[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    words: tuple[str, ...] | None = None
    vocabulary: tuple[str, ...] | int | None = None
    licence: str = OWN_DATA
    digest: str = ""
    characters: bool = False
    rate: int | None = None

    @classmethod
    def from_arrays(cls, name: str, arrays: dict[str, Array], **fields: Any) -> "Source":
        """Returns the source of examples that are held in memory.

        Args:
            name: what was opened.
            arrays: `{key: [N, ...]}`, all of one length.
            fields: what else is known, e.g. `classes`.

        Example:
            >>> Source.from_arrays("noise", {"image": np.zeros([9, 8, 8, 1], np.uint8)}).count
            9
        """
        fetch, spec = build_memory_fetch(arrays)
        return cls(name, len(next(iter(arrays.values()))), spec, fetch, **fields)

    def steps_per_epoch(self, batch_size: int) -> int:
        """Returns how many whole batches one epoch holds; the remainder is dropped.

        Args:
            batch_size: examples a batch, from 1 to `count`.

        Returns:
            `count // batch_size`.

        Raises:
            InputError: `batch_size` is not in 1..`count`.
        """
        if not 1 <= batch_size <= self.count:
            raise InputError(
                f"Expected a batch size from 1 to {self.count}, the number of examples in "
                f"{self.name}. Received: batch_size={batch_size!r}. "
                "Choose a smaller batch or add examples."
            )
        return self.count // batch_size

    def dataset(self, batch_size: int, seed: int = 0, shuffle: bool = True) -> tf.data.Dataset:
        """Returns one epoch as a finite `tf.data.Dataset`, in another order at each iteration.

        Args:
            batch_size: examples a batch, from 1 to `count`.
            seed: integer in [0, 2**32); the sequence of orders is a pure function of it.
            shuffle: `False` reads in index order, and the same at each iteration.

        Returns:
            A `tf.data.Dataset` of `{key: [batch_size, ...]}`, of known cardinality.

        Raises:
            InputError: `batch_size` or `seed` is out of range.

        Example:
            >>> gan.fit(kgan.data.digits(size=32).dataset(batch_size=64), epochs=40)
        """
        steps = self.steps_per_epoch(batch_size)
        seed = _require_uint32(seed)
        # One fresh number an iteration stands where `stream` has the epoch.
        orders = tf.data.Dataset.random(seed, rerandomize_each_iteration=True).take(1)

        def epoch(order):
            examples = self._order(seed, order) if shuffle else self._rows(0, self.count)
            return tf.data.Dataset.range(steps).map(
                lambda step: (_slice(examples, step, batch_size), _seeds(_FLIPS, order, step))
            )

        batches = orders.flat_map(epoch).apply(tf.data.experimental.assert_cardinality(steps))
        return self._fetch_batches(batches)

    def stream(
        self, batch_size: int, seed: int, start_step: int = 0, share: tuple[int, int] = (0, 1)
    ) -> tf.data.Dataset:
        """Returns an endless `tf.data.Dataset` of the batches from number `start_step` on.

        Batch number k is a pure function of (`seed`, k), so that a resumed run reads what an
        uninterrupted one would have, without reading what came before. Epoch e is the batches
        [e * steps_per_epoch, (e + 1) * steps_per_epoch).

        Args:
            batch_size: examples a batch, from 1 to `count`.
            seed: integer in [0, 2**32).
            start_step: number of the first batch, at least 0.
            share: `(i, n)` for the i-th of n equal parts of each batch, which is all that is read:
                what the i-th of n workers trains on.

        Returns:
            A `tf.data.Dataset` of `{key: [batch_size / n, ...]}`, of infinite cardinality.

        Raises:
            InputError: `batch_size`, `seed` or `start_step` is out of range.
        """
        steps = self.steps_per_epoch(batch_size)
        seed = _require_uint32(seed)
        if start_step < 0:
            raise InputError(
                f"Expected a step of at least 0. Received: start_step={start_step!r}. Start at 0."
            )
        first_epoch, first_step = divmod(start_step, steps)

        def epoch(number):
            examples = self._order(seed, number)
            begin = tf.where(number == first_epoch, tf.constant(first_step, tf.int64), 0)
            return tf.data.Dataset.range(begin, steps).map(
                lambda step: (
                    _slice(examples, step, batch_size),
                    _seeds(_FLIPS, seed, number * steps + step),
                )
            )

        endless = tf.data.Dataset.range(first_epoch, tf.int64.max).flat_map(epoch)
        infinite = tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY)
        return self._fetch_batches(endless.apply(infinite), share)

    def arrays(self, limit: int | None = None) -> dict[str, Array]:
        """Returns the examples in index order, for evaluation; no flips.

        Args:
            limit: the most examples to read, or `None` for all.

        Returns:
            `{key: np.ndarray [N, ...]}`.
        """
        count = self.count if limit is None else min(limit, self.count)
        whole = {
            key: np.empty((count, *spec.shape), spec.dtype.as_numpy_dtype)
            for key, spec in self.spec.items()
        }
        for start in range(0, count, _CHUNK):
            stop = min(start + _CHUNK, count)
            with tf.device("CPU:0"), readable_errors():
                part = self.fetch(self._rows(start, stop))
            for key, values in part.items():
                whole[key][start:stop] = values.numpy()
        return whole

    def examples(self, indices: Sequence[int]) -> dict[str, Array]:
        """Returns the examples at these indices, for evaluation; no flips.

        Args:
            indices: whole numbers [B] in 0..`count` - 1, in any order; unpaired sides shorter than
                that begin again.

        Returns:
            `{key: np.ndarray [B, ...]}`.
        """
        with tf.device("CPU:0"), readable_errors():
            part = self.fetch(self._index_sides(tf.constant(indices, tf.int64)))
        return {key: values.numpy() for key, values in part.items()}

    def number(self) -> "Source":
        """Returns the same examples with `index`, int32: the number of each, from 0.

        A mirrored picture would be another under the same number: none is mirrored.

        Raises:
            InputError: for unpaired sides, which have no examples together.
        """
        if self.sides:
            raise InputError(
                f"Expected examples that can be numbered. Received: {self.name}, of unpaired sides."
            )

        def fetch(indices):
            return {**self.fetch(indices), "index": tf.cast(indices, tf.int32)}

        spec = {**self.spec, "index": tf.TensorSpec((), tf.int32)}
        return dataclasses.replace(self, spec=spec, fetch=fetch, mirror=False)

    def _order(self, seed, number):
        """Returns the indices of an epoch, shuffled: a pure function of its arguments."""
        if not self.sides:
            return _permutation(self.count, _seeds(_ORDER, seed, number))
        orders = [
            _permutation(count, _seeds(_ORDER + 2 * side, seed, number))
            for side, count in enumerate(self.sides)
        ]
        rows = tf.unstack(self._rows(0, self.count), axis=1)
        return tf.stack([tf.gather(*both) for both in zip(orders, rows, strict=True)], axis=1)

    def _rows(self, start, stop):
        """Returns the indices start, ..., stop - 1 as `fetch` takes them, in index order."""
        return self._index_sides(tf.range(start, stop, dtype=tf.int64))

    def _index_sides(self, rows):
        """Returns indices [B], or [B, S] with sides, as `fetch` takes them."""
        if not self.sides:
            return rows
        return tf.stack([rows % count for count in self.sides], axis=1)

    def _fetch_batches(self, plan, share=(0, 1)):
        """Fetches a share of each batch of a dataset of (indices [B], seed of flips [2])."""
        options = tf.data.Options()
        options.deterministic = True
        # Fixed sizes, not AUTOTUNE: that bounds how far a pipeline reads ahead (`_decoding`).
        # And no thread that tunes: an iterator waits for it when it is dropped, for as long again
        # as it has lived, so that each `fit`, and each epoch of a finite dataset, ends in a pause.
        options.autotune.enabled = False
        fetch = functools.partial(self._fetch_share, share=share)
        batches = plan.map(fetch, num_parallel_calls=count_cores())
        return batches.prefetch(2).with_options(options)

    def _fetch_share(self, indices, flips, share):
        """Fetches a share of [B] `indices`; `flips` [2] is the seed of the coins for mirroring."""
        whole, (part, parts) = indices.shape[0], share
        rows = slice(part * whole // parts, (part + 1) * whole // parts)
        indices = indices[rows]
        batch = self.fetch(indices)
        # `numpy_function` forgets shapes; Keras and the distribution strategies need them.
        batch = {
            key: tf.ensure_shape(batch[key], [indices.shape[0], *spec.shape])
            for key, spec in self.spec.items()
        }
        if self.mirror:
            # Of the whole batch: a picture is flipped whoever reads it.
            coins = tf.random.stateless_uniform([whole, 1, 1, 1], flips, alg="philox")[rows]
            for key in _PICTURES:
                if key in batch:
                    batch[key] = tf.where(coins < 0.5, batch[key][:, :, ::-1], batch[key])
        return batch


def build_memory_fetch(
    arrays: dict[str, Array],
) -> tuple[Callable[[Tensor], Batch], dict[str, tf.TensorSpec]]:
    """Returns the `fetch` and `spec` of examples that are held in memory.

    Args:
        arrays: `{key: np.ndarray [N, ...]}`.

    Returns:
        `(fetch, spec)` as `Source` takes them.
    """
    # tf.data runs on the host: a copy in an accelerator's memory would be fetched back each step.
    with tf.device("CPU:0"):
        tensors = {key: tf.constant(values) for key, values in arrays.items()}

    def fetch(indices):
        return {key: tf.gather(values, indices) for key, values in tensors.items()}

    spec = {key: tf.TensorSpec(values.shape[1:], values.dtype) for key, values in tensors.items()}
    return fetch, spec


def _require_uint32(seed):
    """Returns the seed as an `int`."""
    if not 0 <= seed < 2**32:
        raise InputError(
            f"Expected a seed from 0 to 2**32 - 1. Received: seed={seed!r}. Choose one in range."
        )
    return int(seed)


def _seeds(purpose, seed, number):
    """Returns the seed [2] of a stateless draw, for a `seed` in [0, 2**32)."""
    return tf.stack([tf.cast(seed, tf.int64) + (purpose << 32), tf.cast(number, tf.int64)])


def _permutation(count, seeds):
    # `index_shuffle` would need no memory, but for small counts it reads only the low byte of each
    # seed: every 256th epoch would repeat. This costs 8 bytes an example, once an epoch.
    examples = tf.range(count, dtype=tf.int64)
    return tf.random.experimental.stateless_shuffle(examples, seeds, alg="philox")


def _slice(examples, step, batch_size):
    part = examples[step * batch_size : (step + 1) * batch_size]
    return tf.ensure_shape(part, [batch_size, *examples.shape[1:]])
