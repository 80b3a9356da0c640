"""What a generator makes of seeds: the half of a GAN that people use."""

import contextlib

import keras
import numpy as np
import tensorflow as tf

from kgan.errors import InputError
from kgan.models.core import signatures
from kgan.random import normals_from_seeds, split_seeds


class Sampling:
    """Samples by seed, under a condition where a variant takes one; mixed into `GAN`.

    A generator is a `keras.Model` of `latents` alone, or of a dict of named inputs: `latents`
    where there is noise, and what `condition_inputs` returns.
    """

    # ---- Hooks: what a variant may override -------------------------------------------------

    sources = ()  # conditions, one at a time, that are images to start from

    def condition_inputs(self, condition, count):
        """Returns `{generator's input: array [count, ...]}` for a condition, beside latents.

        Args:
            condition: what the user gave `sample`: a dict of named arrays, or None.
            count: how many examples are asked for.

        Raises:
            InputError: for a condition the variant does not take, or lacks.
        """
        del count
        if condition is not None:
            raise InputError(
                f"Expected no condition for {type(self).__name__}, which makes images from seeds "
                f"alone. Received: condition with keys {sorted(condition)}."
            )
        return {}

    def default_condition(self, count):
        """Returns the condition for `count` examples when nobody gives one: each class in turn."""
        del count

    def conditions(self):
        """Returns `{generator's input: signatures.Input}` of what it takes beside latents."""
        return {}

    def signatures(self):
        """Returns `{name: signatures.Signature}`: what an artefact of this generator can be asked.

        * `serving_default`: the generator's own inputs, `latents` and `conditions` → `images`
          float32 in [-1, 1], or what else it `makes`.
        * `sample`: `seed` int32 [N, 2] in place of `latents` → `images` uint8 (points stay
          float32), or tokens; `sample_png` → `image_bytes`. Not for a generator without latents.
        """
        return signatures.sampling(self)

    def facts(self, batch=None):
        """Returns `{name: value}` that JSON can hold: what a client must know of the inputs.

        Args:
            batch: dict of the data's first examples, for variants that show some; or None.
        """
        del batch
        return {}

    def condition_of(self, batch):
        """Returns the condition under which `sample` makes counterparts of a batch, or None.

        Args:
            batch: what `named_batch` returns.
        """
        del batch

    def images_along(self, latents, fractions, condition):
        """Returns images [N, H, W, C] of a walk.

        Args:
            latents: [N, latent_size], the way between two seeds.
            fractions: [N] from 0 to 1, how far the walk is; for variants whose condition walks too.
            condition: of the whole walk, or None.
        """
        del fractions
        return self.images_of(latents, **self.condition_inputs(condition, len(latents)))

    def codes_of(self, latents):
        """Returns the codes [N, ...] in which sums mean something: the latents themselves."""
        return self.as_codes(latents)

    def as_codes(self, arrays):
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

    def combine_codes(self, codes, signs):
        """Returns one code: the sum of `codes` [N, ...], each times +1 or -1.

        It is as long as its terms are in the mean: a generator knows latents of one length only.
        """
        total = np.tensordot(np.asarray(signs, np.float32), codes, axes=1)
        length = np.linalg.norm(total)
        return total * (np.linalg.norm(codes, axis=1).mean() / length) if length else total

    def images_of_codes(self, codes, condition):
        """Returns images [N, H, W, C] of codes, under a condition or None."""
        return self.images_of(codes, **self.condition_inputs(condition, len(codes)))

    def equalize_channels(self, seeds):
        """Scales weights of `sampling_generator` so that int8 loses less; images stay the same.

        Args:
            seeds: of the examples by which it is done.

        Returns:
            Whether anything was scaled: not by default.
        """
        del seeds
        return False

    def preview(self, count, batch):
        """Returns images [N, H, W, C] for a picture of how training goes, the same seeds each time.

        Args:
            count: images the picture has room for.
            batch: dict of the data's first examples, uint8 images in 0..255; for variants that
                need a condition.
        """
        del batch
        return self.sample(range(count), self.default_condition(count))

    # ---- Sampling ---------------------------------------------------------------------------

    def sample(self, seeds, condition=None):
        """Makes one example for each seed, the same on every machine and whatever the batch.

        Args:
            seeds: whole numbers in [0, 2⁶⁴).
            condition: dict of named arrays [N, ...] or single values for all, for variants that
                take one; else None.

        Returns:
            Images [N, H, W, C], float32 NumPy in [-1, 1]; of a language model tokens [N, T], int32.

        Raises:
            InputError: for seeds out of range, or a condition the variant does not take.
        """
        latents = self.latents_of(seeds)
        return self.images_of(latents, **self.condition_inputs(condition, len(latents)))

    @property
    def sampling_generator(self):
        """The generator that samples: the averaged one if there is one."""
        return self.generator if self.ema_generator is None else self.ema_generator

    @property
    def takes_latents(self):
        """Whether the generator has noise, so that seeds make a difference."""
        names = named_inputs(self.sampling_generator)
        return names is None or "latents" in names

    def latents_from_seeds(self, seeds):
        """Returns latents [N, latent_size] for int32 seeds [N, 2], by Threefry in the graph."""
        return normals_from_seeds(seeds, self.latent_size)

    def latents_of(self, seeds):
        """Returns the latents [N, latent_size], float32 NumPy, that `sample` uses for `seeds`."""
        return self.latents_from_seeds(split_seeds(seeds)).numpy()

    def images_of(self, latents, **inputs):
        """Returns images [N, H, W, C], float32 NumPy in [-1, 1].

        Args:
            latents: [N, latent_size].
            inputs: the generator's other inputs by name, each [N, ...].
        """
        return self.images_of_inputs({"latents": np.asarray(latents), **inputs})

    def images_of_inputs(self, inputs):
        """Returns images [N, H, W, C], float32 NumPy in [-1, 1].

        Args:
            inputs: dict of what `call` takes, each [N, ...].
        """
        inputs = {name: tf.convert_to_tensor(value) for name, value in inputs.items()}
        rows = {name: tf.TensorSpec((None, *x.shape[1:]), x.dtype) for name, x in inputs.items()}
        with as_written():
            made = self._made.get_concrete_function(rows)
            return in_chunks(made, inputs, np.zeros((0, *self.image_shape), self.made_dtype))

    def call(self, inputs, training=False):
        """Returns images [N, H, W, C] in [-1, 1].

        Args:
            inputs: latents [N, latent_size], or a dict of the generator's inputs, in which those
                it does not take are passed over.
            training: as for any Keras model.
        """
        return tf.cast(generated(self.sampling_generator, inputs, training), self.made_dtype)


@contextlib.contextmanager
def as_written():
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


def in_chunks(function, inputs, none):
    """Returns what a function makes of a dict of arrays [N, ...], 256 rows at a time.

    Args:
        function: a dict of arrays to a tensor [N, ...]; so its memory stays bounded.
        inputs: dict of arrays [N, ...].
        none: [0, ...], what it makes of no rows.
    """
    count = len(next(iter(inputs.values())))
    parts = [
        function({name: value[start : start + 256] for name, value in inputs.items()})
        for start in range(0, count, 256)
    ]
    return np.concatenate([*parts, none])


def named_inputs(generator):
    """Returns `{name: KerasTensor}` of a generator's inputs, or None if it takes latents alone."""
    # Only functional models say what they take; a Sequential or a person's own class does not.
    taken = generator.input if isinstance(generator, keras.Function) else None
    return taken if isinstance(taken, dict) else None


def generated(generator, inputs, training):
    """Returns what a generator makes of a dict that holds its inputs, or of latents alone."""
    if isinstance(inputs, dict):
        names = named_inputs(generator)
        inputs = {name: inputs[name] for name in names} if names else inputs["latents"]
    return generator(inputs, training=training)
