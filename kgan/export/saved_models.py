"""A generator as a SavedModel with named, batched signatures."""

import datetime
import hashlib
import json
import pathlib
import shutil
import tempfile

import keras
import numpy as np
import tensorflow as tf

from kgan import __version__
from kgan.errors import InputError, RunError
from kgan.files import sync_folder, write_text
from kgan.registry import MODELS
from kgan.training.folder import held

_MANIFEST = "manifest.json"
_ASIDE = ".export-"
_CHECK_SEEDS = np.array([[0, 0], [1, 0], [7, 1]], np.int32)


class GeneratorModule(tf.Module):
    """The sampling generator and its signatures, without anything of training.

    * `serving_default`: `latents` float32 [N, latent_size] → `images` float32 [N, H, W, C] in
      [-1, 1].
    * `sample`: `seed` int32 [N, 2] (low and high half of a 64-bit seed) → `images` uint8 (points
      stay float32).

    Args:
        gan: the `GAN`.
    """

    def __init__(self, gan):
        super().__init__()
        # No attribute: the SavedModel would follow it too, and hold every weight twice.
        generator = gan.sampling_generator
        self._variables = [variable.value for variable in generator.variables]
        latents = tf.TensorSpec((None, gan.latent_size), tf.float32, name="latents")
        seeds = tf.TensorSpec((None, 2), tf.int32, name="seed")

        def images(latents):
            return tf.cast(generator(latents, training=False), tf.float32)

        @tf.function(input_signature=[latents])
        def serving_default(latents):
            return {"images": images(latents)}

        @tf.function(input_signature=[seeds])
        def sample(seed):
            made = images(gan.latents_from_seeds(seed))
            if not _makes_images(gan):
                return {"images": made}
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
    with held(folder, _MANIFEST, lambda: _next_version(folder)) as version:
        for killed in folder.glob(f"{_ASIDE}*"):
            shutil.rmtree(killed)
        # TensorFlow Serving polls for numbers: written under another name, then renamed.
        aside = pathlib.Path(tempfile.mkdtemp(prefix=_ASIDE, dir=folder))
        try:
            module = GeneratorModule(gan)
            tf.saved_model.save(module, str(aside), signatures=module.signatures())
            _verify(aside, gan)
            manifest = _manifest(gan, aside, version)
            aside.chmod(0o755)  # mkdtemp's folders are private, and the server is another user
            aside.rename(folder / str(version))
            sync_folder(folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        # Last, so that it never describes a version that is not there.
        write_text(folder / _MANIFEST, json.dumps(manifest, indent=2) + "\n")
    return folder / str(version)


def _next_version(folder):
    if folder.exists() and not folder.is_dir():
        raise InputError(f"Expected a folder for --to. Received: the file {folder}.")
    names = {path.name for path in folder.glob("[!.]*")}
    # Versions alone are an artefact too: its first export was killed just before the manifest.
    if _MANIFEST not in names and not all(name.isdigit() for name in names):
        raise InputError(
            f"Expected an empty folder or an artefact with {_MANIFEST}. Received: {folder}, "
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
        if _makes_images(gan):
            drawn = drawn / 127.5 - 1.0
        off_drawn = np.abs(drawn - expected).max()
        if not (off <= 1e-4 and off_drawn <= 1.01 / 255):
            raise RunError(
                f"The exported generator differs from the model by {off} (float) and {off_drawn} "
                "(uint8, half a grey level is 0.004). It was not published."
            )


def _makes_images(gan):
    return len(gan.image_shape) == 3


def _manifest(gan, path, version):
    shape = f"[N, {', '.join(map(str, gan.image_shape))}]"
    images = _makes_images(gan)
    return {
        "format": 1,
        "version": version,
        "variant": MODELS.name_of(type(gan)),
        "signatures": {
            "serving_default": {
                "inputs": {"latents": f"float32 [N, {gan.latent_size}], from N(0, I)"},
                "outputs": {"images": f"float32 {shape}{' in [-1, 1]' if images else ''}"},
            },
            "sample": {
                "inputs": {"seed": "int32 [N, 2], low and high half of a 64-bit seed"},
                "outputs": {"images": f"{'uint8' if images else 'float32'} {shape}"},
            },
        },
        "seed_rule": "Threefry-2x32-20, key = seed, counter = (pair, 0); Box-Muller on 24 bits",
        "image_shape": list(gan.image_shape),
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
