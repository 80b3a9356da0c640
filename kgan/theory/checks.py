"""What a person may hand in: numbers, distributions, covariances. One line says what is wrong."""

import numpy as np

from kgan.errors import InputError

# How far a sum of probabilities may be from one: what float32 leaves of a softmax.
SUM_TOLERANCE = 1e-6


def show(value):
    """Returns `value` on one line, long arrays shortened, for `Received: name=...`."""
    if isinstance(value, np.ndarray):
        value = np.array2string(value, threshold=8, precision=6, separator=", ")
        return " ".join(value.split())
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else f"{text[:77]}..."


def numbers(name, value, dimensions=None):
    """Returns `value` as a float64 array that is not empty and all finite.

    Args:
        name: what the message calls it.
        value: a number or nested sequences of numbers.
        dimensions: how many axes it must have, None for any.

    Raises:
        InputError: if it is not numbers, has another number of axes, is empty, NaN or infinite.
    """
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(
            f"Expected an array of real numbers for {name}. Received: {name}={show(value)}."
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
            f"Expected finite numbers for {name}. Received: {name}={show(array)}; "
            "mend the NaN or infinite ones."
        )
    return array


def distribution(name, value):
    """Returns `value` as a float64 array of probabilities: none negative, summing to one.

    Raises:
        InputError: as `numbers`, and for negative ones or another sum.
    """
    array = np.atleast_1d(numbers(name, value))
    if (array < 0).any():
        raise InputError(f"Expected probabilities >= 0 for {name}. Received: {name}={show(array)}.")
    total = array.sum()
    if abs(total - 1) > SUM_TOLERANCE:
        raise InputError(
            f"Expected probabilities that sum to 1 for {name}. Received: {name}={show(array)}, "
            f"which sums to {total:.9g}; divide by the sum."
        )
    return array


def distributions(p, q):
    """Returns two distributions over the same outcomes, arrays of the same shape."""
    p, q = distribution("p", p), distribution("q", q)
    if p.shape != q.shape:
        raise InputError(
            "Expected p and q over the same outcomes. "
            f"Received: p of shape {p.shape}, q of shape {q.shape}; put zeros where one has none."
        )
    return p, q


def scalar(name, value, minimum=None, above=None):
    """Returns `value` as a float, finite, `>= minimum` or `> above` where given."""
    number = numbers(name, value)
    if number.ndim:
        raise InputError(f"Expected one number for {name}. Received: {name}={show(number)}.")
    number = float(number)
    if minimum is not None and number < minimum:
        raise InputError(f"Expected {name} >= {minimum}. Received: {name}={number}.")
    if above is not None and number <= above:
        raise InputError(f"Expected {name} > {above}. Received: {name}={number}.")
    return number


def whole(name, value, minimum):
    """Returns `value` if it is an int `>= minimum`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < minimum:
        raise InputError(
            f"Expected a whole number >= {minimum} for {name}. Received: {name}={show(value)}."
        )
    return int(value)


def gaussian(name, mean, covariance, singular=False):
    """Returns the mean [d] and covariance [d, d] of a Gaussian; numbers are taken as d = 1.

    Args:
        name: what the messages call the Gaussian, e.g. `"p"`.
        mean: [d] or a number.
        covariance: [d, d], or a number: the variance, not its root.
        singular: whether a covariance without inverse is allowed.

    Raises:
        InputError: for shapes that do not fit, an asymmetric or not positive covariance.
    """
    mean = np.atleast_1d(numbers(f"mean_{name}", mean))
    covariance = np.atleast_2d(numbers(f"covariance_{name}", covariance))
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
            f"Expected a symmetric covariance_{name}. "
            f"Received: covariance_{name}={show(covariance)}; average it with its transpose."
        )
    least = np.linalg.eigvalsh(covariance)[0]
    too_small = least < -1e-9 * scale if singular else least <= 1e-15 * scale
    if too_small:
        kind = "positive semidefinite" if singular else "positive definite"
        raise InputError(
            f"Expected a {kind} covariance_{name}. Received: covariance_{name}="
            f"{show(covariance)}, whose least eigenvalue is {least:.3g}."
        )
    return mean, covariance


def gaussians(mean_p, covariance_p, mean_q, covariance_q, singular=False):
    """Returns `(mean, covariance)` of P and of Q, of one dimension."""
    p = gaussian("p", mean_p, covariance_p, singular)
    q = gaussian("q", mean_q, covariance_q, singular)
    if len(p[0]) != len(q[0]):
        raise InputError(
            "Expected two Gaussians of one dimension. "
            f"Received: mean_p of shape {p[0].shape}, mean_q of shape {q[0].shape}."
        )
    return p, q
