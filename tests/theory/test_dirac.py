"""The two-parameter GAN: the published classes of convergence, and the Jacobians behind them."""

import cmath
import math

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.theory import dirac, regularizations


def mean_softplus(scores):
    return np.mean(np.logaddexp(0.0, scores))


def minimax_discriminator(real, fake):
    return mean_softplus(-real) + mean_softplus(fake)


MINIMAX = dirac.Objective(minimax_discriminator, lambda real, fake: -mean_softplus(fake))
NON_SATURATING = dirac.Objective(minimax_discriminator, lambda real, fake: mean_softplus(-fake))
WASSERSTEIN = dirac.Objective(
    lambda real, fake: np.mean(fake) - np.mean(real), lambda real, fake: -np.mean(fake)
)
HALF, QUARTER = 0.5, -0.25  # f'(0) and f''(0) of f(t) = −log(1 + e^{−t})


def final_radius(objective, regularization=dirac.NONE, **options):
    path = dirac.trajectory(objective, regularization=regularization, **options)
    assert path.shape == (501, 2)
    return dirac.radius(path)[-1]


@pytest.mark.parametrize(
    "objective, regularization, published, relative",
    [
        (MINIMAX, dirac.NONE, 3.10, 0.005),
        (NON_SATURATING, dirac.NONE, 0.64, 0.005),
        (WASSERSTEIN, dirac.weight_clipping(1.0), 1.0, 0.05),
        (MINIMAX, dirac.zero_centred_penalty(0.3), 2.6e-6, 0.03),
        (MINIMAX, dirac.zero_centred_penalty(1.0), 1e-21, 0.1),
        (MINIMAX, dirac.consensus(1.0), 2.6e-10, 0.03),
    ],
    ids=["minimax", "non_saturating", "clipping", "r1_0.3", "r1_critical", "consensus"],
)
def test_published_radii_after_500_simultaneous_steps(
    objective, regularization, published, relative
):
    assert final_radius(objective, regularization) == pytest.approx(published, rel=relative)


def test_what_converges_and_what_does_not():
    assert final_radius(WASSERSTEIN) > 1e4  # |1 + 0.2i|^500 · √2
    assert final_radius(WASSERSTEIN) == pytest.approx(1.04**250 * math.sqrt(2), rel=1e-9)
    assert 0.5 < final_radius(WASSERSTEIN, dirac.gradient_penalty(1.0)) < 3
    assert final_radius(WASSERSTEIN, dirac.zero_centred_penalty(1.0)) < 1e-9
    noisy = dirac.trajectory(NON_SATURATING, regularization=dirac.instance_noise(1.0), steps=200)
    assert dirac.radius(noisy)[-1] < 1e-3


def test_alternating_steps_circle_where_simultaneous_ones_leave():
    radii = dirac.radius(dirac.trajectory(WASSERSTEIN, alternating=True))
    assert radii.max() < 2 and radii[-50:].max() > 1
    one = dirac.trajectory(WASSERSTEIN, steps=1, alternating=True)[1]
    # By hand: ψ = 1 + 0.2·1, then θ = 1 − 0.2·1.2.
    np.testing.assert_allclose(one, [0.76, 1.2], atol=1e-12)
    three = dirac.trajectory(WASSERSTEIN, steps=1, alternating=True, discriminator_steps=3)[1]
    np.testing.assert_allclose(three, [1 - 0.2 * 1.6, 1.6], atol=1e-12)


def test_the_field_is_the_papers():
    theta, psi = 0.7, -1.3
    slope = 1 / (1 + math.exp(psi * theta))
    field = dirac.vector_field(MINIMAX, (theta, psi))
    np.testing.assert_allclose(field, [-slope * psi, slope * theta], rtol=1e-11)
    penal = dirac.vector_field(MINIMAX, (theta, psi), dirac.gradient_penalty(2.0, target=0.5))
    np.testing.assert_allclose(penal - field, [0.0, 2.0 * 0.8], rtol=1e-10)
    energy = 0.5 * slope**2 * (theta**2 + psi**2)
    consensus = dirac.vector_field(MINIMAX, (theta, psi), dirac.consensus(1.0)) - field
    step = 1e-6

    def half_square(point):
        return 0.5 * np.sum(dirac.vector_field(MINIMAX, point) ** 2)

    assert half_square((theta, psi)) == pytest.approx(energy, rel=1e-10)
    gradient = [
        (half_square((theta + step, psi)) - half_square((theta - step, psi))) / (2 * step),
        (half_square((theta, psi + step)) - half_square((theta, psi - step))) / (2 * step),
    ]
    np.testing.assert_allclose(consensus, np.negative(gradient), rtol=1e-6)


@pytest.mark.parametrize(
    "objective, regularization, first, second, tolerance",
    [
        (MINIMAX, dirac.NONE, HALF, QUARTER, 1e-9),
        (NON_SATURATING, dirac.NONE, HALF, QUARTER, 1e-9),
        (WASSERSTEIN, dirac.NONE, 1.0, 0.0, 1e-9),
        (MINIMAX, dirac.zero_centred_penalty(0.3), HALF, QUARTER, 1e-9),
        (NON_SATURATING, dirac.zero_centred_penalty(1.7), HALF, QUARTER, 1e-9),
        (MINIMAX, dirac.consensus(0.8), HALF, QUARTER, 1e-9),
        (MINIMAX, dirac.instance_noise(0.7), HALF, QUARTER, 1e-8),
        (WASSERSTEIN, dirac.instance_noise(0.7), 1.0, 0.0, 1e-9),
    ],
)
def test_jacobian_by_differences_is_the_closed_form(
    objective, regularization, first, second, tolerance
):
    found = dirac.jacobian(objective, regularization=regularization)
    exact = dirac.equilibrium_jacobian(first, second, regularization)
    np.testing.assert_allclose(found, exact, rtol=0, atol=tolerance)


