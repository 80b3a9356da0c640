"""What files for other runtimes share: their signatures, and how near the model they are."""

import contextlib
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from kgan.export.examples import Examples
from kgan.export.tracing import fill_size
from kgan.models.core.base import GAN
from kgan.models.core.signatures import Signature
from kgan.types import Array

FARTHEST = 1e-4  # in float32: as for a SavedModel
CHECKED = range(64, 80)  # seeds of the comparison, after those of int8's calibration
_TIMED = ("sample", "translate", "serving_default")  # the first that there is
_CALLS = 30


def numeric_signatures(gan: GAN, size: tuple[int, int] | None = None) -> dict[str, Signature]:
    """Returns those of a GAN's signatures that take and give numbers, not PNG files or texts.

    Args:
        gan: the generator's.
        size: height and width of images, where any will do; None for those of training.
    """
    size = size or next(iter(gan.image_conditions.values()), gan.image_shape)

    def fill(signature):
        takes = {
            name: taken._replace(shape=fill_size(taken.shape, size))
            for name, taken in signature.takes.items()
        }
        return signature._replace(takes=takes)

    return {
        name: fill(signature)
        for name, signature in gan.signatures().items()
        if all(taken.dtype != tf.string for taken in signature.takes.values())
        and not set(signature.gives) & {"image_bytes", "audio_bytes", "text"}
    }


def to_float32(gan: GAN) -> GAN:
    """Returns a GAN that computes in float32 with the same weights: others know no bfloat16."""
    if gan.compute_dtype == "float32":
        return gan
    twin = type(gan).from_config({**gan.get_config(), "dtype": "float32"})
    for ours, theirs in zip(twin.weights, gan.weights, strict=True):
        ours.assign(theirs)
    return twin


def compare(
    runner: Callable[[str], Callable[..., Mapping[str, Array]]],
    gan: GAN,
    signatures: Mapping[str, Signature],
    examples: Examples,
    batch_size: int = 1,
    seeds: Sequence[int] = CHECKED,
) -> dict[str, Any]:
    """Returns how a file for another runtime compares with the model, and how long it takes.

    Args:
        runner: gives what runs a signature, by its name: named arrays → `{output: array}`.
        gan: the model.
        signatures: from `numeric_signatures`.
        examples: to compare on.
        batch_size: examples of a call.
        seeds: of the examples.

    Returns:
        A dict that JSON can hold:

        * `max_difference`: the largest of any number that is not a pixel.
        * `same_pixels`: share of uint8 pixels, or tokens, that are equal; None without any.
        * `psnr_db`: peak signal-to-noise ratio of images, the lowest of all signatures; None if
          nothing differs.
        * `latency_ms`: median of 30 calls of `sample` or else `translate`, milliseconds.
    """
    differences, same, ratios = [0.0], [], []
    for name, signature in signatures.items():
        inputs = examples.make(name, signature, seeds)
        expected = signature.function(**{key: tf.constant(x) for key, x in inputs.items()})
        run = runner(name)
        calls = examples.make_calls({name: signature}, seeds, batch_size)[name]
        results = [run(**call) for call in calls]
        for output, values in expected.items():
            ours = np.concatenate([result[output] for result in results])
            theirs = values.numpy()[: len(ours)]
            if theirs.dtype.kind in "iu":
                same.append(float((ours == theirs).mean()))
            else:
                differences.append(float(np.abs(ours - theirs).max()))
            if output == "images":  # of tokens, styles and latents it means nothing
                ratios.append(psnr(ours, theirs))
    ratios = [ratio for ratio in ratios if ratio is not None]
    timed = next((name for name in _TIMED if name in signatures), next(iter(signatures)))
    call = examples.make_calls({timed: signatures[timed]}, seeds, batch_size)[timed][0]
    return {
        "max_difference": max(differences),
        "same_pixels": min(same) if same else None,
        "psnr_db": round(min(ratios), 1) if ratios else None,
        "latency_ms": round(measure_latency(runner(timed), call), 3),
    }


def psnr(images: Array, expected: Array) -> float | None:
    """Returns the peak signal-to-noise ratio in dB, or None if nothing differs.

    The peak is 255 for pixels, 2 for images in [-1, 1], and the range of values for points.
    """
    error = np.mean(np.square(images.astype(np.float64) - expected.astype(np.float64)))
    pixels = 255.0 if expected.dtype == np.uint8 else 2.0
    peak = pixels if expected.ndim == 4 else float(np.ptp(expected))
    if not error:
        return None
    return float(10.0 * np.log10(peak**2 / error))


def measure_latency(run: Callable, inputs: Mapping[str, Array]) -> float:
    """Returns the median milliseconds of 30 calls, after three to warm up."""
    seconds = []
    for _ in range(_CALLS + 3):
        start = time.perf_counter()
        run(**inputs)
        seconds.append(time.perf_counter() - start)
    return 1e3 * statistics.median(seconds[3:])


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Hides what converter, quantizer and runtime print, in C++ too."""
    sys.stderr.flush()
    original = os.dup(2)
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, original)
        nowhere = stack.enter_context(open(os.devnull, "w", encoding="utf-8"))
        stack.enter_context(contextlib.redirect_stdout(nowhere))
        stack.enter_context(contextlib.redirect_stderr(nowhere))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        stack.callback(os.dup2, original, 2)
        os.dup2(nowhere.fileno(), 2)
        yield
