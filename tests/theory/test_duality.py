"""Suprema found by search, and the bound that an f-GAN's critic climbs."""

import math

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.theory import densities, divergences, duality
from kgan.theory import f_divergences as table

NAMES = tuple(table.F_DIVERGENCES)
P, Q = densities.gaussian(0.0, 1.0), densities.mixture([0.4, 0.6], [-1.0, 0.7], [1.2, 1.3])


def crossings(name):
    if name != "total_variation":
        return ()
    nodes, _ = densities.make_quadrature(P.edges, Q.edges)
    signs = np.sign(P.pdf(nodes) - Q.pdf(nodes))
    near = nodes[np.flatnonzero(np.diff(signs))]
    from scipy.optimize import brentq

    return [brentq(lambda x: float(P.pdf(x) - Q.pdf(x)), x - 0.2, x + 0.2) for x in near]


@pytest.mark.parametrize("name", NAMES)
class TestEveryDivergence:
    def test_conjugate_is_the_supremum(self, name):
        row = table.get_f_divergence(name)
        for ratio in (0.2, 0.9, 3.0):
            t = float(row.derivative(np.float64(ratio)))
            found = duality.numerical_conjugate(row.f, t)
            assert found == pytest.approx(float(row.conjugate(np.float64(t))), abs=1e-9)

    def test_the_conjugates_conjugate_is_f(self, name):
        row = table.get_f_divergence(name)
        for ratio in (0.2, 1.0, 3.0):
            found = duality.numerical_conjugate(row.conjugate, ratio, domain=row.domain)
            assert found == pytest.approx(float(row.f(np.float64(ratio))), abs=1e-8)

    def test_bound_is_met_at_the_optimal_critic(self, name):
        critic = duality.optimal_critic(name, P, Q)
        bound = duality.variational_bound_by_quadrature(name, critic, P, Q, crossings(name))
        assert bound == pytest.approx(divergences.f_divergence(name, P, Q), abs=1e-9)

    def test_any_other_critic_stays_below(self, name):
        row, best = table.get_f_divergence(name), divergences.f_divergence(name, P, Q)
        for slope in (-0.3, 0.0, 0.5):

            def critic(x, slope=slope):
                return row.activation(slope * np.tanh(x))

            bound = duality.variational_bound_by_quadrature(name, critic, P, Q)
            assert bound < best - 1e-4

    def test_optimal_critics_take_far_tails(self, name):
        far = densities.gaussian(60.0, 1.0)
        outputs = duality.optimal_critic(name, P, far)(np.linspace(-40.0, 100.0, 57))
        assert np.isfinite(table.get_f_divergence(name).conjugate(outputs)).all()


def test_conjugate_beyond_the_domain_is_infinite():
    assert duality.numerical_conjugate(table.REVERSE_KL.f, 0.5) == math.inf
    assert duality.numerical_conjugate(table.TOTAL_VARIATION.f, 0.6) == math.inf


def test_pearsons_formula_is_the_supremum_over_all_ratios_only_above_minus_two():
    assert duality.numerical_conjugate(table.PEARSON.f, -1.9) == pytest.approx(-0.9975)
    assert duality.numerical_conjugate(table.PEARSON.f, -4.0) == pytest.approx(-1.0)


def test_bound_from_samples_is_the_mean_and_estimates_the_divergence(random):
    assert duality.variational_bound("kl", [1.0, 3.0], [1.0, 1.0]) == pytest.approx(1.0)
    real, fake = random.normal(0.0, 1.0, 200_000), random.normal(0.5, 1.0, 200_000)
    critic = duality.optimal_critic("kl", P, densities.gaussian(0.5, 1.0))
    bound = duality.variational_bound("kl", critic(real), critic(fake))
    assert bound == pytest.approx(0.125, abs=0.005)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: duality.variational_bound("gan", [0.1], [-1.0]), r"domain.*Received: real_out"),
        (lambda: duality.variational_bound("kl", [], [1.0]), "at least one number"),
        (lambda: duality.variational_bound("kl", [math.nan], [1.0]), "finite"),
        (lambda: duality.variational_bound("kk", [0.0], [1.0]), "Unknown f-divergence"),
        (lambda: duality.numerical_conjugate(table.KL.f, 0.0, (1.0, 1.0)), "low < high"),
        (lambda: duality.numerical_conjugate(table.KL.f, 0.0, (1.0,)), r"domain=\(1.0,\)"),
        (lambda: duality.optimal_critic("kl", [0.5, 0.5], P), "two Density values"),
    ],
)
def test_bad_input_is_refused_in_one_line(call, message):
    with pytest.raises(InputError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("domain", ["x", None, 1j, [[1], [2, 3]], (2, 1), (1,), (0, math.nan)])
def test_a_domain_that_is_none_is_a_line(domain):
    with pytest.raises(InputError, match=r"Expected domain=\(low, high\)") as caught:
        duality.numerical_conjugate(np.square, 1.0, domain)
    assert "\n" not in str(caught.value)
