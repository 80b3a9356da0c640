"""Random numbers without state, for training, for initial weights and for samples.

* `RandomStream`: the numbers of training, a function of the run's seed, the step and the purpose.
* `seed_initializers`: makes initial weights a function of a seed.
* `normals_from_seeds`: latents of samples. One integer seed gives the same numbers in Python,
  TensorFlow Serving, LiteRT and the browser, because they come from Threefry-2x32 (Salmon et al.
  2011, "Parallel random numbers: as easy as 1, 2, 3"; Random123), written in uint32 additions,
  products and exclusive-ors, which all of these can run.
"""

import contextlib
import math
import random
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from keras import ops

from kgan.errors import InputError
from kgan.types import Array, Tensor


@contextlib.contextmanager
def seed_initializers(seed: int) -> Iterator[None]:
    """Makes the weights of networks built in this block a function of `seed`.

    Keras initializers without a seed of their own take one from Python's `random`, whose state is
    restored afterwards.
    """
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)


class RandomStream(NamedTuple):
    """The random numbers of one round for one replica.

    The numbers of the global batch are drawn and this replica's rows returned, so that two
    replicas with half a batch each get the numbers that one replica gets for the whole.

    Attributes:
        seed: the run's seed.
        step: int64 scalar, rounds played so far.
        replica: index of this replica.
        replicas: how many replicas train together.
        key: hash of what the numbers are for; see `purpose`.
        rollbacks: how often the run went back to an earlier step, < 2²³: the same step then gives
            other numbers.

    Example:
        >>> stream = RandomStream(seed=0, step=tf.constant(3, tf.int64))
        >>> latents = stream.purpose("latents").normal((64, 128))
    """

    seed: int
    step: Tensor
    replica: Tensor | int = 0
    replicas: int = 1
    key: int = 0
    rollbacks: Tensor | int = 0

    def purpose(self, name: str | int) -> "RandomStream":
        """Returns a stream that is independent of the streams for all other names."""
        return self._replace(key=zlib.crc32(f"{self.key}/{name}".encode()) & 0x7FFFFFFF)

    def for_all_replicas(self) -> "RandomStream":
        """Returns a stream that is the same on every replica, for what they must agree on."""
        return self._replace(replica=0, replicas=1)

    def _draw(self, function: Callable, shape: tuple) -> Tensor:
        # int64: every bit of a large seed counts.
        moment = self.step + self.rollbacks * 2**40  # no run has so many steps
        seed = tf.random.fold_in(tf.constant([self.seed, self.key], tf.int64), moment)
        if self.replicas == 1:
            return function(shape, seed=seed, alg="philox")
        rows = shape[0]
        whole = function((rows * self.replicas, *shape[1:]), seed=seed, alg="philox")
        start = tf.cast(self.replica, tf.int32) * rows
        slice_ = tf.slice(whole, (start, *[0] * (len(shape) - 1)), (rows, *shape[1:]))
        return tf.ensure_shape(slice_, (rows if isinstance(rows, int) else None, *shape[1:]))

    def normal(self, shape: tuple) -> Tensor:
        """Returns N(0, 1) float32 of `shape`, whose first axis is this replica's batch."""
        return self._draw(tf.random.stateless_normal, shape)

    def uniform(self, shape: tuple) -> Tensor:
        """Returns U[0, 1) float32 of `shape`, whose first axis is this replica's batch."""
        return self._draw(tf.random.stateless_uniform, shape)


_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))


def threefry2x32(
    key: tuple[Tensor, Tensor], counter: tuple[Tensor, Tensor]
) -> tuple[Tensor, Tensor]:
    """Computes Threefry-2x32 with 20 rounds, as Random123 defines it.

    Args:
        key: pair of uint32 tensors.
        counter: pair of uint32 tensors that broadcast with the key's.

    Returns:
        Pair of uint32 tensors.

    Reference: Salmon et al. 2011, doi:10.1145/2063384.2063405.
    """
    keys = (*key, ops.bitwise_xor(ops.bitwise_xor(key[0], key[1]), np.uint32(0x1BD11BDA)))
    x0, x1 = counter[0] + keys[0], counter[1] + keys[1]
    for block in range(5):
        for rotation in _ROTATIONS[block % 2]:
            x0 = x0 + x1
            # Rotate left. The two parts share no bit, so xor does what "or" would; LiteRT has no
            # left shift, so multiply by 2^r.
            left = x1 * np.uint32(1 << rotation)
            right = ops.right_shift(x1, np.uint32(32 - rotation))
            x1 = ops.bitwise_xor(ops.bitwise_xor(left, right), x0)
        x0 = x0 + keys[(block + 1) % 3]
        x1 = x1 + (keys[(block + 2) % 3] + np.uint32(block + 1))
    return x0, x1


