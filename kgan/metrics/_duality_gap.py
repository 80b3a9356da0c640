"""Duality gap: how far a game is from its equilibrium, where the loss itself says nothing.

The payoff M is what the discriminator wins and the generator pays. Its gap at (u, v) is
max over v' of M(u, v') − min over u' of M(u', v): what the two could gain together by their best
responses. It is never negative, and zero exactly at an equilibrium; a GAN's loss may stand still
while the gap grows. For a matrix of payoffs, `kgan.theory.games.duality_gap` is exact.

Reference: Eq. 2, Grnarova et al. 2019, arXiv:1811.05512.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from kgan.errors import InputError, check_whole
from kgan.types import Array


def duality_gap(
    payoff: Callable[[Any, Any], float],
    generator: Any,
    discriminator: Any,
    best_generator: Callable[[Any], Any],
    best_discriminator: Callable[[Any], Any],
) -> float:
    """Returns the estimate for given best responses; responses that are not best lower it.

    Args:
        payoff: maps `(generator, discriminator)`, whatever these are, to what the discriminator
            wins: a float, on data that neither was trained on.
        generator, discriminator: the two as trained.
        best_generator: maps a discriminator to the best generator against it, e.g. a copy trained
            further while the discriminator stands still.
        best_discriminator: maps a generator to the best discriminator against it.

    Raises:
        InputError: a payoff that is not finite.

    Example:
        >>> duality_gap(payoff, u, v,
        ...     lambda v: best_response(lambda u: payoff(u, v), u),
        ...     lambda u: best_response(lambda v: -payoff(u, v), v))

    Reference: Section 3.2 (the estimate), Grnarova et al. 2019, arXiv:1811.05512.
    """
    worst_for_generator = float(payoff(generator, best_discriminator(generator)))
    worst_for_discriminator = float(payoff(best_generator(discriminator), discriminator))
    if not np.isfinite([worst_for_generator, worst_for_discriminator]).all():
        raise InputError(
            "Expected finite payoffs. Received: "
            f"{worst_for_generator} against the best discriminator, {worst_for_discriminator} "
            "against the best generator. Bound the responses."
        )
    return worst_for_generator - worst_for_discriminator


def best_response(
    loss: Callable[[Array], float],
    start: ArrayLike,
    bound: float | None = None,
    steps: int = 1000,
) -> Array:
    """Returns the parameters with the least loss, found downhill from `start` (L-BFGS-B).

    Args:
        loss: maps parameters [d] to a float; smooth, and slow beyond some hundred parameters.
        start: [d] parameters.
        bound: keep each parameter in [−bound, bound]; without it, a payoff that has no best
            response sends them to infinity.
        steps: at most so many iterations.
    """
    from scipy.optimize import minimize

    check_whole(1, steps=steps)
    start = np.atleast_1d(np.asarray(start, np.float64))
    bounds = None if bound is None else [(-bound, bound)] * len(start)
    return minimize(loss, start, method="L-BFGS-B", bounds=bounds, options={"maxiter": steps}).x
