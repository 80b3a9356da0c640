"""Maximum likelihood is least KL; the published fits of one Gaussian to a mixture."""

import math

import numpy as np
import pytest
from scipy import optimize

from kgan.errors import InputError
from kgan.theory import densities, divergences, likelihood


@pytest.mark.parametrize("name", likelihood.PUBLISHED_FITS)
def test_published_optima(name):
    found = likelihood.fit_gaussian(name, likelihood.NOWOZIN_MIXTURE)
    expected = likelihood.PUBLISHED_FITS[name]
    factor = 2 if name == "jensen_shannon" else 1  # the paper's unit
    assert factor * found.divergence == pytest.approx(factor * expected.divergence, abs=1e-3)
    assert found.mean == pytest.approx(expected.mean, abs=1e-3)
    assert found.scale == pytest.approx(expected.scale, abs=1e-3)


def test_least_kl_takes_the_mixtures_moments():
    mixture = likelihood.NOWOZIN_MIXTURE
    mean, scale = likelihood.moments(mixture)
    assert mean == pytest.approx(0.33 * -1 + 0.67 * 2, abs=1e-9)
    assert scale**2 == pytest.approx(0.33 * 1.065 + 0.67 * 6 - 1.01**2, abs=1e-9)
    found = likelihood.fit_gaussian("kl", mixture, start=(0.0, 1.0))
    assert found.mean == pytest.approx(mean, abs=1e-4)
    assert found.scale == pytest.approx(scale, abs=1e-4)


def test_reverse_kl_follows_a_mode_where_kl_covers_both():
    apart = densities.mixture([0.5, 0.5], [-4.0, 4.0], [0.5, 0.5])
    covering = likelihood.fit_gaussian("kl", apart)
    seeking = likelihood.fit_gaussian("reverse_kl", apart, start=(3.0, 1.0))
    assert covering.scale > 4 and seeking.mean == pytest.approx(4.0, abs=1e-3)
    assert seeking.scale == pytest.approx(0.5, abs=1e-3)
    assert seeking.divergence == pytest.approx(math.log(2), abs=1e-6)


def test_a_gaussian_is_fitted_by_itself():
    for name in divergences.NAMES:
        found = likelihood.fit_gaussian(name, densities.gaussian(2.0, 0.5), start=(1.5, 0.7))
        assert found.divergence == pytest.approx(0.0, abs=1e-5)
        assert found.mean == pytest.approx(2.0, abs=1e-3)
        assert found.scale == pytest.approx(0.5, abs=1e-3)


def test_gaussian_likelihood_splits_into_entropy_and_kl(random):
    samples = random.normal(size=(50, 3)) @ random.normal(size=(3, 3)) + 1.0
    best = likelihood.gaussian_maximum_likelihood(samples)
    np.testing.assert_allclose(best[1], np.cov(samples.T, bias=True), rtol=1e-12)
    entropy, kl = likelihood.split_gaussian_likelihood(samples, *best)
    assert kl == pytest.approx(0.0, abs=1e-12)
    other = (np.zeros(3), np.eye(3))
    for mean, covariance in (best, other):
        split = likelihood.split_gaussian_likelihood(samples, mean, covariance)
        said = likelihood.gaussian_log_likelihood(samples, mean, covariance)
        assert sum(split) == pytest.approx(-said, rel=1e-12)
        assert split[0] == entropy
    # By hand: one sample a unit off a standard normal.
    assert likelihood.gaussian_log_likelihood([1.0], 0.0, 1.0) == pytest.approx(
        -0.5 - 0.5 * math.log(2 * math.pi)
    )


def test_the_most_likely_gaussian_is_found_by_search_at_the_least_kl(random):
    samples = random.exponential(size=40)

    def cost(parameters):
        return -likelihood.gaussian_log_likelihood(
            samples, parameters[0], math.exp(2 * parameters[1])
        )

    found = optimize.minimize(cost, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-7})
    mean, covariance = likelihood.gaussian_maximum_likelihood(samples)
    assert found.x[0] == pytest.approx(mean[0], abs=1e-4)
    assert math.exp(2 * found.x[1]) == pytest.approx(covariance[0, 0], abs=1e-4)


def test_categorical_likelihood_is_entropy_and_kl(random):
    outcomes = random.integers(0, 3, 60)
    best = likelihood.categorical_maximum_likelihood(outcomes, 4)
    assert best[3] == 0 and best.sum() == pytest.approx(1)
    best_value = likelihood.categorical_log_likelihood(outcomes, best)
    assert best_value == pytest.approx(-divergences.entropy(best), abs=1e-14)
    for _ in range(20):
        model = random.dirichlet(np.ones(4))
        value = likelihood.categorical_log_likelihood(outcomes, model)
        assert value == pytest.approx(np.log(model[outcomes]).mean(), rel=1e-12)
        assert best_value - value == pytest.approx(divergences.kl(best, model), abs=1e-12)
    assert likelihood.categorical_log_likelihood([0, 1], [1.0, 0.0]) == -math.inf


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: likelihood.fit_gaussian("k", densities.gaussian(0, 1)), "Unknown divergence"),
        (lambda: likelihood.fit_gaussian("kl", densities.gaussian(0, 1), (0.0, -1.0)), "scale > 0"),
        (lambda: likelihood.fit_gaussian("kl", densities.gaussian(0, 1), (0.0,)), r"\(mean, scale"),
        (lambda: likelihood.fit_gaussian("kl", [1.0]), "Expected a Density"),
        (lambda: likelihood.categorical_maximum_likelihood([3], 3), r"\[0, 3\).*\[3.\]"),
        (lambda: likelihood.categorical_maximum_likelihood([], 3), "at least one"),
        (lambda: likelihood.categorical_log_likelihood([0], [0.5]), "sums to 0.5"),
        (lambda: likelihood.gaussian_log_likelihood([[1.0, 2.0]], 0, 1), "model's dimension"),
        (lambda: likelihood.gaussian_log_likelihood([math.nan], 0, 1), "finite"),
        (lambda: likelihood.split_gaussian_likelihood([1.0, 1.0], 0, 1), "positive definite"),
    ],
)
def test_bad_input_is_refused_in_one_line(call, message):
    with pytest.raises(InputError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
