"""Publishes a trained GAN as the next version of an artefact: written aside, checked, renamed."""

import contextlib
import pathlib
import shutil
import tempfile
from collections.abc import Sequence

from kgan import files
from kgan.errors import InputError, RunError, UnknownNameError
from kgan.export import model_card, saved_model, verification
from kgan.export.manifest import build_manifest
from kgan.export.provenance import Provenance
from kgan.export.verification import Verification
from kgan.images import format_size
from kgan.models.core.base import GAN
from kgan.runs.folder import lock_folder
from kgan.saved_model.layout import EXTRA, GRAPH, MANIFEST, NAME, seal
from kgan.types import PathLike

FORMATS = ("saved_model", "litert", "onnx")
_ASIDE = ".export-"
_BESIDE = ("*.tflite", "*.onnx", model_card.GRID)  # of the newest version alone


def publish(
    gan: GAN,
    folder: PathLike,
    formats: Sequence[str] = ("saved_model",),
    quantize: Sequence[str] = ("none",),
    provenance: Provenance | None = None,
    size: tuple[int, int] | None = None,
) -> Verification:
    """Writes the next version of an artefact, and checks it before it appears.

    Args:
        gan: trained.
        folder: `saved_models/NAME`; gets `VERSION/` and, of the newest version, `manifest.json`,
            `README.md`, `grid.png` and the `.tflite` and `.onnx` files.
        formats: `saved_model`, and `litert` and `onnx` beside it.
        quantize: precisions of the `.tflite` files, see `kgan.export.litert`.
        provenance: of the generator, for manifest and card; None for a model in memory.
        size: height and width of the images that `.tflite` files start from, where the generator
            takes any; None for those of training.

    Returns:
        The result of the check, with the `path` of the new version.

    Raises:
        InputError: if the folder holds something else or cannot be written, or for an unknown or
            impossible format.
        RunError: if the artefact does not do what the model does. It is not published.

    Example:
        >>> publish(gan, "saved_models/digits", ("saved_model", "litert"), ("none", "int8"))
        Verification(path=PosixPath('saved_models/digits/1'), signatures=3, ...)
    """
    folder = pathlib.Path(folder)
    if not NAME.fullmatch(folder.resolve().name):
        raise InputError(
            "Expected a name of letters A to Z, digits and _ . - as in an address, not beginning "
            f"with . or -. Received: {folder.resolve().name}. Choose another --to."
        )
    provenance = provenance or Provenance()
    name = folder.resolve().name
    writers = _choose_writers(gan, name, formats, quantize, provenance, size)
    with lock_folder(folder, MANIFEST, lambda: _next_version(folder)) as version:
        for killed in folder.glob(f"{_ASIDE}*"):
            if killed.is_dir() and not killed.is_symlink():
                shutil.rmtree(killed)
        # TensorFlow Serving polls for numbers: written under another name, then renamed.
        aside = pathlib.Path(tempfile.mkdtemp(prefix=_ASIDE, dir=folder))
        with contextlib.ExitStack() as stack:
            stack.callback(shutil.rmtree, aside, ignore_errors=True)
            stack.enter_context(files.name_path(folder))
            checked = _write_version(gan, aside, folder, version, writers, provenance)
            files.sync_files(aside)
            (aside / "version").rename(folder / str(version))
            files.sync_folder(folder)
            beside = sorted(aside.iterdir(), key=lambda path: path.name == MANIFEST)
            for stale in (path for kind in _BESIDE for path in folder.glob(kind)):
                if stale.name not in {path.name for path in beside}:
                    stale.unlink()  # an older version's, which the manifest does not mention
            # The manifest last, so that it never describes a version that is not there.
            for path in beside:
                path.rename(folder / path.name)
            files.sync_folder(folder)
    return checked._replace(path=folder / str(version))


def _write_version(gan, aside, folder, version, writers, provenance):
    """Writes all of a version into a folder aside, and returns the result of its check."""
    path, name = aside / "version", folder.resolve().name
    path.mkdir()
    functions = saved_model.write(gan, path, name)
    manifest = build_manifest(gan, functions, version, files.digest_files(path), provenance)
    for key, write in writers.items():
        manifest[key] = write(aside)
    try:
        checked = verification.verify_folder(path, f"{name}/{version}")
    except InputError as error:
        raise RunError(f"{error} It was not published.") from error
    manifest["verified"] = {
        "batch_sizes": list(checked.batch_sizes),
        "farthest": checked.farthest,
    }
    model_card.write(gan, aside, name, manifest, provenance)
    beside = sorted(file for file in aside.iterdir() if file != path)
    manifest["beside"] = {file.name: files.digest_file(file) for file in beside}
    text = seal(manifest)
    # Every version keeps its own, so that an older one can still be checked.
    (path / EXTRA / MANIFEST).write_text(text, encoding="utf-8")
    (aside / MANIFEST).write_text(text, encoding="utf-8")
    return checked._replace(files=len(manifest["sha256"]) + len(beside) + 1)


def _choose_writers(gan, name, formats, quantize, provenance, size):
    """Returns `{format: function of a folder}` of the formats beside a SavedModel."""
    for one in formats:
        if one not in FORMATS:
            raise UnknownNameError("format", one, FORMATS)
    if "saved_model" not in formats:
        raise InputError(
            f"Expected the format saved_model, beside which others are written. Received: "
            f"{', '.join(formats) or 'none'}."
        )
    writers = {}
    # The modules are slow to import, and rarely needed.
    if "litert" in formats:
        from kgan.export import litert

        batch = provenance.batch
        litert.check(gan, quantize, batch, size=size)
        writers["litert"] = lambda folder: litert.write(
            gan, folder, name, quantize, batch, size=size
        )
    elif tuple(quantize) != ("none",) or size:
        asked = ", ".join(quantize) if tuple(quantize) != ("none",) else format_size(*size)
        raise InputError(
            f"Expected the format litert for precisions and sizes. Received: {asked} with "
            f"{', '.join(formats)}. Add --formats saved_model,litert."
        )
    if "onnx" in formats:
        from kgan.export import onnx

        onnx.check()
        writers["onnx"] = lambda folder: onnx.write(gan, folder, name, provenance.batch)
    return writers


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
