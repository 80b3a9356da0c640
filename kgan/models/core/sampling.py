"""Sampling from a generator: by seed, by latents, under conditions."""

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan.errors import InputError
from kgan.images import join_columns
from kgan.models.core import batches, signatures
from kgan.models.core.conditions import Condition
from kgan.random import normals_from_seeds, split_seeds
from kgan.types import Array, Batch, ImageShape, Shape, Tensor

_PIXELS = 256 * 256**2  # of pictures that are given at once


class Sampling:
    """Samples by seed, under conditions where a variant has them; mixed into `GAN`.

    A generator is a `keras.Model` of `latents` alone, or of a dict of named inputs: `latents`
    where there is noise, and the inputs of its conditions.
    """

    # ---- Hooks: what a variant may override -------------------------------------------------

    def read_condition(self, condition: dict[str, Any] | None, count: int) -> dict[str, Array]:
        """Returns `{generator's input: array [count, ...]}` of what a person gives, or defaults.

        Args:
            condition: `{name: value}`, or None.
            count: how many examples are asked for.

        Raises:
            InputError: for a condition that the variant does not take, or lacks.
        """
        given, inputs = dict(condition or {}), {}
        for one in self.open_conditions:
            name = next((name for name in one.names if name in given), one.names[0])
            value = given.pop(name) if name in given else one.default(count)
            inputs |= one.read(name, value, count)
        if given:
            known = [name for one in self.conditions for name in one.names]
            expected = f"condition out of {', '.join(known)}" if known else "no condition"
            raise InputError(
                f"Expected {expected} for {type(self).__name__}. Received: "
                f"{', '.join(sorted(given))}."
            )
        return inputs

    @property
    def image_conditions(self) -> dict[str, ImageShape]:
        """`{name: (H, W, C)}` of what may be given as images to start from, one at a time."""
        return {key: shape for one in self.conditions for key, shape in one.image_shapes.items()}

    @property
    def image_generators(self) -> dict[str, keras.Model]:
        """`{name: network}` of those that start from images, `image_conditions`."""
        return dict.fromkeys(self.image_conditions, self.sampling_generator)

    def signatures(self) -> dict[str, signatures.Signature]:
        """Returns `{name: signatures.Signature}`: what an artefact of this generator can be asked.

        * `serving_default`: the generator's own inputs, `latents` and conditions → `images`
          float32 in [-1, 1], or another kind of output.
        * `sample`: `seed` int32 [N, 2] in place of `latents` → `images` uint8 (points stay
          float32), or tokens; `sample_png` → `image_bytes`. Not for a generator without latents.
        * `translate`, where there is an image to start from: `images` uint8 → `images` uint8;
          `translate_png`: files → files. Noise is that of seed 0. With two sides `translate_to_a`
          goes back.
        """
        return signatures.build_signatures(self)

    def metadata(self, batch: Batch | None = None) -> dict[str, Any]:
        """Returns `{name: value}` that JSON can hold: what a client must know of the inputs.

        Args:
            batch: the data's first examples, for conditions that show some; or None.
        """
        return {k: v for one in self.conditions for k, v in one.metadata(batch).items()}

    def condition_in(self, batch: Batch) -> dict[str, Any] | None:
        """Returns the condition under which `sample` makes counterparts of a batch, or None.

        Args:
            batch: what `name_batch` returns.
        """
        return {one.names[0]: one.value_in(batch) for one in self.conditions} or None

    def interpolate(
        self, latents: Array, fractions: Array, condition: dict[str, Any] | None
    ) -> Array:
        """Returns images [N, H, W, C] of a walk.

        Args:
            latents: [N, latent_size], the way between two seeds.
            fractions: [N] from 0 to 1, how far the walk is; for variants whose condition walks too.
            condition: of the whole walk, or None.
        """
        del fractions
        return self.images_of(latents, **self.read_condition(condition, len(latents)))

    def codes_of(self, latents: Array) -> Array:
        """Returns the codes [N, ...] in which sums mean something: the latents themselves."""
        return self.read_codes(latents)

    def read_codes(self, arrays: Array) -> Array:
        """Returns codes of arrays that a person saved, float32 [N, ...].

        Raises:
            InputError: for another shape.
        """
        codes = np.asarray(arrays, np.float32)
        if codes.shape[1:] != (self.latent_size,) or not np.isfinite(codes).all():
            raise InputError(
                f"Expected finite latents of length {self.latent_size}. Received: shape="
                f"{codes.shape[1:]}."
            )
        return codes

    def combine_codes(self, codes: Array, signs: Array) -> Array:
        """Returns one code: the sum of `codes` [N, ...], each times +1 or -1.

        It is as long as its terms are in the mean: a generator knows latents of one length only.
        """
        total = np.tensordot(np.asarray(signs, np.float32), codes, axes=1)
        length = np.linalg.norm(total)
        return total * (np.linalg.norm(codes, axis=1).mean() / length) if length else total

    def images_of_codes(self, codes: Array, condition: dict[str, Any] | None) -> Array:
        """Returns images [N, H, W, C] of codes, under a condition or None."""
        return self.images_of(codes, **self.read_condition(condition, len(codes)))

    def equalize_channels(self, seeds: Iterable[int]) -> bool:
        """Scales weights of `sampling_generator` so that int8 loses less; images stay the same.

        Args:
            seeds: of the examples by which it is done.

        Returns:
            Whether anything was scaled: not by default.
        """
        del seeds
        return False

    def preview(self, count: int, batch: Batch | None = None) -> Array:
        """Returns images [N, H, W, C] for a picture of how training goes, the same seeds each time.

        Images that start from others stand beside these, and beside their targets.

        Args:
            count: images the picture has room for.
            batch: dict of the data's first examples, uint8 images in 0..255; for conditions that
                have no default.

        Raises:
            InputError: without a batch where there is no default.
        """
        if all(one.has_default for one in self.conditions):
            return self.sample(range(count))
        if batch is None:
            needed = ", ".join(self.batch_keys())
            raise InputError(
                f"Expected examples with {needed} for a preview of {type(self).__name__}. "
                "Received: none. Give a batch of its data, e.g. SampleGrid(…, examples=batch)."
            )
        sources = self.image_conditions
        targets = () if not sources or self.real_key in sources else (self.real_key,)
        batch = self.name_conditions(batch, targets)
        rows = max(count // (2 * len(sources) + len(targets)), 1) if sources else count
        batch = {key: rows_of[:rows] for key, rows_of in batch.items()}
        seeds = range(batches.count_examples(batch))
        if not sources:
            return self.sample(seeds, self.condition_in(batch))
        columns = []
        for key in sources:
            columns += [batch[key], self.sample(seeds, self._condition_from(key, batch))]
        return join_columns([*columns, *(batch[key] for key in targets)])

    def _condition_from(self, key, batch):
        """Returns the condition in a batch, with the images of one side to start from."""
        others = [c for c in self.conditions if key not in c.keys]
        return {key: batch[key], **{c.names[0]: c.value_in(batch) for c in others}}

    # ---- Sampling ---------------------------------------------------------------------------

    def sample(self, seeds: Iterable[int], condition: dict[str, Any] | None = None) -> Array:
        """Makes one example for each seed, the same on every machine and whatever the batch.

        Args:
            seeds: whole numbers in [0, 2⁶⁴).
            condition: `{name: value}` with arrays [N, ...] or single values for all, such as
                `{"label": 3}`; conditions that are left out take their default, if they have one.

        Returns:
            Images [N, H, W, C], float32 NumPy in [-1, 1]; of a language model tokens [N, T], int32.

        Raises:
            InputError: for seeds out of range, or a condition the variant does not take.
        """
        latents = self.latents_of(seeds)
        return self.images_of(latents, **self.read_condition(condition, len(latents)))

    @property
    def sampling_generator(self) -> keras.Model:
        """The generator that samples: the averaged one if there is one."""
        return self.generator if self.ema_generator is None else self.ema_generator

    @property
    def input_names(self) -> list[str]:
        """Names of the generator's inputs, such as `latents` and `label`."""
        names = read_inputs(self.sampling_generator)
        return list(names or (self._sole_input(self.sampling_generator),))

    @property
    def open_conditions(self) -> tuple[Condition, ...]:
        """The conditions as the generators take them: a convolutional one takes any image's size.

        For training, `conditions` have the size of the data.
        """
        shapes = {}
        for key, network in self.image_generators.items():
            sole = {key: network.inputs[0]} if isinstance(network, keras.Function) else {}
            tensors = read_inputs(network) or sole
            images = {name: x.shape[1:] for name, x in tensors.items() if len(x.shape) == 4}
            shapes |= {key: next(iter(images.values()))} if len(images) == 1 else images
        return tuple(one.open_to(shapes) for one in self.conditions)

    @property
    def open_image_shapes(self) -> dict[str, Shape]:
        """`image_conditions` as the generators take them, with None where any size will do."""
        shapes = {k: shape for one in self.open_conditions for k, shape in one.image_shapes.items()}
        return {key: shapes.get(key, shape) for key, shape in self.image_conditions.items()}

    @property
    def takes_latents(self) -> bool:
        """Whether the generator has noise, so that seeds make a difference."""
        return "latents" in self.input_names

    def latents_from_seeds(self, seeds: Tensor) -> Tensor:
        """Returns latents [N, latent_size] for int32 seeds [N, 2], by Threefry in the graph."""
        return normals_from_seeds(seeds, self.latent_size)

    def latents_of(self, seeds: Iterable[int]) -> Array:
        """Returns the latents [N, latent_size], float32 NumPy, that `sample` uses for `seeds`."""
        return self.latents_from_seeds(split_seeds(seeds)).numpy()

    def images_of(self, latents: Array, **inputs: Array) -> Array:
        """Returns images [N, H, W, C], float32 NumPy in [-1, 1].

        Args:
            latents: [N, latent_size].
            inputs: the generator's other inputs by name, each [N, ...].
        """
        return self.images_of_inputs({"latents": np.asarray(latents), **inputs})

    def images_of_inputs(self, inputs: dict[str, Array]) -> Array:
        """Returns images [N, H, W, C], float32 NumPy in [-1, 1].

        Args:
            inputs: dict of what `call` takes, each [N, ...].
        """
        inputs = {name: tf.convert_to_tensor(value) for name, value in inputs.items()}
        rows = {name: tf.TensorSpec((None, *x.shape[1:]), x.dtype) for name, x in inputs.items()}
        usual = {k: shape for one in self.conditions for k, shape in one.image_shapes.items()}
        if any(tuple(inputs[key].shape[1:]) != usual[key] for key in inputs.keys() & usual):
            # One trace for all other sizes.
            rows = {
                name: tf.TensorSpec((None, None, None, spec.shape[-1]), spec.dtype)
                if spec.shape.rank == 4
                else spec
                for name, spec in rows.items()
            }
        with batches.readable_errors(), without_graph_rewrites():
            traced = self._call_traced.get_concrete_function(rows)
            return map_chunks(traced, inputs, np.zeros((0, *self.image_shape), self.output_dtype))

    def call(self, inputs: Tensor | dict[str, Tensor], training: bool = False) -> Tensor:
        """Returns images [N, H, W, C] in [-1, 1].

        Args:
            inputs: latents [N, latent_size], or a dict of the generator's inputs, in which those
                it does not take are passed over.
            training: as for any Keras model.
        """
        made = self.call_generator(self.sampling_generator, inputs, training)
        return tf.cast(made, self.output_dtype)

    def call_generator(
        self, generator: keras.Model, inputs: Tensor | dict[str, Tensor], training: bool
    ) -> Tensor:
        """Returns what a generator makes of a dict that holds its inputs, or of its only one."""
        if isinstance(inputs, dict):
            names = read_inputs(generator)
            sole = self._sole_input(generator)
            inputs = {name: inputs[name] for name in names} if names else inputs[sole]
        return generator(inputs, training=training)

    def _sole_input(self, generator):
        """Returns what a generator with one input is given: an image where it takes one."""
        shape = generator.input_shape if isinstance(generator, keras.Function) else ()
        images = next(iter(self.image_conditions), None)
        return images if images and isinstance(shape, tuple) and len(shape) == 4 else "latents"


@contextlib.contextmanager
def without_graph_rewrites() -> Iterator[None]:
    """Has graphs run as they are written, with the results of Keras' layers called one by one.

    TensorFlow otherwise reorders sums by what it knows of sizes: a trained CycleGAN then differed
    from itself by 1e-6. Here that would gain no time.
    """
    optimizer, name = tf.config.optimizer, "disable_meta_optimizer"
    before = optimizer.get_experimental_options().get(name, False)
    optimizer.set_experimental_options({name: True})
    try:
        yield
    finally:
        optimizer.set_experimental_options({name: before})


def map_chunks(function: Callable, inputs: dict[str, Array], none: Array) -> Array:
    """Returns what a function makes of a dict of arrays [N, ...], 256 rows or fewer at a time.

    Args:
        function: a dict of arrays to a tensor [N, ...]; so its memory stays bounded.
        inputs: dict of arrays [N, ...].
        none: [0, ...], what it makes of no rows.
    """
    count = len(next(iter(inputs.values())))
    pixels = max(math.prod(value.shape[1:3]) for value in inputs.values())
    step = max(1, min(256, _PIXELS // max(pixels, 1)))
    chunks = [
        function({name: value[start : start + step] for name, value in inputs.items()})
        for start in range(0, count, step)
    ]
    return np.concatenate(chunks) if chunks else none


def read_inputs(network: keras.Model) -> dict[str, Tensor] | None:
    """Returns `{name: KerasTensor}` of a network's inputs, or None where it takes one alone."""
    # Only functional models say what they take; a Sequential or a person's own class does not.
    taken = network.input if isinstance(network, keras.Function) else None
    return taken if isinstance(taken, dict) else None
