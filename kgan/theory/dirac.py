"""The Dirac-GAN: a GAN of two parameters that shows in milliseconds whether training converges.

The data are at 0, the generator puts all its mass at θ, and the discriminator's score is −ψ·x.
The paper has +ψ·x and lets a high score mean "fake"; in kgan it means "real", and with the minus
sign θ, ψ and their paths are the paper's. At the equilibrium (θ, ψ) = (0, 0) the generator is
right and the discriminator scores all alike. Gradient descent of both players follows the vector
field v(θ, ψ) = (−∂L_G/∂θ, −∂L_D/∂ψ) in steps of h. Which losses and regularizations converge, and
which circle for ever, is the subject of Mescheder et al. 2018, arXiv:1801.04406.

An `Objective` holds `discriminator_loss(real_scores, fake_scores)` and
`generator_loss(real_scores, fake_scores)`, each a scalar, the mean over arrays [n] of scores.
They are differentiated by differences in float64, accurate to 1e-11 for losses written in NumPy.
For losses of another array library, or in float32, give `score_gradients` as well: a function
`(loss, real_scores, fake_scores) -> (real_gradients, fake_gradients)`, arrays [n] in and out, that
differentiates the loss by each score. θ, ψ and the regularization stay in float64.

Example:
    >>> wgan = Objective(
    ...     discriminator_loss=lambda real, fake: fake.mean() - real.mean(),
    ...     generator_loss=lambda real, fake: -fake.mean(),
    ... )
    >>> path = trajectory(wgan, regularization=zero_centred_penalty(1.0))
    >>> bool(radius(path)[-1] < 1e-9)
    True
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kgan.errors import InputError
from kgan.theory.regularizations import (
    NONE,
    Regularization,
    consensus,
    gradient_penalty,
    instance_noise,
    noise_points,
    weight_clipping,
    zero_centred_penalty,
)
from kgan.theory.validation import check_array, check_scalar, check_whole, format_value
from kgan.types import Array

__all__ = [
    "NONE",
    "Objective",
    "Regularization",
    "consensus",
    "directional_derivative",
    "eigenvalues",
    "equilibrium_jacobian",
    "gradient_penalty",
    "instance_noise",
    "jacobian",
    "radius",
    "trajectory",
    "vector_field",
    "weight_clipping",
    "zero_centred_penalty",
]

# Five-point differences: error about step⁴ and 1e-16 / step, both near 1e-12.
_STENCIL = ((-2, 1.0 / 12.0), (-1, -8.0 / 12.0), (1, 8.0 / 12.0), (2, -1.0 / 12.0))
_STEP = 1e-3


def directional_derivative(
    loss: Callable, scores: tuple[Array, Array], directions: tuple[Array, Array]
) -> float:
    """Returns the derivative of a loss as scores move along directions, by differences.

    Args:
        loss: `(real_scores, fake_scores) -> scalar`, in float64.
        scores: two arrays [n], real and fake.
        directions: two arrays [n], the derivative of each score by a parameter.
    """
    (real, fake), (by_real, by_fake) = scores, directions
    size = max(np.abs(by_real).max(), np.abs(by_fake).max())
    if size == 0:
        return 0.0
    step = _STEP * max(1.0, np.abs(real).max(), np.abs(fake).max()) / size
    moves = ((offset * step, weight) for offset, weight in _STENCIL)
    total = sum(weight * loss(real + by * by_real, fake + by * by_fake) for by, weight in moves)
    return float(total) / step


class Objective(NamedTuple):
    """The losses of the two players, and how to differentiate them.

    Attributes:
        discriminator_loss: `(real_scores, fake_scores) -> scalar`, to be minimised.
        generator_loss: likewise.
        score_gradients: `(loss, real_scores, fake_scores) -> (real_gradients, fake_gradients)`;
            by differences if None.
    """

    discriminator_loss: Callable
    generator_loss: Callable
    score_gradients: Callable | None = None


def vector_field(
    objective: Objective, point: ArrayLike, regularization: Regularization = NONE
) -> Array:
    """Returns v(θ, ψ) = (−∂L_G/∂θ, −∂L_D/∂ψ), [2], regularization included.

    Clipping is not part of it, since it acts on ψ after each move.

    Args:
        objective: an `Objective`.
        point: (θ, ψ).
        regularization: a `Regularization`.
    """
    point = _check_point(point)
    field = _field_without_consensus(objective, point, regularization)
    if regularization.consensus:
        plain = regularization._replace(consensus=0.0)
        field = field - regularization.consensus * (jacobian(objective, point, plain).T @ field)
    return field


def _field_without_consensus(objective, point, regularization):
    theta, psi = point
    real, fake = noise_points(regularization)
    fake = theta + fake
    scores = -psi * real, -psi * fake
    by_theta = np.zeros_like(real), np.full_like(fake, -psi)
    slope_theta = _differentiate(objective, objective.generator_loss, scores, by_theta)
    slope_psi = _differentiate(objective, objective.discriminator_loss, scores, (-real, -fake))
    excess = abs(psi) - regularization.target
    slope_psi += regularization.penalty * excess * np.sign(psi)
    return np.array([-slope_theta, -slope_psi], dtype=np.float64)


def _differentiate(objective, loss, scores, directions):
    if objective.score_gradients is None:
        return directional_derivative(loss, scores, directions)
    gradients = objective.score_gradients(loss, *scores)
    return sum(np.dot(g, d) for g, d in zip(gradients, directions, strict=True))


def trajectory(
    objective: Objective,
    start: ArrayLike = (1.0, 1.0),
    step_size: float = 0.2,
    steps: int = 500,
    regularization: Regularization = NONE,
    alternating: bool = False,
    discriminator_steps: int = 1,
) -> Array:
    """Returns the path of (θ, ψ), [steps + 1, 2], the start included.

    Args:
        objective: an `Objective`.
        start: (θ, ψ).
        step_size: h, > 0: how far along v one move goes.
        steps: rounds, each one move of the generator.
        regularization: a `Regularization`.
        alternating: whether the discriminator moves before the generator; else both move at once
            from the same point.
        discriminator_steps: moves of the discriminator a round; more than one needs alternating.

    Raises:
        InputError: for a step size, a count or a start out of range, or a path that overflows.
    """
    step_size = check_scalar("step_size", step_size, above=0.0)
    steps = check_whole("steps", steps, 0)
    if check_whole("discriminator_steps", discriminator_steps, 1) > 1 and not alternating:
        raise InputError(
            "Expected discriminator_steps=1 unless alternating. "
            f"Received: discriminator_steps={discriminator_steps}; pass alternating=True."
        )
    path = np.empty((steps + 1, 2))
    path[0] = point = _check_point(start)
    clip = regularization.clip
    for step in range(steps):
        if alternating:
            for _ in range(discriminator_steps):
                move = step_size * vector_field(objective, point, regularization)
                point = np.array([point[0], np.clip(point[1] + move[1], -clip, clip)])
            move = step_size * vector_field(objective, point, regularization)
            point = np.array([point[0] + move[0], point[1]])
        else:
            point = point + step_size * vector_field(objective, point, regularization)
            point[1] = np.clip(point[1], -clip, clip)
        path[step + 1] = point
        if not np.abs(point).max() < 1e100:
            raise InputError(
                f"Expected a path that stays finite. Received: step_size={step_size}, whose "
                f"step {step + 1} is at {format_value(point)}; take a smaller one."
            )
    return path


def radius(path: Array) -> Array:
    """Returns the distance of each point of a path [..., 2] from the equilibrium (0, 0)."""
    return np.linalg.norm(path, axis=-1)


def jacobian(
    objective: Objective,
    point: ArrayLike = (0.0, 0.0),
    regularization: Regularization = NONE,
    step: float = 1e-3,
) -> Array:
    """Returns ∂v/∂(θ, ψ), [2, 2], by five-point differences of the vector field.

    At the equilibrium its eigenvalues tell the dynamics: with negative real parts they converge;
    with zero real parts they circle, and simultaneous steps of any size spiral outwards. Exact to
    about 1e-9 where the losses are smooth. Clipping is not part of the field.

    Args:
        objective: an `Objective`.
        point: (θ, ψ).
        regularization: a `Regularization`.
        step: of the differences; about 1e-2 where the gradients are float32.

    Raises:
        InputError: for a penalty with a target at ψ = 0, where |ψ| has a kink.
    """
    point, step = _check_point(point), check_scalar("step", step, above=0.0)
    _check_smooth(regularization, abs(point[1]) <= 2 * step)
    columns = []
    for axis in np.eye(2):
        values = [
            weight * vector_field(objective, point + offset * step * axis, regularization)
            for offset, weight in _STENCIL
        ]
        columns.append(np.sum(values, axis=0) / step)
    return np.stack(columns, axis=1)


def equilibrium_jacobian(
    first: float,
    second: float = 0.0,
    regularization: Regularization = NONE,
    generator_first: float | None = None,
) -> Array:
    """Returns the Jacobian at (0, 0) in closed form, [2, 2]: [[0, −g], [f′, 2f″σ² − γ]].

    Args:
        first: f′(0) of the paper's loss f(ψθ): the derivative of the discriminator's loss with
            respect to a fake score of 0 (½ for GANs, 1 for WGAN).
        second: f″(0), which matters under instance noise only: minus half the sum of the second
            derivatives of the discriminator's loss with respect to a real and a fake score of 0
            (−¼ for GANs, 0 for WGAN and hinge).
        regularization: a `Regularization` whose penalty, if any, has target 0.
        generator_first: g, minus the derivative of the generator's loss with respect to a fake
            score of 0; `first` if None. Least squares has f′ = 0 and g = 1: its target for fakes
            is a score of 0, so that at (0, 0) the discriminator does not move.

    Returns:
        A matrix with eigenvalues ±i·f′(0) without regularization; −γ/2 ± √(γ²/4 − f′(0)²) with a
        zero-centred penalty; f″(0)σ² ± √(f″(0)²σ⁴ − f′(0)²) with noise; −γf′(0)² ± i·f′(0) with
        consensus.

    Raises:
        InputError: for a penalty with a target: |ψ| has a kink at 0, so there is no Jacobian.

    Reference: Lemma 2.2, 3.2 and 3.3, Mescheder et al. 2018, arXiv:1801.04406; consensus from
    Mescheder et al. 2017, arXiv:1705.10461.
    """
    first, second = (
        check_scalar("first", first),
        check_scalar("second", second),
    )
    given = first if generator_first is None else generator_first
    generator_first = check_scalar("generator_first", given)
    _check_smooth(regularization, at_kink=True)
    damping = 2.0 * second * regularization.noise**2 - regularization.penalty
    plain = np.array([[0.0, -generator_first], [first, damping]])
    return plain - regularization.consensus * (plain.T @ plain)


def _check_smooth(regularization, at_kink):
    if at_kink and regularization.penalty and regularization.target:
        raise InputError(
            "Expected a penalty with target 0, since others have a kink at ψ = 0. "
            f"Received: target={regularization.target}."
        )


def eigenvalues(matrix: ArrayLike) -> Array:
    """Returns the two complex eigenvalues of a Jacobian, the larger imaginary part first."""
    matrix = check_array("matrix", matrix, dimensions=2)
    if matrix.shape != (2, 2):
        raise InputError(f"Expected a matrix [2, 2]. Received: matrix of shape {matrix.shape}.")
    values = np.linalg.eigvals(matrix).astype(complex)
    return values[np.lexsort((-values.real, -values.imag))]


def _check_point(point):
    point = check_array("point", point, dimensions=1)
    if point.shape != (2,):
        raise InputError(f"Expected (theta, psi). Received: point={format_value(point)}.")
    return point