def test_jacobian_of_consensus_where_the_losses_have_other_slopes():
    # Unlike the pairs above g ≠ f′: JᵀJ and JJᵀ differ, and consensus has the first.
    scaled = dirac.Objective(WASSERSTEIN.discriminator_loss, lambda real, fake: -3 * np.mean(fake))
    by_differences = dirac.jacobian(scaled, regularization=dirac.consensus(0.8))
    exact = dirac.equilibrium_jacobian(1.0, 0.0, dirac.consensus(0.8), generator_first=3.0)
    np.testing.assert_allclose(exact, [[-0.8, -3.0], [1.0, -7.2]], rtol=1e-14)
    np.testing.assert_allclose(by_differences, exact, rtol=0, atol=1e-8)


@pytest.mark.parametrize("gamma", [0.0, 0.3, 1.0, 2.5])
def test_published_eigenvalues(gamma):
    regularization = dirac.zero_centred_penalty(gamma)
    found = dirac.eigenvalues(dirac.equilibrium_jacobian(HALF, QUARTER, regularization))
    root = cmath.sqrt(gamma**2 / 4 - 0.25)
    np.testing.assert_allclose(found, [-gamma / 2 + root, -gamma / 2 - root], atol=1e-7)


def test_eigenvalues_of_noise_and_consensus():
    noise = dirac.equilibrium_jacobian(HALF, QUARTER, dirac.instance_noise(2.0))
    np.testing.assert_allclose(
        dirac.eigenvalues(noise), [-1 + math.sqrt(0.75), -1 - math.sqrt(0.75)], atol=1e-12
    )
    consensus = dirac.equilibrium_jacobian(HALF, QUARTER, dirac.consensus(2.0))
    np.testing.assert_allclose(dirac.eigenvalues(consensus), [-0.5 + 0.5j, -0.5 - 0.5j])


def test_gradients_of_the_callers_own():
    calls = []

    def score_gradients(loss, real, fake):
        calls.append(loss)
        sign = 1.0 if loss is WASSERSTEIN.discriminator_loss else 0.0
        shares = np.full(fake.shape, 1.0 / len(fake), "float32")
        return -sign * shares, shares if sign else -shares

    own = WASSERSTEIN._replace(score_gradients=score_gradients)
    for regularization in (dirac.zero_centred_penalty(0.5), dirac.instance_noise(1.0)):
        options = {"regularization": regularization, "steps": 20}
        np.testing.assert_allclose(
            dirac.trajectory(own, **options), dirac.trajectory(WASSERSTEIN, **options), atol=1e-9
        )
    assert set(calls) == {WASSERSTEIN.discriminator_loss, WASSERSTEIN.generator_loss}


def test_slopes_are_exact_to_ten_digits(random):
    real, fake, real_direction, fake_direction = random.normal(size=(4, 5))
    slopes = -real_direction / (1 + np.exp(real)) + fake_direction / (1 + np.exp(-fake))
    for size in (1e-3, 1.0, 1e3):
        directions = size * real_direction, size * fake_direction
        found = dirac.directional_derivative(minimax_discriminator, (real, fake), directions)
        assert found == pytest.approx(size * slopes.mean(), rel=1e-10)
    assert (
        dirac.directional_derivative(minimax_discriminator, (real, fake), (0 * real, 0 * fake))
        == 0.0
    )


def test_noise_on_real_and_generated_points_is_independent():
    real, fake = regularizations.noise_points(dirac.instance_noise(0.7))
    for points in (real, fake):
        assert points.mean() == pytest.approx(0.0, abs=1e-15)
        assert points.var() == pytest.approx(0.49, rel=1e-12)
    # Every product of moments is the moment of the product.
    for first, second in ((1, 1), (2, 2), (1, 3)):
        joint = (real**first * fake**second).mean()
        expected = (real**first).mean() * (fake**second).mean()
        assert joint == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: dirac.trajectory(MINIMAX, step_size=0), "step_size > 0.0. Received"),
        (lambda: dirac.trajectory(MINIMAX, steps=1.5), "whole number >= 0 for steps"),
        (lambda: dirac.trajectory(MINIMAX, start=(1.0,)), r"\(theta, psi\). Received"),
        (lambda: dirac.trajectory(MINIMAX, start=(1.0, math.nan)), "finite"),
        (lambda: dirac.trajectory(MINIMAX, discriminator_steps=2), "unless alternating"),
        (lambda: dirac.trajectory(WASSERSTEIN, step_size=50.0), "stays finite.*smaller"),
        (lambda: dirac.zero_centred_penalty(-1.0), "weight >= 0.0. Received: weight=-1.0"),
        (lambda: dirac.weight_clipping(0.0), "limit > 0.0"),
        (lambda: dirac.instance_noise(-0.1), "scale >= 0.0"),
        (lambda: dirac.equilibrium_jacobian(0.5, 0, dirac.gradient_penalty(1.0)), "kink"),
        (lambda: dirac.jacobian(MINIMAX, (1.0, 0.0), dirac.gradient_penalty(1.0)), "kink"),
        (lambda: dirac.jacobian(MINIMAX, step=0.0), "step > 0.0. Received: step=0.0"),
        (lambda: dirac.eigenvalues([[1.0, 2.0, 3.0]]), r"matrix \[2, 2\].*\(1, 3\)"),
    ],
)
def test_bad_input_is_refused_in_one_line(call, message):
    with pytest.raises(InputError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
