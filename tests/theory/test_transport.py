"""Transport against shifts, sorted samples, linear programmes and each other."""

import math

import numpy as np
import pytest
from scipy import stats

from kgan.errors import InputError
from kgan.theory import densities, divergences, transport


def test_a_shift_costs_its_length(random):
    x = random.normal(size=31)
    for order in (1, 2, 3):
        assert transport.wasserstein(x, x - 2.5, order) == pytest.approx(2.5, abs=1e-12)


def test_samples_of_different_sizes_by_hand():
    # One half of the mass at 0 stays, one half goes 3 far.
    assert transport.wasserstein([0.0], [0.0, 3.0]) == pytest.approx(1.5)
    assert transport.wasserstein([0.0], [0.0, 3.0], order=2) == pytest.approx(math.sqrt(4.5))
    assert transport.wasserstein([2.0, 0.0], [0.0, 2.0]) == 0.0


def test_weighted_samples_agree_with_scipy(random):
    x, y = random.normal(size=13), random.normal(1.0, 2.0, size=8)
    a, b = random.dirichlet(np.ones(13)), random.dirichlet(np.ones(8))
    expected = stats.wasserstein_distance(x, y, a, b)
    assert transport.wasserstein(x, y, 1, a, b) == pytest.approx(expected, rel=1e-12)
    plan = transport.find_transport_plan(a, b, transport.cost_matrix(x, y, 2))
    distance = transport.wasserstein(x, y, 2, a, b)
    assert distance**2 == pytest.approx(plan.value, rel=1e-9)


def test_densities_through_quantiles():
    p, q = densities.gaussian(0.0, 1.0), densities.gaussian(3.0, 2.0)
    assert transport.wasserstein_of_densities(p, q, 2) == pytest.approx(
        transport.gaussian_wasserstein2(0.0, 1.0, 3.0, 4.0), rel=1e-5
    )
    same_mean = densities.gaussian(0.0, 2.0)
    # The quantiles of N(0, 2²) are twice those of N(0, 1): W₁ = E|x|.
    assert transport.wasserstein_of_densities(p, same_mean) == pytest.approx(
        math.sqrt(2 / math.pi), rel=1e-5
    )
    one, two = densities.uniform(0.0, 1.0), densities.uniform(2.0, 4.0)
    assert transport.wasserstein_of_densities(one, two) == pytest.approx(2.5, rel=1e-9)


def test_a_density_with_a_hole():
    apart = densities.mixture([0.5, 0.5], [-10.0, 10.0], [0.01, 0.01])
    middle = densities.gaussian(0.0, 0.01)
    # Each half of the middle, whose mean is ±0.01·√(2/π), goes to its side.
    assert transport.wasserstein_of_densities(apart, middle) == pytest.approx(
        10.0 - 0.01 * math.sqrt(2 / math.pi), rel=1e-6
    )


def test_plan_has_the_marginals_the_value_and_the_dual(random):
    p, q = random.dirichlet(np.ones(6)), random.dirichlet(np.ones(4))
    cost = transport.cost_matrix(random.normal(size=(6, 2)), random.normal(size=(4, 2)))
    found = transport.find_transport_plan(p, q, cost)
    np.testing.assert_allclose(found.plan.sum(1), p, atol=1e-12)
    np.testing.assert_allclose(found.plan.sum(0), q, atol=1e-12)
    assert (found.plan * cost).sum() == pytest.approx(found.value, abs=1e-12)
    assert p @ found.p_potential + q @ found.q_potential == pytest.approx(found.value, abs=1e-12)
    assert (found.p_potential[:, None] + found.q_potential <= cost + 1e-9).all()
    assert found.value < (np.outer(p, q) * cost).sum()


@pytest.mark.parametrize("unit", [1e-12, 1e12])
def test_a_plan_is_the_same_in_any_unit(random, unit):
    p, q = random.dirichlet(np.ones(6)), random.dirichlet(np.ones(4))
    cost = random.normal(size=(6, 4))
    plain, scaled = (transport.find_transport_plan(p, q, scale * cost) for scale in (1.0, unit))
    np.testing.assert_allclose(scaled.plan, plain.plan, atol=1e-9)
    np.testing.assert_allclose(scaled.value, unit * plain.value, rtol=1e-9)
    duals = p @ scaled.p_potential + q @ scaled.q_potential
    np.testing.assert_allclose(duals, scaled.value, rtol=1e-9)


