"""What there is to see of the theory: names, one-line summaries, and `draw`.

Listing the topics imports neither SciPy nor matplotlib; drawing does.
"""

import importlib
import pathlib

from kgan.errors import UnknownNameError

TOPICS = {
    "parallel_lines": "why Wasserstein: between parallel lines JS is stuck at log 2, W is |θ|",
    "optimal_discriminator": "D* = p/(p + q), its value 2·JSD − log 4, and a critic that goes on",
    "saturation": "log(1 − D) has no gradient when the discriminator wins; −log D has",
    "dirac": "which losses and regularizations converge, on a GAN of two parameters",
    "f_fits": "what one Gaussian fitted by KL, reverse KL, JS, Jeffrey, Pearson looks like",
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


def draw(topic, folder, tell=print):
    """Draws a topic's pictures and says its numbers.

    Args:
        topic: a key of `TOPICS`.
        folder: where the PNG files go, made if missing; each appears whole or not at all.
        tell: called with each line of text.

    Returns:
        The list of paths written.

    Raises:
        InputError: for an unknown topic, with the known ones.
    """
    if topic not in TOPICS:
        raise UnknownNameError("topic", topic, TOPICS)
    module = importlib.import_module(f"kgan.theory.drawings.{_MODULES[topic]}")
    drawing = vars(module)[topic](pathlib.Path(folder))
    for line in drawing.lines:
        tell(line)
    return drawing.paths
