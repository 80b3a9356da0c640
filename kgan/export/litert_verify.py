"""Compares the outputs of a LiteRT file with the model's, and times them."""

import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from kgan.export.examples import Examples
from kgan.export.tracing import fill_size
from kgan.models.core.base import GAN
from kgan.models.core.signatures import Signature
from kgan.types import Array

_CHECKED = range(64, 80)  # seeds of the comparison, after those of the calibration
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


def measure(
    content: bytes,
    gan: GAN,
    signatures: Mapping[str, Signature],
    examples: Examples,
    batch_size: int = 1,
) -> dict[str, Any]:
    """Returns how a LiteRT file compares with the model, and how long it takes.

    Args:
        content: the file.
        gan: the model.
        signatures: from `numeric_signatures`.
        examples: to compare on.
        batch_size: examples of a call.

    Returns:
        A dict that JSON can hold:

        * `max_difference`: the largest of any number that is not a pixel.
        * `same_pixels`: share of uint8 pixels, or tokens, that are equal; None without any.
        * `psnr_db`: peak signal-to-noise ratio of images, the lowest of all signatures; None if
          nothing differs.
        * `latency_ms`: median of 30 calls of `sample` or else `translate`, milliseconds.
    """
    interpreter = Interpreter(model_content=content)
    differences, same, ratios = [0.0], [], []
    for name, signature in signatures.items():
        inputs = examples.make(name, signature, _CHECKED)
        expected = signature.function(**{key: tf.constant(x) for key, x in inputs.items()})
        run = interpreter.get_signature_runner(name)
        calls = examples.make_calls({name: signature}, _CHECKED, batch_size)[name]
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
    timed = next(name for name in _TIMED if name in signatures)
    call = examples.make_calls({timed: signatures[timed]}, _CHECKED, batch_size)[timed][0]
    return {
        "max_difference": max(differences),
        "same_pixels": min(same) if same else None,
        "psnr_db": round(min(ratios), 1) if ratios else None,
        "latency_ms": round(measure_latency(interpreter.get_signature_runner(timed), call), 3),
    }


def measure_agreement(
    content: bytes, reference: bytes, calls: Mapping[str, Sequence[Mapping[str, Array]]]
) -> float:
    """Returns the peak signal-to-noise ratio in dB between the images of two LiteRT files.

    Args:
        content: the one file.
        reference: the other.
        calls: as from `Examples.make_calls`.

    Returns:
        The lowest of all signatures; infinity if no image differs.
    """
    ratios = [math.inf]
    runs = [Interpreter(model_content=file).get_signature_runner for file in (content, reference)]
    for name, inputs in calls.items():
        results = [[run(name)(**call) for call in inputs] for run in runs]
        if "images" in results[0][0]:
            images = (np.concatenate([one["images"] for one in each]) for each in results)
            ratios.append(psnr(*images) or math.inf)
    return min(ratios)


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
