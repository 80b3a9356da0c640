"""What lies where in an artefact, and whether its files are those that were exported.

saved_models/NAME/VERSION/saved_model.pb, variables/           what TensorFlow reads
                          assets.extra/manifest.json           what it is, and checksums
                          assets.extra/tf_serving_warmup_requests
saved_models/NAME/manifest.json, README.md, grid.png           of the newest version
"""

import json

from kgan import files
from kgan.errors import InputError

GRAPH = "saved_model.pb"
MANIFEST = "manifest.json"
EXTRA = "assets.extra"  # where a SavedModel keeps what TensorFlow does not read
WARMUPS = f"{EXTRA}/tf_serving_warmup_requests"


def version_folder(path, number=None):
    """Returns the folder of an artefact's version.

    Args:
        path: `saved_models/NAME`, or a version itself.
        number: of the version; None for the newest.

    Raises:
        InputError: no such artefact or version.
    """
    found = {int(f.parent.name): f.parent for f in path.glob(f"*/{GRAPH}") if _numbered(f.parent)}
    if not found and number is None and (path / GRAPH).is_file():
        return path
    if not found:
        raise InputError(
            f"Expected an artefact, NAME/VERSION/{GRAPH}. Received: {path}"
            f"{', which holds none' if path.exists() else ', which is not there'}. Make one: "
            "kgan export RUN --to saved_models/NAME."
        )
    if number is not None and number not in found:
        raise InputError(
            f"Expected a version of {path}: {', '.join(map(str, sorted(found)))}. Received: "
            f"{number}."
        )
    return found[max(found) if number is None else number]


def check_files(path, number, name):
    """Refuses files that are not those the manifest tells of.

    Args:
        path: folder of a version.
        number: which it is.
        name: for messages.

    Returns:
        The manifest, or None where there is none.

    Raises:
        InputError: a damaged manifest, a file that is missing, or one that has changed.
    """
    own, beside = path / EXTRA / MANIFEST, path.parent / MANIFEST
    try:
        if own.is_file():
            manifest = json.loads(own.read_text("utf-8"))
        elif beside.is_file():
            manifest = json.loads(beside.read_text("utf-8"))
            # The one beside tells of the version that was exported last.
            manifest = manifest if manifest["version"] == number else None
        else:
            manifest = None
        if manifest is None:
            return None
        wanted = dict(manifest["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"Expected a manifest with checksums. Received: {name}, whose {MANIFEST} is damaged."
        ) from error
    found = files.digest_files(path)
    for missing in sorted(wanted.keys() - found.keys()):
        raise InputError(f"Expected whole files. Received: {name} without {missing}.")
    for file, digest in sorted(wanted.items()):
        if found[file] != digest:
            raise InputError(
                f"Expected files as they were exported. Received: {name}/{file}, whose SHA-256 is "
                f"not the one in {MANIFEST}. Export it again."
            )
    return manifest


def input_kinds(manifest, signature):
    """Returns `{name: kind}` of a signature's inputs, empty where no manifest tells.

    Args:
        manifest: as `check_files` returns it, or None.
        signature: its name.
    """
    try:
        told = manifest["signatures"][signature]["kinds"]
        return {name: taken["kind"] for name, taken in told.items()}
    except (KeyError, TypeError, AttributeError):  # none, or one of another program
        return {}


def _numbered(path):
    return path.name.isascii() and path.name.isdigit()