def test_a_plan_worked_by_hand():
    found = transport.find_transport_plan([1.0, 0.0], [0.25, 0.75], [[0.0, 2.0], [7.0, 0.0]])
    np.testing.assert_allclose(found.plan, [[0.25, 0.75], [0.0, 0.0]], atol=1e-12)
    assert found.value == pytest.approx(1.5)


def test_assignment_is_the_plan_of_equal_samples(random):
    x, y = random.normal(size=(7, 3)), random.normal(size=(7, 3))
    found = transport.assign(x, y, order=2)
    even = np.full(7, 1 / 7)
    plan = transport.find_transport_plan(even, even, transport.cost_matrix(x, y, 2))
    assert found.distance**2 == pytest.approx(plan.value, rel=1e-9)
    np.testing.assert_allclose(plan.plan[np.arange(7), found.partner], even, atol=1e-9)
    line = transport.assign([3.0, 1.0], [1.5, 3.5])
    assert line.partner.tolist() == [1, 0] and line.distance == pytest.approx(0.5)


def test_bures(random):
    # Commuting covariances: the distance of the standard deviations.
    value = transport.gaussian_wasserstein2([1, 0], np.diag([4.0, 9.0]), [0, 0], np.diag([1, 1]))
    assert value == pytest.approx(math.sqrt(1 + 1 + 4))
    root = random.normal(size=(4, 4))
    covariance = root @ root.T
    assert transport.gaussian_wasserstein2(
        np.zeros(4), covariance, np.zeros(4), covariance
    ) == pytest.approx(0, abs=1e-6)
    points = transport.gaussian_wasserstein2([3, 4], np.zeros((2, 2)), [0, 0], np.zeros((2, 2)))
    assert points == pytest.approx(5.0)
    # No coupling of samples beats it by more than chance.
    other = np.diag([0.5, 1.0, 2.0, 0.1])
    exact = transport.gaussian_wasserstein2(np.zeros(4), covariance, np.ones(4), other)
    x, y = (
        random.normal(size=(300, 4)) @ root.T,
        1 + random.normal(size=(300, 4)) * np.sqrt(np.diag(other)),
    )
    assert transport.assign(x, y, 2).distance == pytest.approx(exact, rel=0.15)


@pytest.mark.parametrize("theta", [-0.5, 0.0, 1e-3, 2.0])
def test_parallel_lines_are_what_a_fine_grid_of_lines_gives(theta):
    said = transport.parallel_line_distances(theta)
    heights = np.linspace(0.0, 1.0, 6)
    left = np.stack([np.zeros(6), heights], axis=1)
    right = left + np.array([theta, 0.0])
    even = np.full(6, 1 / 6)
    found = transport.find_transport_plan(even, even, transport.cost_matrix(left, right))
    assert said.wasserstein == pytest.approx(found.value, abs=1e-12)
    outcomes = np.unique(np.concatenate([left, right]), axis=0)
    p, q = (
        np.array([(line == point).all(1).any() for point in outcomes]) / 6 for line in (left, right)
    )
    assert said.jensen_shannon == pytest.approx(divergences.jensen_shannon(p, q), abs=1e-15)
    assert said.total_variation == pytest.approx(divergences.total_variation(p, q), abs=1e-15)
    assert said.kl == divergences.kl(p, q) and said.reverse_kl == divergences.reverse_kl(p, q)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: transport.wasserstein([], [1.0]), "at least one number for x"),
        (lambda: transport.wasserstein([math.nan], [1.0]), "finite numbers for x"),
        (lambda: transport.wasserstein([1.0], [1.0], 0.5), "order >= 1.0. Received: order=0.5"),
        (lambda: transport.wasserstein([1.0], [1.0], 1, [0.4]), "x_weights.*sums to 0.4"),
        (lambda: transport.wasserstein([1.0], [1.0], 1, [0.5, 0.5]), "one weight per position"),
        (lambda: transport.find_transport_plan([1.0], [1.0], [[1.0, 2.0]]), r"cost \(1, 2\)"),
        (lambda: transport.assign([1.0], [1.0, 2.0]), "as many x as y"),
        (lambda: transport.cost_matrix([[1.0]], [[1.0, 2.0]]), r"y of shape \(1, 2\)"),
        (lambda: transport.gaussian_wasserstein2(0, -1, 0, 1), "positive semidefinite"),
        (lambda: transport.parallel_line_distances([1.0, 2.0]), "one number for theta"),
        (
            lambda: transport.wasserstein_of_densities([1.0], densities.gaussian(0, 1)),
            "Density values",
        ),
    ],
)
def test_bad_input_is_refused_in_one_line(call, message):
    with pytest.raises(InputError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