def split_seeds(seeds: Iterable[int]) -> Array:
    """Returns int32 [N, 2], the low and high halves of integers 0 ≤ seed < 2⁶⁴.

    Raises:
        InputError: for one seed alone, or a seed that is not a whole number in that range.

    Example:
        >>> split_seeds([7, 2**32]).tolist()
        [[7, 0], [0, 1]]
    """
    if not isinstance(seeds, Iterable):
        raise InputError(
            f"Expected several seeds, e.g. range(5) or [7]. Received: seeds={seeds!r}. "
            "Put it in a list."
        )
    seeds = list(seeds)
    for seed in seeds:
        if not isinstance(seed, int | np.integer) or not 0 <= seed < 2**64:
            raise InputError(f"Expected whole seeds in [0, 2^64). Received: {seed!r}.")
    halves = np.array(seeds, np.uint64).reshape(-1, 1)
    return (
        np.concatenate([halves, halves >> np.uint64(32)], axis=1).astype(np.uint32).view(np.int32)
    )


def normals_from_seeds(seeds: Array | Tensor, size: int) -> Tensor:
    """Returns `size` standard normal numbers for each seed, by Threefry and Box–Muller.

    Args:
        seeds: int32 [N, 2], low and high half of each seed (see `split_seeds`).
        size: how many numbers a seed gives.

    Returns:
        float32 [N, size]. Numbers 2i and 2i + 1 come from counter (i, 0), whatever the size.
    """
    words = ops.cast(ops.convert_to_tensor(seeds), "uint32")
    pairs = math.ceil(size / 2)
    counter = np.arange(pairs, dtype=np.uint32)[None, :]
    key = (words[:, 0:1], words[:, 1:2])
    x0, x1 = threefry2x32(key, (counter, np.zeros_like(counter)))
    # The top 24 bits, centred in their cell: u in (0, 1], never 0, so that its logarithm exists.
    shift, scale = np.uint32(8), np.float32(2.0**-24)
    u0 = (ops.cast(ops.right_shift(x0, shift), "float32") + 0.5) * scale
    u1 = (ops.cast(ops.right_shift(x1, shift), "float32") + 0.5) * scale
    radius = ops.sqrt(-2.0 * ops.log(u0))
    angle = u1 * np.float32(2.0 * math.pi)
    normals = ops.stack([radius * ops.cos(angle), radius * ops.sin(angle)], axis=2)
    return ops.reshape(normals, (-1, 2 * pairs))[:, :size]


# Error functions of operations that LiteRT has: Abramowitz and Stegun 7.1.26 with an error of
# 1.5e-7, and Giles 2010, "Approximating the erfinv function", with a relative one of 4e-7.
_ERF = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
_ERFINV_MIDDLE = (
    *(2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087),
    *(-0.00125372503, -0.00417768164, 0.246640727, 1.50140941),
)
_ERFINV_TAILS = (
    *(-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773),
    *(-0.0076224613, 0.00943887047, 1.00167406, 2.83297682),
)
UNTRUNCATED = 6.0  # no normal number in 5e8 is larger


def uniforms_from_normals(normals: Tensor) -> Tensor:
    """Returns numbers that are uniform in (-1, 1) where `normals` are N(0, 1), in their order.

    They are 2 Φ(z) − 1, to 2e-7.
    """
    size = ops.abs(normals) * np.float32(math.sqrt(0.5))
    t = 1.0 / (1.0 + np.float32(0.3275911) * size)
    tail = _evaluate(_ERF, t) * t * ops.exp(-size * size)
    return ops.sign(normals) * (1.0 - tail)


def truncate_normals(normals: Tensor, limit: Tensor) -> Tensor:
    """Returns numbers distributed as if each beyond ±limit were drawn again until it is within.

    Each is moved, in their order, by the quantiles of both distributions: the same seed gives
    numbers that change smoothly with the limit, and always as many steps are taken.

    Args:
        normals: [N, L], N(0, 1).
        limit: [N], ≥ 0; `UNTRUNCATED` or more leaves them as they are.

    Returns:
        float32 [N, L].
    """
    limit = ops.expand_dims(limit, 1)
    level = uniforms_from_normals(normals) * uniforms_from_normals(limit)
    level = ops.clip(level, -1.0 + 2.0**-23, 1.0 - 2.0**-23)
    steps = -ops.log((1.0 - level) * (1.0 + level))
    tails = _evaluate(_ERFINV_TAILS, ops.sqrt(ops.maximum(steps, 5.0)) - 3.0)
    slope = ops.where(steps < 5.0, _evaluate(_ERFINV_MIDDLE, steps - 2.5), tails)
    moved = np.float32(math.sqrt(2.0)) * slope * level
    kept = ops.clip(moved, -limit, limit)
    return ops.where(limit >= UNTRUNCATED, normals, kept)


def _evaluate(coefficients, x):
    """Returns a polynomial at x, its highest coefficient first."""
    total = np.float32(coefficients[0])
    for coefficient in coefficients[1:]:
        total = total * x + np.float32(coefficient)
    return total
