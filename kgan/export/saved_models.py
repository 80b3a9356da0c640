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
from kgan.models.sampling import generated, named_inputs
from kgan.registry import MODELS
from kgan.training.folder import held

_MANIFEST = "manifest.json"
_EXTRA = "assets.extra"  # where a SavedModel keeps what TensorFlow does not read
_ASIDE = ".export-"
_CHECK_SEEDS = np.array([[0, 0], [1, 0], [7, 1]], np.int32)


class GeneratorModule(tf.Module):
    """The sampling generator and its signatures, without anything of training.

    * `serving_default`: the generator's inputs, `latents` float32 [N, latent_size] and whatever
      else it takes → `images` float32 [N, H, W, C] in [-1, 1], or `tokens` int32 [N, T].
    * `sample`: `seed` int32 [N, 2] (low and high half of a 64-bit seed) in place of `latents` →
      `images` uint8 (points stay float32), or `tokens`. Not for a generator without latents.

    Args:
        gan: the `GAN`.
    """

    def __init__(self, gan):
        super().__init__()
        # No attribute: the SavedModel would follow it too, and hold every weight twice.
        generator = gan.sampling_generator
        self._variables = [variable.value for variable in generator.variables]
        specs = input_specs(gan)
        others = {name: spec for name, spec in specs.items() if name != "latents"}
        seeds = {"seed": tf.TensorSpec((None, 2), tf.int32, name="seed"), **others}

        makes, dtype = gan.makes, gan.made_dtype

        def made(inputs):
            return tf.cast(generated(generator, inputs, training=False), dtype)

        def serving_default(**inputs):
            return {makes: made(inputs)}

        def sample(seed, **inputs):
            drawn = made({"latents": gan.latents_from_seeds(seed), **inputs})
            if not _makes_images(gan):
                return {makes: drawn}
            scaled = tf.clip_by_value((drawn + 1.0) * 127.5, 0.0, 255.0)
            return {makes: tf.cast(tf.round(scaled), tf.uint8)}

        self._signatures = {
            "serving_default": tf.function(serving_default).get_concrete_function(**specs)
        }
        if "latents" in specs:
            self._signatures["sample"] = tf.function(sample).get_concrete_function(**seeds)

    def signatures(self):
        """Returns `{signature's name: concrete function}`."""
        return dict(self._signatures)


def input_specs(gan):
    """Returns `{name: tf.TensorSpec}` of what a GAN's sampling generator takes."""
    taken = named_inputs(gan.sampling_generator)
    if taken is None:
        return {"latents": tf.TensorSpec((None, gan.latent_size), tf.float32, name="latents")}
    return {
        name: tf.TensorSpec(tensor.shape, tensor.dtype, name=name) for name, tensor in taken.items()
    }


def saved_model(gan, folder):
    """Writes the next version of an artefact, and checks it before it is published.

    Args:
        gan: a `GAN`, trained.
        folder: `saved_models/NAME`; gets `VERSION/`, with its manifest in `assets.extra/`, and a
            copy of that as `manifest.json`.

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
            text = json.dumps(_manifest(gan, aside, version), indent=2) + "\n"
            # Every version keeps its own, so that an older one can still be checked.
            write_text(aside / _EXTRA / _MANIFEST, text)
            aside.chmod(0o755)  # mkdtemp's folders are private, and the server is another user
            aside.rename(folder / str(version))
            sync_folder(folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        # Last, so that it never describes a version that is not there.
        write_text(folder / _MANIFEST, text)
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
        inputs = _example_inputs(gan, seeds)
        latents = inputs.pop("latents", None)
        expected = gan.images_of(gan.latents_from_seeds(seeds).numpy(), **inputs)
        given = inputs if latents is None else {"latents": latents, **inputs}
        images = loaded.signatures["serving_default"](**given)[gan.makes].numpy()
        off = off_drawn = np.abs(images - expected).max()
        if latents is not None:
            drawn = loaded.signatures["sample"](seed=tf.constant(seeds), **inputs)
            drawn = drawn[gan.makes].numpy()
            drawn = drawn / 127.5 - 1.0 if _makes_images(gan) else drawn
            off_drawn = np.abs(drawn - expected).max()
        if not (off <= 1e-4 and off_drawn <= 1.01 / 255):
            raise RunError(
                f"The exported generator differs from the model by {off} (float) and {off_drawn} "
                "(uint8, half a grey level is 0.004). It was not published."
            )


def _example_inputs(gan, seeds):
    """Returns something of each kind to compare on: zeros for whole numbers, noise for images."""
    random = np.random.default_rng(0)
    inputs = {}
    for name, spec in input_specs(gan).items():
        shape = (len(seeds), *spec.shape[1:])
        if name == "latents":
            inputs[name] = gan.latents_from_seeds(seeds)
        elif spec.dtype.is_integer:
            inputs[name] = tf.zeros(shape, spec.dtype)
        else:
            inputs[name] = tf.constant(random.uniform(-1.0, 1.0, shape), spec.dtype)
    return inputs


def _makes_images(gan):
    return len(gan.image_shape) == 3


def _manifest(gan, path, version):
    shape = f"[N, {', '.join(map(str, gan.image_shape))}]"
    images = _makes_images(gan)
    inputs = {
        name: f"{spec.dtype.name} [N{''.join(f', {size}' for size in spec.shape[1:])}]"
        + (", from N(0, I)" if name == "latents" else "")
        for name, spec in input_specs(gan).items()
    }
    sample = {
        "inputs": {
            "seed": "int32 [N, 2], low and high half of a 64-bit seed",
            **{name: text for name, text in inputs.items() if name != "latents"},
        },
        "outputs": {gan.makes: f"{'uint8' if images else gan.made_dtype} {shape}"},
    }
    return {
        "format": 1,
        "version": version,
        "variant": MODELS.name_of(type(gan)),
        "signatures": {
            "serving_default": {
                "inputs": inputs,
                "outputs": {
                    gan.makes: f"{gan.made_dtype} {shape}{' in [-1, 1]' if images else ''}"
                },
            },
            **({"sample": sample} if "latents" in inputs else {}),
        },
        "seed_rule": "Threefry-2x32-20, key = seed, counter = (pair, 0); Box-Muller on 24 bits",
        "image_shape": list(gan.image_shape),
        "latent_size": gan.latent_size,
        **({"vocabulary": gan.token_names or gan.vocabulary} if gan.makes == "tokens" else {}),
        "rounds_trained": gan.rounds,
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
