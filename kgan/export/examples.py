"""Inputs like those that signatures get in use, to try artefacts on and to choose int8's ranges."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import tensorflow as tf

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
        told = {}
        for condition in self._gan.conditions:
            told |= condition.make_examples(len(seeds), random)
        told |= {key: self._rows(key, seeds) for key in told if key in self._batch}
        return {
            key: told[key] if key in told else self._make_input(name, taken, seeds, random)
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

    def _rows(self, key, seeds):
        """Returns what the data's examples have under a key, an example for each seed."""
        return self._batch[key][np.array(seeds) % len(self._batch[key])]

    def _make_input(self, name, taken, seeds, random):
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
        if side in self._batch:
            images = to_uint8(self._rows(side, seeds))
        else:
            shape = (len(seeds), *self._gan.image_conditions[side])
            images = random.integers(0, 256, shape, np.uint8)
        return encode_png(tf.constant(images)).numpy() if taken.kind == "image_bytes" else images
