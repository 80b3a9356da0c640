"""Where an artefact keeps its files, and whether they are the files that were exported.

saved_models/NAME/VERSION/saved_model.pb, variables/           what TensorFlow reads
                          assets.extra/manifest.json           description and checksums
                          assets.extra/tf_serving_warmup_requests
saved_models/NAME/manifest.json, README.md, grid.png           of the newest version
"""

import hashlib
import json
import pathlib
import re
from typing import Any

from kgan import files
from kgan.errors import InputError
from kgan.types import PathLike

GRAPH = "saved_model.pb"
MANIFEST = "manifest.json"
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")  # of an artefact that can be served
_SEAL = "manifest_sha256"  # of all the rest of the manifest
EXTRA = "assets.extra"  # where a SavedModel keeps files that TensorFlow does not read
WARMUPS = f"{EXTRA}/tf_serving_warmup_requests"


def list_artefacts(folder: PathLike) -> dict[str, dict[int, pathlib.Path]]:
    """Returns `{name: {version: path}}` of the artefacts in a folder, as they are now.

    Args:
        folder: `saved_models`, which holds `NAME/VERSION/saved_model.pb`.

    Raises:
        OSError: if the folder cannot be read.
    """
    artefacts = {}
    for path in pathlib.Path(folder).glob(f"[!.]*/*/{GRAPH}"):
        name, version = path.parts[-3:-1]
        if is_version(version):
            artefacts.setdefault(name, {})[int(version)] = path.parent
    return artefacts


def find_version(path: pathlib.Path, number: int | None = None) -> pathlib.Path:
    """Returns the folder of an artefact's version.

    Args:
        path: `saved_models/NAME`, or a version itself.
        number: of the version; None for the newest.

    Raises:
        InputError: no such artefact or version.
    """
    folders = (graph.parent for graph in path.glob(f"*/{GRAPH}"))
    versions = {int(folder.name): folder for folder in folders if is_version(folder.name)}
    if not versions and number is None and (path / GRAPH).is_file():
        return path
    if not versions:
        raise InputError(
            f"Expected an artefact, NAME/VERSION/{GRAPH}. Received: {path}"
            f"{', which holds none' if path.exists() else ', which is not there'}. Make one: "
            "kgan export RUN --to saved_models/NAME."
        )
    if number is not None and number not in versions:
        raise InputError(
            f"Expected a version of {path}: {', '.join(map(str, sorted(versions)))}. Received: "
            f"{number}."
        )
    return versions[max(versions) if number is None else number]


def seal(manifest: dict[str, Any]) -> str:
    """Returns the text of a manifest's file, with a checksum of the manifest itself."""
    sealed = {**manifest, _SEAL: _digest(manifest)}
    return json.dumps(sealed, indent=2, ensure_ascii=False) + "\n"


def _digest(manifest):
    content = {key: value for key, value in manifest.items() if key != _SEAL}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _check_seal(text):
    """Returns the manifest of a file's text.

    Raises:
        ValueError: if it is damaged.
    """
    manifest = json.loads(text)
    # Earlier versions have none.
    if _SEAL in manifest and text != seal(manifest):
        raise ValueError("not as it was sealed")
    return manifest


def check_beside(path: pathlib.Path, manifest: dict[str, Any], name: str) -> int:
    """Refuses a version with files that were not exported, or with others beside it.

    Args:
        path: folder of the version, whose own files are known to be whole.
        manifest: its manifest.
        name: for messages.

    Returns:
        How many files stand beside it; 0 where they are of a later version.

    Raises:
        InputError: for a file too many, one that is missing, or one that has changed.
    """
    inside = {file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file()}
    for file in sorted(inside - {*manifest["sha256"], f"{EXTRA}/{MANIFEST}"}):
        raise InputError(
            f"Expected the files that were exported. Received: {name} with {file}. Delete it, or "
            "export again."
        )
    newest = max(int(one.parent.name) for one in path.parent.glob(f"*/{GRAPH}")
                 if is_version(one.parent.name))  # fmt: skip
    if manifest.get("version") != newest:
        return 0
    own = path / EXTRA / MANIFEST
    if not own.is_file():
        raise InputError(f"Expected whole files. Received: {name} without {EXTRA}/{MANIFEST}.")
    litert = {file["file"]: file["sha256"] for file in manifest.get("litert", ())}
    expected = {
        **litert,  # all that earlier versions of kgan tell
        **manifest.get("beside", {}),
        MANIFEST: files.digest_file(own),
    }
    for file, digest in expected.items():
        if not (path.parent / file).is_file():
            raise InputError(
                f"Expected whole files. Received: {path.parent.name} without {file}. Export again."
            )
        if files.digest_file(path.parent / file) != digest:
            raise InputError(
                f"Expected files as they were exported. Received: {path.parent.name}/{file}, whose "
                f"SHA-256 is not the one in {name}/{EXTRA}/{MANIFEST}. Export again."
            )
    return len(expected)


def check_files(path: pathlib.Path, number: int | None, name: str) -> dict[str, Any] | None:
    """Refuses a version whose files differ from the checksums in its manifest.

    Args:
        path: folder of the version.
        number: of the version.
        name: for messages.

    Returns:
        The manifest, or None where there is none.

    Raises:
        InputError: a damaged manifest, a file that is missing, or one that has changed.
    """
    own, beside = path / EXTRA / MANIFEST, path.parent / MANIFEST
    try:
        if own.is_file():
            manifest = _check_seal(own.read_text("utf-8"))
        elif beside.is_file():
            manifest = _check_seal(beside.read_text("utf-8"))
            # The one beside describes the version that was exported last.
            manifest = manifest if manifest["version"] == number else None
        else:
            manifest = None
        if manifest is None:
            return None
        expected = dict(manifest["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"Expected a manifest with checksums. Received: {name}, whose {MANIFEST} is damaged."
        ) from error
    actual = files.digest_files(path)
    for missing in sorted(expected.keys() - actual.keys()):
        raise InputError(f"Expected whole files. Received: {name} without {missing}.")
    for file, digest in sorted(expected.items()):
        if actual[file] != digest:
            raise InputError(
                f"Expected files as they were exported. Received: {name}/{file}, whose SHA-256 is "
                f"not the one in {MANIFEST}. Export it again."
            )
    return manifest


def read_inputs(manifest: dict[str, Any] | None, signature: str) -> dict[str, dict[str, Any]]:
    """Returns `{input's name: {"kind": …, "key": …, …}}` of a signature, as its manifest says.

    Args:
        manifest: as `check_files` returns it.
        signature: its name.

    Returns:
        Empty without a manifest, or for one of another program.
    """
    try:
        inputs = manifest["signatures"][signature]["kinds"]
        return {name: dict(description) for name, description in inputs.items()}
    except (KeyError, TypeError, AttributeError, ValueError):
        return {}


def is_version(name: str) -> bool:
    """Returns whether a folder has the name of a version, which is a number."""
    return name.isascii() and name.isdigit()
