"""A generator as a SavedModel with named, batched signatures."""

import hashlib
import json
import pathlib
import shutil
import tempfile

import numpy as np
import tensorflow as tf

from kgan.errors import InputError, RunError
from kgan.export.manifests import manifest
from kgan.export.modules import examples, traced
from kgan.files import sync_folder, write_text
from kgan.training.folder import held

_MANIFEST = "manifest.json"
_EXTRA = "assets.extra"  # where a SavedModel keeps what TensorFlow does not read
_ASIDE = ".export-"


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
            module, functions = traced(gan)
            tf.saved_model.save(module, str(aside), signatures=functions)
            _verify(aside, gan, functions)
            text = json.dumps(manifest(gan, functions, version, _hashes(aside)), indent=2) + "\n"
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


def _verify(path, gan, functions):
    """Loads the artefact and compares it with the model, on two batch sizes."""
    loaded = tf.saved_model.load(str(path))
    for name, signature in gan.signatures().items():
        for rows in (3, 1):
            inputs = {key: tf.constant(x) for key, x in examples(gan, signature, rows).items()}
            expected = functions[name](**inputs)
            made = loaded.signatures[name](**inputs)
            for output, value in expected.items():
                if value.dtype == tf.string:
                    continue
                off = np.abs(made[output].numpy().astype(float) - value.numpy()).max()
                most = 1.0 if value.dtype == tf.uint8 else 1e-4 * max(1.0, np.abs(value).max())
                if not off <= most:
                    raise RunError(
                        f"The exported generator's {name} differs from the model by {off}. It was "
                        "not published."
                    )


def _hashes(path):
    return {
        str(file.relative_to(path)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(path.rglob("*"))
        if file.is_file()
    }
