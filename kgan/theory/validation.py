"""Checks of numbers, distributions and covariances; each returns what it checked, as float64."""

import numpy as np
from numpy.typing import ArrayLike

from kgan.errors import InputError
from kgan.types import Array

# How far a sum of probabilities may be from one: the error of a softmax in float32.
SUM_TOLERANCE = 1e-6


def format_value(value: ArrayLike) -> str:
    """Returns `value` on one line, long arrays shortened, for `Received: name=...`."""
    if isinstance(value, np.ndarray):
        value = np.array2string(value, threshold=8, precision=6, separator=", ")
        return " ".join(value.split())
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else f"{text[:77]}..."


def check_array(name: str, value: ArrayLike, dimensions: int | None = None) -> Array:
    """Returns `value` as a float64 array that is not empty and all finite.

    Args:
        name: its name in messages.
        value: a number or nested sequences of numbers.
        dimensions: how many axes it must have, None for any.

    Raises:
        InputError: if it is not real numbers, has another number of axes, is empty, NaN or
            infinite.
    """
    try:
        array = np.asarray(value)
        if np.iscomplexobj(array):
            raise TypeError("complex")
        array = np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(
            f"Expected an array of real numbers for {name}. Received: {name}={format_value(value)}."
        ) from None
    if dimensions is not None and array.ndim != dimensions:
        raise InputError(
            f"Expected {name} with {dimensions} axes. Received: {name} of shape {array.shape}."
        )
    if not array.size:
        raise InputError(
            f"Expected at least one number for {name}. Received: {name} of shape {array.shape}."
        )
    if not np.isfinite(array).all():
        raise InputError(
            f"Expected finite numbers for {name}. Received: {name}={format_value(array)}; "
            "replace the NaN or infinite ones."
        )
    return array


def check_distribution(name: str, value: ArrayLike) -> Array:
    """Returns `value` as a float64 array of probabilities: none negative, summing to one.

    Raises:
        InputError: as `check_array`, and for negative ones or another sum.
    """
    array = np.atleast_1d(check_array(name, value))
    if (array < 0).any():
        raise InputError(
            f"Expected probabilities >= 0 for {name}. Received: {name}={format_value(array)}."
        )
    total = array.sum()
    if abs(total - 1) > SUM_TOLERANCE:
        raise InputError(
            f"Expected probabilities that sum to 1 for {name}. Received: {name}="
            f"{format_value(array)}, which sums to {total:.9g}; divide by the sum."
        )
    return array


def check_distributions(p: ArrayLike, q: ArrayLike) -> tuple[Array, Array]:
    """Returns two distributions over the same outcomes, arrays of the same shape."""
    p, q = check_distribution("p", p), check_distribution("q", q)
    if p.shape != q.shape:
        raise InputError(
            "Expected p and q over the same outcomes. "
            f"Received: p of shape {p.shape}, q of shape {q.shape}; put zeros where one has none."
        )
    return p, q


def check_scalar(
    name: str, value: ArrayLike, minimum: float | None = None, above: float | None = None
) -> float:
    """Returns `value` as a float, finite, `>= minimum` or `> above` where given."""
    array = check_array(name, value)
    if array.ndim:
        raise InputError(f"Expected one number for {name}. Received: {name}={format_value(array)}.")
    number = float(array)
    if minimum is not None and number < minimum:
        raise InputError(f"Expected {name} >= {minimum}. Received: {name}={number}.")
    if above is not None and number <= above:
        raise InputError(f"Expected {name} > {above}. Received: {name}={number}.")
    return number


def check_whole(name: str, value: ArrayLike, minimum: int) -> int:
    """Returns `value` if it is an integer `>= minimum`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < minimum:
        raise InputError(
            f"Expected a whole number >= {minimum} for {name}. "
            f"Received: {name}={format_value(value)}."
        )
    return int(value)


def check_gaussian(
    name: str, mean: ArrayLike, covariance: ArrayLike, singular: bool = False
) -> tuple[Array, Array]:
    """Returns the mean [d] and covariance [d, d] of a Gaussian; two numbers mean d = 1.

    Args:
        name: the Gaussian's name in messages, e.g. `"p"`.
        mean: [d] or a number.
        covariance: [d, d], or a number: the variance, not its root.
        singular: whether a covariance without inverse is allowed.

    Raises:
        InputError: for shapes that do not fit, an asymmetric or not positive covariance.
    """
    mean = np.atleast_1d(check_array(f"mean_{name}", mean))
    covariance = np.atleast_2d(check_array(f"covariance_{name}", covariance))
    size = len(mean)
    if mean.ndim != 1 or covariance.shape != (size, size):
        raise InputError(
            f"Expected mean_{name} [d] and covariance_{name} [d, d]. "
            f"Received: mean_{name} of shape {mean.shape}, "
            f"covariance_{name} of shape {covariance.shape}."
        )
    scale = np.abs(covariance).max()
    if np.abs(covariance - covariance.T).max() > 1e-9 * scale:
        raise InputError(
            f"Expected a symmetric covariance_{name}. Received: covariance_{name}="
            f"{format_value(covariance)}; average it with its transpose."
        )
    least = np.linalg.eigvalsh(covariance)[0]
    too_small = least < -1e-9 * scale if singular else least <= 1e-15 * scale
    if too_small:
        kind = "positive semidefinite" if singular else "positive definite"
        raise InputError(
            f"Expected a {kind} covariance_{name}. Received: covariance_{name}="
            f"{format_value(covariance)}, whose least eigenvalue is {least:.3g}."
        )
    return mean, covariance


def check_gaussians(
    mean_p: ArrayLike,
    covariance_p: ArrayLike,
    mean_q: ArrayLike,
    covariance_q: ArrayLike,
    singular: bool = False,
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Returns `(mean, covariance)` of P and of Q, which must have the same dimension."""
    p = check_gaussian("p", mean_p, covariance_p, singular)
    q = check_gaussian("q", mean_q, covariance_q, singular)
    if len(p[0]) != len(q[0]):
        raise InputError(
            "Expected two Gaussians of one dimension. "
            f"Received: mean_p of shape {p[0].shape}, mean_q of shape {q[0].shape}."
        )
    return p, q
