"""The topics of the theory that can be drawn, with one-line summaries.

Listing the topics imports neither SciPy nor matplotlib; drawing does.
"""

import importlib
import os
import pathlib
from collections.abc import Callable

from kgan import log
from kgan.errors import UnknownNameError

TOPICS = {
    "parallel_lines": "why Wasserstein: between parallel lines JS is stuck at log 2, W is |θ|",
    "optimal_discriminator": "D* = p/(p + q), its value 2·JSD − log 4; and a Wasserstein critic",
    "saturation": "log(1 − D) has no gradient when the discriminator wins; −log D has",
    "dirac": "which losses and regularizations converge, on a GAN of two parameters",
    "f_fits": "one Gaussian fitted to a mixture by KL, reverse KL, JS, Jeffrey and Pearson",
    "prisoners_dilemma": "payoffs, best responses and an equilibrium that is good for nobody",
    "entropy": "entropy, cross-entropy and KL as lengths of codes",
    "transport_plan": "the cheapest way to move one distribution onto another",
}

_MODULES = {
    "parallel_lines": "distances",
    "optimal_discriminator": "discriminators",
    "saturation": "discriminators",
    "dirac": "dynamics",
    "f_fits": "fits",
    "prisoners_dilemma": "payoffs",
    "entropy": "codes",
    "transport_plan": "distances",
}


def draw(
    topic: str, folder: str | os.PathLike[str], tell: Callable[[str], None] = log.tell
) -> list[pathlib.Path]:
    """Draws a topic as PNG files, and tells its numbers.

    Args:
        topic: a key of `TOPICS`.
        folder: where the files go, made if missing; they are written atomically.
        tell: called with each line of text.

    Returns:
        The paths written.

    Raises:
        InputError: for an unknown topic, with the known ones.
    """
    if topic not in TOPICS:
        raise UnknownNameError("topic", topic, TOPICS)
    module = importlib.import_module(f"kgan.theory.drawings.{_MODULES[topic]}")
    drawing = vars(module)[f"draw_{topic}"](pathlib.Path(folder))
    for line in drawing.lines:
        tell(line)
    return drawing.paths
