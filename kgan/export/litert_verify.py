"""Compares the outputs of LiteRT files with the model's, and with each other's."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from kgan.export import comparison
from kgan.export.examples import Examples
from kgan.models.core.base import GAN
from kgan.models.core.signatures import Signature
from kgan.types import Array


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
        As `kgan.export.comparison.compare`.
    """
    runner = Interpreter(model_content=content).get_signature_runner
    return comparison.compare(runner, gan, signatures, examples, batch_size)


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
            ratios.append(comparison.psnr(*images) or math.inf)
    return min(ratios)
