"""A generator as a SavedModel with named, batched signatures."""

import datetime
import hashlib
import json
import os
import pathlib
import shutil
import tempfile

import keras
import numpy as np
import tensorflow as tf

from kgan import __version__
from kgan.errors import InputError
from kgan.files import sync_folder, write_text
from kgan.registry import MODELS

_CHECK_SEEDS = np.array([[0, 0], [1, 0], [7, 1]], np.int32)


class GeneratorModule(tf.Module):
    """The sampling generator and its signatures, without anything of training.

    * `serving_default`: `latents` float32 [N, latent_size] → `images` float32 [N, H, W, C] in
      [-1, 1].
    * `sample`: `seed` int32 [N, 2] (low and high half of a 64-bit seed) → `images` uint8.

    Args:
        gan: the `GAN`.
    """

    def __init__(self, gan):
        super().__init__()
        self._generator = gan.sampling_generator
        # Keras models are no tf.Modules: the variables must be found for the SavedModel.
        self._variables = [variable.value for variable in self._generator.variables]
        latents = tf.TensorSpec((None, gan.latent_size), tf.float32, name="latents")
        seeds = tf.TensorSpec((None, 2), tf.int32, name="seed")

        def images(latents):
            return tf.cast(self._generator(latents, training=False), tf.float32)

        @tf.function(input_signature=[latents])
        def serving_default(latents):
            return {"images": images(latents)}

        @tf.function(input_signature=[seeds])
        def sample(seed):
            made = images(gan.latents_from_seeds(seed))
            scaled = tf.clip_by_value((made + 1.0) * 127.5, 0.0, 255.0)
            return {"images": tf.cast(tf.round(scaled), tf.uint8)}

        self.serving_default = serving_default
        self.sample = sample

    def signatures(self):
        """Returns `{signature's name: tf.function}`."""
        return {"serving_default": self.serving_default, "sample": self.sample}


def saved_model(gan, folder):
    """Writes the next version of an artefact, and checks it before it is published.

    Args:
        gan: a `GAN`, trained.
        folder: `saved_models/NAME`; gets `VERSION/` and `manifest.json`.

    Returns:
        The path of the new version.

    Raises:
        InputError: if the folder holds something else, or cannot be written.

    Example:
        >>> kgan.export.saved_model(gan, "saved_models/digits")
        PosixPath('saved_models/digits/1')
    """
    folder = pathlib.Path(folder)
    version = folder / str(_next_version(folder))
    # TensorFlow Serving polls for numbers: written under another name, then renamed.
    aside = pathlib.Path(tempfile.mkdtemp(prefix=".export-", dir=folder))
    try:
        module = GeneratorModule(gan)
        tf.saved_model.save(module, str(aside), signatures=module.signatures())
        _verify(aside, gan)
        manifest = _manifest(gan, aside, int(version.name))
        aside.chmod(0o755)  # mkdtemp's folders are private, and the server is another user
        os.rename(aside, version)
        sync_folder(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    write_text(folder / "manifest.json", json.dumps(manifest, indent=2) + "\n")
    return version


def _next_version(folder):
    try:
        folder.mkdir(parents=True, exist_ok=True)
        names = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    except OSError as error:
        raise InputError(
            f"Expected a folder that can be written. Received: {folder} ({error.strerror})."
        ) from error
    if names and "manifest.json" not in names:
        raise InputError(
            f"Expected an empty folder or an artefact with manifest.json. Received: {folder}, "
            f"which holds {', '.join(sorted(names)[:3])}. Choose another --to."
        )
    return max((int(name) for name in names if name.isdigit()), default=0) + 1


def _verify(path, gan):
    """Loads the artefact and compares it with the model, on two batch sizes."""
    loaded = tf.saved_model.load(str(path))
    for seeds in (_CHECK_SEEDS, _CHECK_SEEDS[:1]):
        latents = gan.latents_from_seeds(seeds)
        expected = gan.images_of(latents.numpy())
        images = loaded.signatures["serving_default"](latents=latents)["images"].numpy()
        drawn = loaded.signatures["sample"](seed=tf.constant(seeds))["images"].numpy()
        off = np.abs(images - expected).max()
        off_drawn = np.abs(drawn / 127.5 - 1.0 - expected).max()
        if not (off <= 1e-4 and off_drawn <= 1.01 / 255):
            raise RuntimeError(
                f"The exported generator differs from the model by {off} (float) and {off_drawn} "
                "(uint8, half a grey level is 0.004). It was not published."
            )


def _manifest(gan, path, version):
    height, width, channels = gan.image_shape
    return {
        "format": 1,
        "version": version,
        "variant": MODELS.name_of(type(gan)),
        "signatures": {
            "serving_default": {
                "inputs": {"latents": f"float32 [N, {gan.latent_size}], from N(0, I)"},
                "outputs": {"images": f"float32 [N, {height}, {width}, {channels}] in [-1, 1]"},
            },
            "sample": {
                "inputs": {"seed": "int32 [N, 2], low and high half of a 64-bit seed"},
                "outputs": {"images": f"uint8 [N, {height}, {width}, {channels}]"},
            },
        },
        "seed_rule": "Threefry-2x32-20, key = seed, counter = (pair, 0); Box-Muller on 24 bits",
        "image_shape": [height, width, channels],
        "latent_size": gan.latent_size,
        "rounds_trained": int(gan.step),
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "made_with": {
            "kgan": __version__,
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
        },
        "sha256": {
            str(file.relative_to(path)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(path.rglob("*"))
            if file.is_file()
        },
    }
