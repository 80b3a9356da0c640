"""An artefact proves itself: its files, its graph, and what it makes in a process without Python's
TensorFlow, Keras and kgan, by the library that TensorFlow Serving is made of.
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
from kgan.saved_model import warmup
from kgan.saved_model.layout import EXTRA, WARMUPS, check_files, version_folder
from kgan.saved_model.safety import check_served_anywhere, checked_folder, signatures

EXAMPLES = f"{EXTRA}/examples.npz"  # inputs of every signature, and what the model made of them
_SECONDS = 600  # for the other process
_FARTHEST = 1e-4  # of the largest number: another processor sums in another order
_MOST_PIXELS = 0.01  # of uint8, that may be off by one for that


class Verified(NamedTuple):
    """What was found right.

    Attributes:
        path: the version's folder.
        signatures: how many signatures ran.
        batch_sizes: of the examples they ran on.
        requests: how many warm-up requests were replayed.
        farthest: largest difference from what the model made, in units of the largest number (of
            uint8: of 255); 0.0 where all is equal to the last bit.
    """

    path: pathlib.Path
    signatures: int
    batch_sizes: tuple[int, ...]
    requests: int
    farthest: float

    def __str__(self):
        sizes = " and ".join(map(str, self.batch_sizes))
        equal = f"within {self.farthest:.1e}" if self.farthest else "equal to the last bit"
        return (
            f"{self.path}: {self.signatures} signatures at batch sizes {sizes}, {equal}; "
            f"{self.requests} warm-up requests"
        )


def verify(path, number=None):
    """Repeats the checks that an artefact passed before it was published.

    Args:
        path: `saved_models/NAME`, or a version in it.
        number: of the version; None for the newest.

    Returns:
        A `Verified`.

    Raises:
        InputError: for files that are missing or have changed, a graph that does more than compute
            or that TensorFlow Serving refuses, or other results.

    Example:
        >>> print(kgan.export.verify("saved_models/digits"))
        saved_models/digits/1: 3 signatures at batch sizes 2 and 1, equal to the last bit; …
    """
    folder = version_folder(pathlib.Path(path), number)
    name = "/".join(folder.parts[-2:])
    whose = int(folder.name) if folder.name.isdecimal() else None
    manifest = check_files(folder, whose, name)
    if manifest is None or EXAMPLES not in manifest["sha256"]:
        raise InputError(
            f"Expected an artefact that kgan exported, with checksums and {EXAMPLES}. Received: "
            f"{name} without. Export it again."
        )
    return verified(folder, name)


def verified(folder, name):
    """Returns the `Verified` of a version whose files are known to be whole; see `verify`."""
    meta = checked_folder(folder, name)
    check_served_anywhere(meta, name)
    with np.load(folder / EXAMPLES, allow_pickle=False) as arrays:
        examples = c_api.unpacked(arrays)
    cases = {case: inputs for case, inputs in examples.items() if not case.startswith("made/")}
    ran = {case.split("/")[0] for case in cases}
    if ran != set(signatures(meta)):
        raise InputError(
            f"Expected examples of {', '.join(sorted(signatures(meta)))}. Received: {name} with "
            f"examples of {', '.join(sorted(ran))}."
        )
    requests = {
        f"{signature}/request {place}": arrays
        for place, (signature, arrays) in enumerate(warmup.read(folder / WARMUPS))
    }
    made = made_elsewhere(folder, {**cases, **requests}, name)
    farthest = 0.0
    for case in cases:
        for output, expected in examples[f"made/{case}"].items():
            off = difference(expected, made[case].get(output))
            if not off < np.inf:
                raise InputError(
                    f"Expected what the model made. Received: {name}, whose "
                    f"{case.split('/')[0]} makes other {output}."
                )
            farthest = max(farthest, off)
    sizes = {len(next(iter(inputs.values()))) for inputs in cases.values()}
    ordered = tuple(sorted(sizes, reverse=True))
    return Verified(folder, len(ran), ordered, len(requests), farthest)


def difference(expected, made):
    """Returns how far two arrays are apart, 0.0 for the same bits, infinity for too far.

    Numbers count in units of the largest; pixels may be off by one here and there. Text must be
    the same, and PNG files show the same.
    """
    if made is None or made.shape != expected.shape or made.dtype != expected.dtype:
        return np.inf
    if expected.dtype == object:
        pairs = [(a, b) for a, b in zip(expected, made, strict=True) if a != b]
        return max((_pictures_apart(*pair) for pair in pairs), default=0.0)
    if np.array_equal(expected, made):
        return 0.0
    if expected.dtype.kind == "f":
        off = np.abs(made - expected).max() / max(1.0, np.abs(expected).max())
        return float(off) if off <= _FARTHEST else np.inf
    off = np.abs(made.astype(int) - expected.astype(int))
    few = expected.dtype == np.uint8 and off.max() <= 1 and (off > 0).mean() <= _MOST_PIXELS
    return 1 / 255 if few else np.inf


def _pictures_apart(expected, made):
    try:
        first, second = (np.asarray(Image.open(io.BytesIO(data))) for data in (expected, made))
    except OSError:
        return np.inf  # no pictures
    return difference(first, second)


def made_elsewhere(folder, cases, name):
    """Returns `{case: {output: array}}` of cases, run by TensorFlow's C library."""
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    with tempfile.TemporaryDirectory() as aside:
        given, out = pathlib.Path(aside) / "given.npz", pathlib.Path(aside) / "made.npz"
        np.savez(given, **c_api.packed(cases))
        line = [sys.executable, "-P", c_api.__file__, str(folder), str(given), str(out)]
        try:
            done = subprocess.run(
                line, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise InputError(
                f"Expected answers within {_SECONDS} s. Received: {name}, which gives none."
            ) from error
        if done.returncode or not out.exists():
            said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
            raise InputError(
                "Expected a SavedModel that TensorFlow's C library loads and runs. Received: "
                f"{name}: {said[-1].strip()}"
            )
        with np.load(out, allow_pickle=False) as arrays:
            return c_api.unpacked(arrays)
