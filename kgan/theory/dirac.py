"""The Dirac-GAN: two parameters that show in milliseconds whether a way to train converges.

The data sit at 0, the generator puts all its mass at θ, the discriminator's score is −ψ·x: a
high score means "real" everywhere in kgan and "fake" in the paper, and with the minus sign θ, ψ
and their paths are the paper's. The equilibrium is (θ, ψ) = (0, 0): there the generator is right
and the discriminator knows nothing. Gradient descent of both players follows the vector field
v(θ, ψ) = (−∂L_G/∂θ, −∂L_D/∂ψ) in steps of h; which losses and regularizations are drawn in, and
which circle for ever, is the paper's subject (Mescheder et al. 2018, arXiv:1801.04406).

Any two losses can play. An `Objective` holds `discriminator_loss(real_scores, fake_scores)` and
`generator_loss(real_scores, fake_scores)`, each the mean over arrays [n] of scores, a scalar.
They are differentiated by differences in float64, good to 1e-12 for losses written in NumPy.
For losses of another array library, or in float32, give `score_gradients` as well: a function
`(loss, real_scores, fake_scores) -> (real_gradients, fake_gradients)`, arrays [n] in and out,
which differentiates the loss with respect to each score; an automatic differentiation of three
lines. θ, ψ and the regularization stay here, in float64.

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

from kgan.errors import InputError
from kgan.theory import checks
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

__all__ = [
    "NONE",
    "Objective",
    "Regularization",
    "consensus",
    "differences",
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


def differences(loss, real_scores, fake_scores):
    """Returns the gradients of a loss with respect to real and to fake scores, by differences.

    Args:
        loss: `(real_scores, fake_scores) -> scalar`, in float64.
        real_scores: [n].
        fake_scores: [n].

    Returns:
        Two arrays [n].
    """
    scores = [np.array(real_scores, np.float64), np.array(fake_scores, np.float64)]
    gradients = [np.zeros_like(part) for part in scores]
    for part, gradient in zip(scores, gradients, strict=True):
        for i, score in enumerate(part.copy()):
            step = _STEP * max(1.0, abs(score))
            for offset, weight in _STENCIL:
                part[i] = score + offset * step
                gradient[i] += weight * float(loss(*scores)) / step
            part[i] = score
    return gradients


class Objective(NamedTuple):
    """What the two players are paid, and how to differentiate it.

    Attributes:
        discriminator_loss: `(real_scores, fake_scores) -> scalar`, to be minimised.
        generator_loss: likewise; both get both.
        score_gradients: `(loss, real_scores, fake_scores) -> (real_gradients, fake_gradients)`.
    """

    discriminator_loss: Callable
    generator_loss: Callable
    score_gradients: Callable = differences


def vector_field(objective, point, regularization=NONE):
    """Returns v(θ, ψ) = (−∂L_G/∂θ, −∂L_D/∂ψ), [2], regularization included.

    Clipping is no part of it: it acts on ψ after each move.

    Args:
        objective: an `Objective`.
        point: (θ, ψ).
        regularization: a `Regularization`.
    """
    point = _point(point)
    field = _plain_field(objective, point, regularization)
    if regularization.consensus:
        plain = regularization._replace(consensus=0.0)
        field = field - regularization.consensus * (jacobian(objective, point, plain).T @ field)
    return field


def _plain_field(objective, point, regularization):
    theta, psi = point
    noise = noise_points(regularization)
    real, fake = noise, theta + noise
    scores = -psi * real, -psi * fake
    _, by_fake = objective.score_gradients(objective.generator_loss, *scores)
    slope_theta = -psi * np.sum(by_fake)
    by_real, by_fake = objective.score_gradients(objective.discriminator_loss, *scores)
    slope_psi = -np.dot(by_real, real) - np.dot(by_fake, fake)
    excess = abs(psi) - regularization.target
    slope_psi += regularization.penalty * excess * np.sign(psi)
    return np.array([-slope_theta, -slope_psi], dtype=np.float64)


def trajectory(
    objective,
    start=(1.0, 1.0),
    step_size=0.2,
    steps=500,
    regularization=NONE,
    alternating=False,
    discriminator_steps=1,
):
    """Returns the path of (θ, ψ), [steps + 1, 2], the start included.

    Args:
        objective: an `Objective`.
        start: (θ, ψ).
        step_size: h, > 0: how far along v one move goes.
        steps: rounds, each one move of the generator.
        regularization: a `Regularization`.
        alternating: the discriminator moves first and the generator sees it moved (Eq. 3 of the
            paper, the discriminator first); else both move at once from the same point (Eq. 2).
        discriminator_steps: moves of the discriminator a round; more than one needs alternating.

    Raises:
        InputError: for a step size, a count or a start out of range, or a path that overflows.
    """
    step_size = checks.scalar("step_size", step_size, above=0.0)
    steps = checks.whole("steps", steps, 0)
    if checks.whole("discriminator_steps", discriminator_steps, 1) > 1 and not alternating:
        raise InputError(
            "Expected discriminator_steps=1 unless alternating. "
            f"Received: discriminator_steps={discriminator_steps}; pass alternating=True."
        )
    path = np.empty((steps + 1, 2))
    path[0] = point = _point(start)
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
                f"step {step + 1} is at {checks.show(point)}; take a smaller one."
            )
    return path


def radius(path):
    """Returns the distance of each point of a path [..., 2] from the equilibrium (0, 0)."""
    return np.linalg.norm(path, axis=-1)


def jacobian(objective, point=(0.0, 0.0), regularization=NONE, step=1e-3):
    """Returns ∂v/∂(θ, ψ), [2, 2], by five-point differences of the vector field.

    At the equilibrium its eigenvalues decide: real parts below zero draw in, a zero real part
    circles, and simultaneous steps of any size then spiral out. Exact to about 1e-9 where the
    losses are smooth.

    Args:
        objective: an `Objective`.
        point: (θ, ψ).
        regularization: a `Regularization`.
        step: of the differences; about 1e-2 where the gradients are float32.
    """
    point = _point(point)
    columns = []
    for axis in np.eye(2):
        values = [
            weight * vector_field(objective, point + offset * step * axis, regularization)
            for offset, weight in _STENCIL
        ]
        columns.append(np.sum(values, axis=0) / step)
    return np.stack(columns, axis=1)


def equilibrium_jacobian(first, second=0.0, regularization=NONE):
    """Returns the Jacobian at (0, 0) in closed form, [2, 2].

    Args:
        first: f'(0) of the paper's loss f, by which ψθ is paid: the size of the derivatives of
            both losses with respect to a fake score of 0 (½ for GANs, 1 for WGAN).
        second: f''(0), which only instance noise feels (−¼ for GANs, 0 for WGAN).
        regularization: a `Regularization` whose penalty, if any, has target 0.

    Returns:
        Its eigenvalues are ±i·f'(0) with none; −γ/2 ± √(γ²/4 − f'(0)²) with a zero-centred
        penalty; f''(0)σ² ± √(f''(0)²σ⁴ − f'(0)²) with noise; −γf'(0)² ± i·f'(0) with consensus.

    Raises:
        InputError: for a penalty with a target: |ψ| has a kink at 0, and there is no Jacobian.

    Reference: Lemma 2.3, 3.2, 4.1 and Section D.2, Mescheder et al. 2018, arXiv:1801.04406.
    """
    first, second = checks.scalar("first", first), checks.scalar("second", second)
    if regularization.penalty and regularization.target:
        raise InputError(
            "Expected a penalty with target 0, for others have a kink at the equilibrium. "
            f"Received: target={regularization.target}."
        )
    damping = 2.0 * second * regularization.noise**2 - regularization.penalty
    plain = np.array([[0.0, -first], [first, damping]])
    return plain - regularization.consensus * (plain.T @ plain)


def eigenvalues(matrix):
    """Returns the two complex eigenvalues of a Jacobian, the larger imaginary part first."""
    values = np.linalg.eigvals(checks.numbers("matrix", matrix, dimensions=2)).astype(complex)
    return values[np.lexsort((-values.real, -values.imag))]


def _point(point):
    point = checks.numbers("point", point, dimensions=1)
    if point.shape != (2,):
        raise InputError(f"Expected (theta, psi). Received: point={checks.show(point)}.")
    return point
