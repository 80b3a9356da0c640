"""From a trained GAN to the next version of an artefact: written aside, proven, then renamed."""

import json
import pathlib
import shutil
import tempfile

from kgan import files
from kgan.errors import InputError, RunError, UnknownNameError
from kgan.export import manifest, model_card, saved_models, verification
from kgan.export.provenance import Origin
from kgan.runs.folder import lock_folder
from kgan.saved_model.layout import EXTRA, GRAPH, MANIFEST

FORMATS = ("saved_model", "litert")
_ASIDE = ".export-"


def publish(gan, folder, formats=("saved_model",), quantize=("none",), origin=None):
    """Writes the next version of an artefact, and proves it before it is published.

    Args:
        gan: a `GAN`, trained.
        folder: `saved_models/NAME`; gets `VERSION/` and, of the newest version, `manifest.json`,
            `README.md`, `grid.png` and the `.tflite` files.
        formats: `saved_model`, and `litert` beside it.
        quantize: precisions of the `.tflite` files, see `kgan.export.litert`.
        origin: an `Origin`, what is known of the run and of its data; None for a model in memory.

    Returns:
        The `Verified` of the new version.

    Raises:
        InputError: if the folder holds something else or cannot be written, or for an unknown or
            impossible format.
        RunError: if the artefact does not do what the model does. It is not published.
    """
    folder = pathlib.Path(folder)
    origin = origin or Origin()
    litert = _litert(gan, formats, quantize, origin)
    with lock_folder(folder, MANIFEST, lambda: _next_version(folder)) as version:
        for killed in folder.glob(f"{_ASIDE}*"):
            shutil.rmtree(killed)
        # TensorFlow Serving polls for numbers: written under another name, then renamed.
        aside = pathlib.Path(tempfile.mkdtemp(prefix=_ASIDE, dir=folder))
        try:
            found = _written(gan, aside, folder, version, litert, quantize, origin)
            files.sync_files(aside)
            (aside / "version").rename(folder / str(version))
            files.sync_folder(folder)
            beside = sorted(aside.iterdir(), key=lambda path: path.name == MANIFEST)
            for stale in {*folder.glob("*.tflite"), *folder.glob(model_card.GRID)}:
                if stale.name not in {path.name for path in beside}:
                    stale.unlink()  # an older version's, of which the manifest will not tell
            # The manifest last, so that it never describes a version that is not there.
            for path in beside:
                path.rename(folder / path.name)
            files.sync_folder(folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return found._replace(path=folder / str(version))


def saved_model(gan, folder):
    """Writes the next version of an artefact as a SavedModel, and proves it before it appears.

    Args:
        gan: a `GAN`, trained.
        folder: `saved_models/NAME`; see `publish`, which this calls.

    Returns:
        The path of the new version.

    Raises:
        InputError: if the folder holds something else, or cannot be written.
        RunError: if the artefact does not do what the model does.

    Example:
        >>> kgan.export.saved_model(gan, "saved_models/digits")
        PosixPath('saved_models/digits/1')
    """
    return publish(gan, folder).path


def _written(gan, aside, folder, version, litert, quantize, origin):
    """Writes all of a version into a folder aside, and returns its `Verified`."""
    path, name = aside / "version", folder.resolve().name
    path.mkdir()
    functions = saved_models.write(gan, path, name)
    told = manifest.manifest(gan, functions, version, files.digest_files(path), origin)
    if litert is not None:
        told["litert"] = litert.write(
            gan, aside, name, quantize=quantize, representative=origin.batch
        )
    try:
        found = verification.verified(path, f"{name}/{version}")
    except InputError as error:
        raise RunError(f"{error} It was not published.") from error
    told["verified"] = {"batch_sizes": list(found.batch_sizes), "farthest": found.farthest}
    text = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
    # Every version keeps its own, so that an older one can still be checked.
    (path / EXTRA / MANIFEST).write_text(text, encoding="utf-8")
    (aside / MANIFEST).write_text(text, encoding="utf-8")
    model_card.write(gan, aside, name, told, origin)
    return found


def _litert(gan, formats, quantize, origin):
    """Returns the module that writes `.tflite` files, or None where none are asked for."""
    for name in formats:
        if name not in FORMATS:
            raise UnknownNameError("format", name, FORMATS)
    if "saved_model" not in formats:
        raise InputError(
            f"Expected the format saved_model, which others stand beside. Received: "
            f"{', '.join(formats) or 'none'}."
        )
    if "litert" not in formats:
        if tuple(quantize) != ("none",):
            raise InputError(
                f"Expected the format litert for precisions. Received: {', '.join(quantize)} with "
                f"{', '.join(formats)}. Add --formats saved_model,litert."
            )
        return None
    from kgan.export import litert  # slow to import, and rarely asked for

    litert.check(gan, quantize, origin.batch)
    return litert


def _next_version(folder):
    if folder.exists() and not folder.is_dir():
        raise InputError(f"Expected a folder for --to. Received: the file {folder}.")
    names = {path.name for path in folder.glob("[!.]*")}
    # Versions alone are an artefact too: its first export was killed just before the manifest.
    if MANIFEST not in names and not all((folder / name / GRAPH).is_file() for name in names):
        raise InputError(
            f"Expected an empty folder or an artefact with {MANIFEST}. Received: {folder}, "
            f"which holds {', '.join(sorted(names)[:3])}. Choose another --to."
        )
    return max((int(name) for name in names if name.isdigit()), default=0) + 1
