"""Inputs like those that signatures get in use, to try artefacts on and to choose int8's ranges."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import tensorflow as tf

from kgan.export.tracing import choose_size, takes_any_size
from kgan.images import to_uint8
from kgan.models.core.base import GAN
from kgan.models.core.signatures import Signature, encode_png
from kgan.random import split_seeds
from kgan.types import Array, Batch


class Examples:
    """Inputs like those a signature gets in use, by seed.

    Args:
        gan: whose signatures they are.
        representative: a batch of its data, or None; images are then noise.

    Example:
        >>> Examples(gan).make("sample", gan.signatures()["sample"], [0, 7])
        {'seed': array([[0, 0], [7, 0]], dtype=int32)}
    """

    def __init__(self, gan: GAN, representative: Batch | None = None) -> None:
        self._gan = gan
        batch = {} if representative is None else gan.name_batch(representative)
        self._batch = {name: np.asarray(values) for name, values in batch.items()}

    def make(self, name: str, signature: Signature, seeds: Iterable[int]) -> dict[str, Array]:
        """Returns `{input: array [N, ...]}` for N seeds."""
        seeds = list(seeds)
        random = np.random.default_rng(seeds[0])
        size = self._find_size(signature, len(seeds))
        told = {}
        for condition in choose_size(self._gan.open_conditions, size):
            told |= condition.make_examples(len(seeds), random)
        told |= {key: self._rows(key, seeds, size) for key in told if key in self._batch}
        return {
            key: told[key] if key in told else self._make_input(name, taken, seeds, random, size)
            for key, taken in signature.takes.items()
        }

    def make_calls(
        self, signatures: Mapping[str, Signature], seeds: Sequence[int], batch_size: int
    ) -> dict[str, list[dict[str, Array]]]:
        """Returns `{signature: list of dicts of inputs}`, each of `batch_size` examples."""
        calls = {}
        for name, signature in signatures.items():
            inputs = self.make(name, signature, seeds)
            rows = range(0, len(seeds) - batch_size + 1, batch_size)
            calls[name] = [
                {key: values[start : start + batch_size] for key, values in inputs.items()}
                for start in rows
            ]
        return calls

    def _find_size(self, signature, rows):
        """Returns the height and width of pictures to start from.

        Where any will do, a single example has another size than those of training.
        """
        known = [taken.shape[:2] for taken in signature.takes.values() if len(taken.shape) == 3]
        if known and None not in known[0]:
            return known[0]
        height, width = next(iter(self._gan.image_conditions.values()), (1, 1, 1))[:2]
        more = 5 if rows == 1 and takes_any_size(self._gan) else 0
        return height + more, width + more

    def _rows(self, key, seeds, size):
        """Returns what the data's examples have under a key, an example for each seed."""
        rows = self._batch[key][np.array(seeds) % len(self._batch[key])]
        if rows.ndim == 4 and rows.shape[1:3] != tuple(size):
            rows = np.clip(tf.image.resize(rows, size, antialias=True), -1.0, 1.0)
        return rows

    def _make_input(self, name, taken, seeds, random, size):
        """Returns what stands for no condition: seeds, latents, styles, and pictures as pixels."""
        match taken.kind:
            case "seed":
                return split_seeds(seeds)
            case "latents":
                return self._gan.latents_of(seeds)
            case "styles":
                latents = tf.constant(self._gan.latents_of(seeds))
                whole = tf.ones(len(seeds))
                mapping = self._gan.signatures()["mapping"].function
                return mapping(latents=latents, truncation=whole)["styles"].numpy()
        sides, own = self._gan.metadata().get("sides", {}), list(self._gan.image_conditions)
        side = sides.get(name.removesuffix("_png"), own)[0]
        as_file = taken.kind == "image_bytes"
        if side in self._batch:
            images = to_uint8(self._rows(side, seeds, size))
        else:
            channels = self._gan.image_conditions[side][-1]
            alone = as_file and len(seeds) == 1 and takes_any_size(self._gan)
            shape = (len(seeds), *size, 4 if alone else channels)  # a file may be transparent
            images = random.integers(0, 256, shape, np.uint8)
        return encode_png(tf.constant(images)).numpy() if as_file else images
