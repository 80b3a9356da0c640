"""Checks an artefact: its files, its graph, and its outputs against the model's.

The outputs are computed by TensorFlow's C library, of which TensorFlow Serving is made, in a
process without Python's TensorFlow, Keras and kgan.
"""

import io
import os
import pathlib
import subprocess
import sys
import tempfile
from typing import NamedTuple

import numpy as np
from PIL import Image

from kgan.errors import InputError
from kgan.export import c_api
from kgan.files import name_literally
from kgan.saved_model import warmup
from kgan.saved_model.layout import EXTRA, WARMUPS, check_beside, check_files, find_version
from kgan.saved_model.safety import check_portable, get_signatures, read_meta_graph
from kgan.types import Array, PathLike

EXAMPLES = f"{EXTRA}/examples.npz"  # inputs of every signature, and the model's outputs
_SECONDS = 600  # for the other process
_FARTHEST = 1e-4  # of the largest number: another processor sums in another order
_MOST_PIXELS = 0.01  # of uint8, that may be off by one for that


class Verification(NamedTuple):
    """What a check found.

    Attributes:
        path: the version's folder.
        signatures: how many signatures ran.
        batch_sizes: of the examples they ran on.
        requests: how many warm-up requests were replayed.
        farthest: largest difference from the model's outputs, in units of the largest number (of
            uint8: of 255); 0.0 if all are equal to the last bit.
        files: how many were compared with their checksums, those beside the version included.
    """

    path: pathlib.Path
    signatures: int
    batch_sizes: tuple[int, ...]
    requests: int
    farthest: float
    files: int = 0

    def __str__(self) -> str:
        sizes = " and ".join(map(str, self.batch_sizes))
        equal = f"within {self.farthest:.1e}" if self.farthest else "equal to the last bit"
        return (
            f"{self.path}: {self.signatures} signatures at batch sizes {sizes}, {equal}; "
            f"{self.requests} warm-up requests; {self.files} files"
        )


def verify(path: PathLike, number: int | None = None) -> Verification:
    """Repeats the checks that an artefact passed before it was published.

    Args:
        path: `saved_models/NAME`, or a version in it.
        number: of the version; None for the newest.

    Raises:
        InputError: for files that are missing or have changed, a graph that does more than compute
            or that TensorFlow Serving refuses, or other results.

    Example:
        >>> print(kgan.export.verify("saved_models/digits"))
        saved_models/digits/1: 3 signatures at batch sizes 2 and 1, equal to the last bit; …
    """
    folder = find_version(pathlib.Path(path), number)
    name = "/".join(folder.parts[-2:])
    version = int(folder.name) if folder.name.isdecimal() else None
    manifest = check_files(folder, version, name)
    if manifest is None or EXAMPLES not in manifest["sha256"]:
        raise InputError(
            f"Expected an artefact that kgan exported, with checksums and {EXAMPLES}. Received: "
            f"{name} without. Export it again."
        )
    beside = check_beside(folder, manifest, name) if version is not None else 0
    return verify_folder(folder, name)._replace(files=len(manifest["sha256"]) + beside)


def verify_folder(folder: pathlib.Path, name: str) -> Verification:
    """Checks a version whose files are known to be whole; see `verify`."""
    meta = read_meta_graph(folder, name)
    check_portable(meta, name)
    with np.load(folder / EXAMPLES, allow_pickle=False) as arrays:
        examples = c_api.unpack(arrays)
    cases = {case: inputs for case, inputs in examples.items() if not case.startswith("made/")}
    ran, signatures = {case.split("/")[0] for case in cases}, get_signatures(meta)
    if ran != set(signatures):
        raise InputError(
            f"Expected examples of {', '.join(sorted(signatures))}. Received: {name} with "
            f"examples of {', '.join(sorted(ran))}."
        )
    requests = {
        f"{signature}/request {place}": arrays
        for place, (signature, arrays) in enumerate(warmup.read(folder / WARMUPS))
    }
    outputs = run_elsewhere(folder, {**cases, **requests}, name)
    farthest = 0.0
    for case in cases:
        for output, expected in examples[f"made/{case}"].items():
            distance = measure_difference(expected, outputs[case].get(output))
            if not distance < np.inf:
                raise InputError(
                    f"Expected the model's outputs. Received: {name}, whose "
                    f"{case.split('/')[0]} gives other {output}."
                )
            farthest = max(farthest, distance)
    sizes = {len(next(iter(inputs.values()))) for inputs in cases.values()}
    ordered = tuple(sorted(sizes, reverse=True))
    return Verification(folder, len(ran), ordered, len(requests), farthest)


def measure_difference(expected: Array, actual: Array | None) -> float:
    """Returns the distance of two arrays, 0.0 for the same bits, infinity for too far.

    Numbers count in units of the largest; a few pixels may be off by one. Texts must be equal, and
    so must the pixels of PNG files.
    """
    if actual is None or actual.shape != expected.shape or actual.dtype != expected.dtype:
        return np.inf
    if expected.dtype == object:
        pairs = [(a, b) for a, b in zip(expected, actual, strict=True) if a != b]
        return max((_compare_pictures(*pair) for pair in pairs), default=0.0)
    if np.array_equal(expected, actual):
        return 0.0
    if expected.dtype.kind == "f":
        off = np.abs(actual - expected).max() / max(1.0, np.abs(expected).max())
        return float(off) if off <= _FARTHEST else np.inf
    off = np.abs(actual.astype(int) - expected.astype(int))
    few = expected.dtype == np.uint8 and off.max() <= 1 and (off > 0).mean() <= _MOST_PIXELS
    return 1 / 255 if few else np.inf


def _compare_pictures(expected, actual):
    try:
        first, second = (np.asarray(Image.open(io.BytesIO(data))) for data in (expected, actual))
    except OSError:
        return np.inf  # no pictures
    return measure_difference(first, second)


def run_elsewhere(folder: pathlib.Path, cases: c_api.Cases, name: str) -> c_api.Cases:
    """Returns `{case: {output: array}}` of cases, run by TensorFlow's C library.

    Args:
        folder: of the version.
        cases: `{SIGNATURE/…: {input: array}}`.
        name: for messages.

    Raises:
        InputError: for a SavedModel that does not load, fails, or takes ten minutes.
    """
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    path = name_literally(folder)
    with tempfile.TemporaryDirectory() as aside:
        inputs, outputs = pathlib.Path(aside) / "inputs.npz", pathlib.Path(aside) / "outputs.npz"
        np.savez(inputs, **c_api.pack(cases))
        line = [sys.executable, "-P", c_api.__file__, str(path), str(inputs), str(outputs)]
        try:
            done = subprocess.run(
                line, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise InputError(
                f"Expected answers within {_SECONDS} s. Received: {name}, which gives none."
            ) from error
        if done.returncode or not outputs.exists():
            said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
            raise InputError(
                "Expected a SavedModel that TensorFlow's C library loads and runs. Received: "
                f"{name}: {said[-1].strip()}"
            )
        with np.load(outputs, allow_pickle=False) as arrays:
            return c_api.unpack(arrays)
