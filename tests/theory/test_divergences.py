"""Divergences against hand-worked sums, identities and the Gaussians' closed forms."""

import math

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.theory import densities, divergences, gaussians
from kgan.theory import f_divergences as table

LOG_2 = math.log(2)
P, Q = [0.5, 0.5, 0.0], [0.25, 0.5, 0.25]


@pytest.mark.parametrize(
    "name, value, swapped",
    [
        ("kl", 0.5 * LOG_2, math.inf),
        ("reverse_kl", math.inf, 0.5 * LOG_2),
        ("pearson", 0.0625 / 0.25 + 0.25, math.inf),
        ("neyman", math.inf, 0.5),
        ("squared_hellinger", 2 - 2 * (math.sqrt(0.125) + 0.5), 2 - 2 * (math.sqrt(0.125) + 0.5)),
        ("jeffrey", math.inf, math.inf),
        ("total_variation", 0.25, 0.25),
    ],
)
def test_a_case_worked_by_hand(name, value, swapped):
    assert divergences.divergence(name, P, Q) == pytest.approx(value, abs=1e-15)
    assert divergences.divergence(name, Q, P) == pytest.approx(swapped, abs=1e-15)
    assert getattr(divergences, name)(P, Q) == divergences.divergence(name, P, Q)


def test_jensen_shannon_is_the_mean_kl_to_the_middle():
    middle = (np.array(P) + Q) / 2
    mean = (divergences.kl(P, middle) + divergences.kl(Q, middle)) / 2
    assert divergences.jensen_shannon(P, Q) == pytest.approx(mean, abs=1e-15)
    assert divergences.jensen_shannon([1, 0], [0, 1]) == pytest.approx(LOG_2, abs=1e-15)
    assert divergences.jensen_shannon([1, 0], [0, 1], bits=True) == pytest.approx(1, abs=1e-15)


def test_entropies():
    assert divergences.entropy([0.5, 0.25, 0.125, 0.125], bits=True) == pytest.approx(1.75)
    assert divergences.entropy([1.0, 0.0]) == 0.0
    assert divergences.cross_entropy(P, Q) == pytest.approx(
        divergences.entropy(P) + divergences.kl(P, Q), abs=1e-15
    )
    assert divergences.cross_entropy(Q, P) == math.inf
    unit = densities.uniform(0.0, 8.0)
    assert divergences.entropy(unit, bits=True) == pytest.approx(3.0, abs=1e-12)
    normal = densities.gaussian(5.0, 0.01)
    assert divergences.entropy(normal) == pytest.approx(gaussians.entropy(5.0, 1e-4), abs=1e-10)


def test_joint_distributions_of_any_shape_and_mutual_information():
    joint = np.array([[0.5, 0.0], [0.0, 0.5]])
    product = np.outer(joint.sum(1), joint.sum(0))
    assert divergences.kl(joint, product, bits=True) == pytest.approx(1.0)


@pytest.mark.parametrize("name", divergences.NAMES)
def test_named_divergences_are_those_of_the_table(name, random):
    p, q = random.dirichlet(np.ones(7)), random.dirichlet(np.ones(7))
    factor, row = 2 if name == "jensen_shannon" else 1, table.get_f_divergence(name)
    limits = {"at_zero": row.at_zero, "slope_at_infinity": row.slope_at_infinity}
    for pair in ((p, q), (np.array(P), Q)):
        expected = factor * divergences.divergence(name, *pair)
        for general in (name, row, row._replace(name="mine")):
            assert divergences.f_divergence(general, *pair) == pytest.approx(expected, rel=1e-12)
        general = divergences.f_divergence(row.f, *pair, **limits)
        assert general == pytest.approx(expected, rel=1e-12)
    wide, narrow = densities.gaussian(0.3, 1.0), densities.gaussian(0.0, 0.8)
    expected = factor * divergences.divergence(name, narrow, wide)
    assert divergences.f_divergence(name, narrow, wide) == pytest.approx(expected, rel=1e-12)
    if name != "total_variation":  # its kink lies within a panel
        general = divergences.f_divergence(row.f, narrow, wide)
        assert general == pytest.approx(expected, rel=1e-9)


def test_gan_is_twice_jsd_minus_log_four():
    expected = 2 * divergences.jensen_shannon(P, Q) - math.log(4)
    assert divergences.f_divergence("gan", P, Q) == pytest.approx(expected, abs=1e-14)
    f = table.GAN.f
    limits = {"at_zero": 0.0, "slope_at_infinity": 0.0}
    assert divergences.f_divergence(f, P, Q, **limits) == pytest.approx(expected, abs=1e-14)
    in_bits = divergences.f_divergence("gan", P, Q, bits=True)
    assert in_bits == pytest.approx(expected / LOG_2, abs=1e-14)


def test_a_function_of_ones_own():
    def f(u):
        return u * np.log(u)

    positive = [0.2, 0.3, 0.5]
    assert divergences.f_divergence(f, positive, Q) == pytest.approx(divergences.kl(positive, Q))
    assert divergences.f_divergence(f, P, Q, at_zero=0.0) == pytest.approx(divergences.kl(P, Q))
    with pytest.raises(InputError, match="Expected at_zero"):
        divergences.f_divergence(f, P, Q)
    with pytest.raises(InputError, match="Expected slope_at_infinity"):
        divergences.f_divergence(f, Q, P)


@pytest.mark.parametrize(
    "name", ["kl", "reverse_kl", "jeffrey", "squared_hellinger", "pearson", "neyman"]
)
@pytest.mark.parametrize("mean, scale", [(0.7, 1.3), (-2.0, 0.9), (5.0, 1.1), (0.0, 1.6)])
def test_quadrature_meets_the_closed_forms(name, mean, scale):
    p, q = densities.gaussian(0.0, 1.0), densities.gaussian(mean, scale)
    closed = getattr(gaussians, name)(0.0, 1.0, mean, scale**2)
    assert divergences.divergence(name, p, q) == pytest.approx(closed, rel=1e-9)


def test_infinite_chi_squares_are_seen():
    narrow, wide = densities.gaussian(0.0, 1.0), densities.gaussian(0.0, 1.5)
    assert divergences.pearson(wide, narrow) == math.inf == gaussians.pearson(0, 2.25, 0, 1)
    assert divergences.neyman(narrow, wide) == math.inf == gaussians.neyman(0, 1, 0, 2.25)
    assert gaussians.pearson(0, 2.25, 0, 2.25 / 1.9) < math.inf
    assert gaussians.pearson(0, 1, 100, 1) == math.inf  # e^10000 − 1 is beyond a float
    # Up to a ratio of variances of 2 it is finite, carried by tails where p and q have ended.
    for ratio in (1.9, 1.99, 1.999):
        p, q = densities.gaussian(0.0, math.sqrt(ratio)), densities.gaussian(0.0, 1.0)
        closed = gaussians.pearson(0, ratio, 0, 1)
        for value in (divergences.pearson(p, q), divergences.neyman(q, p)):
            assert value == pytest.approx(closed, rel=1e-9)
        assert divergences.f_divergence("pearson", p, q) == pytest.approx(closed, rel=1e-9)
    even = densities.gaussian(0.0, math.sqrt(2.0))
    assert divergences.pearson(even, q) == math.inf == gaussians.pearson(0, 2, 0, 1)


def test_densities_on_intervals():
    short, long = densities.uniform(0.0, 1.0), densities.uniform(0.0, 2.0)
    assert divergences.kl(short, long) == pytest.approx(LOG_2, abs=1e-12)
    assert divergences.kl(long, short) == math.inf
    assert divergences.total_variation(short, long) == pytest.approx(0.5, abs=1e-12)
    assert divergences.pearson(short, long) == pytest.approx(1.0, abs=1e-12)
    apart = densities.uniform(3.0, 4.0)
    assert divergences.jensen_shannon(short, apart) == pytest.approx(LOG_2, abs=1e-12)
    assert divergences.squared_hellinger(short, apart) == pytest.approx(2.0, abs=1e-12)


def test_an_integrand_that_rises_to_an_edge_is_no_tail():
    ramp, even = densities.from_pdf(lambda x: 2 * x, (0.0, 1.0)), densities.uniform(0.0, 1.0)
    assert divergences.kl(ramp, even) == pytest.approx(LOG_2 - 0.5, abs=1e-6)
    assert divergences.pearson(ramp, even) == pytest.approx(1 / 3, abs=1e-9)


def test_gaussians_far_apart():
    p, q = densities.gaussian(0.0, 1.0), densities.gaussian(1000.0, 1.0)
    assert divergences.kl(p, q) == pytest.approx(5e5, rel=1e-9)
    assert divergences.jensen_shannon(p, q) == pytest.approx(LOG_2, abs=1e-12)
    assert divergences.total_variation(p, q) == pytest.approx(1.0, abs=1e-12)
    assert divergences.pearson(p, q) == math.inf  # e^1000000 − 1


def test_total_variation_of_gaussians_is_exact_at_its_kink():
    from scipy.special import erf

    p, q = densities.gaussian(0.0, 1.0), densities.gaussian(1.0, 1.0)
    exact = erf(0.5 / math.sqrt(2))
    assert divergences.total_variation(p, q) == pytest.approx(exact, abs=1e-12)


def test_a_narrow_peak_beside_a_wide_one():
    p = densities.mixture([0.5, 0.5], [0.0, 100.0], [1e-4, 10.0])
    assert densities.expectation(lambda x: x, p) == pytest.approx(50.0, abs=1e-9)
    parts = [densities.gaussian(0.0, 1e-4), densities.gaussian(100.0, 10.0)]
    mean = sum(divergences.entropy(part) for part in parts) / 2
    # Apart as these are, the mixture's entropy is the mean entropy and one bit.
    assert divergences.entropy(p) == pytest.approx(mean + LOG_2, abs=1e-7)


def test_a_density_from_a_function():
    triangle = densities.from_pdf(lambda x: 1 - np.abs(x), (-1.0, 1.0))
    assert divergences.entropy(triangle) == pytest.approx(0.5, abs=1e-6)


def test_what_has_no_mass_is_ignored():
    def pdf(x):
        return np.where((x < 1) | (x > 2), 0.5, 0.0)

    density = densities.from_pdf(pdf, (0.0, 3.0), panels=300)
    logarithm = densities.expectation(density.log_pdf, density)
    assert logarithm == pytest.approx(-LOG_2, abs=1e-12)
    assert divergences.entropy(density) == pytest.approx(LOG_2, abs=1e-12)


def test_sums_may_be_off_by_what_float32_leaves():
    shares = np.random.default_rng(0).dirichlet(np.ones(50)).astype("float32")
    assert divergences.kl(shares, shares) == 0.0
    assert divergences.kl([0.5, 0.5 + 5e-7], [0.5, 0.5]) == pytest.approx(0, abs=1e-6)
    with pytest.raises(InputError, match=r"sums to 1\.000002"):
        divergences.kl([0.5, 0.500002], [0.5, 0.5])


def test_gaussians_of_many_dimensions(random):
    root = random.normal(size=(3, 3))
    covariance, mean = root @ root.T + np.eye(3), np.array([1.0, -2.0, 0.5])
    # Independent coordinates add up, and a common linear map changes nothing.
    scales = np.array([1.1, 0.9, 1.3])
    summed = {
        name: sum(getattr(gaussians, name)(0, 1, m, s) for m, s in zip(mean, scales, strict=True))
        for name in ("kl", "reverse_kl", "jeffrey")
    }
    moved = (root @ mean, root @ np.diag(scales) @ root.T)
    for name, total in summed.items():
        value = getattr(gaussians, name)(np.zeros(3), root @ root.T, *moved)
        assert value == pytest.approx(total, rel=1e-9)
    log_plus_one = sum(
        math.log1p(gaussians.pearson(0, 1, m, s)) for m, s in zip(mean, scales, strict=True)
    )
    assert gaussians.pearson(np.zeros(3), root @ root.T, *moved) == pytest.approx(
        math.expm1(log_plus_one), rel=1e-8
    )
    for name in ("kl", "squared_hellinger", "pearson", "neyman"):
        same = getattr(gaussians, name)(mean, covariance, mean, covariance)
        assert same == pytest.approx(0, abs=1e-12)


def test_bits_are_nats_over_log_two():
    for function in (divergences.kl, divergences.jeffrey, divergences.jensen_shannon):
        p, q = [0.3, 0.7], [0.6, 0.4]
        assert function(p, q, bits=True) == pytest.approx(function(p, q) / LOG_2)
    assert gaussians.kl(0, 1, 1, 1, bits=True) == pytest.approx(0.5 / LOG_2)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: divergences.kl([0.5, 0.6], [0.5, 0.5]), r"Received: p=\[0.5, 0.6\].*sums to 1.1;"),
        (lambda: divergences.kl([1.5, -0.5], [0.5, 0.5]), r"probabilities >= 0 for p"),
        (lambda: divergences.kl([0.5, 0.5], [1.0]), r"p of shape \(2,\), q of shape \(1,\)"),
        (lambda: divergences.kl([math.nan, 1.0], [0.5, 0.5]), "finite numbers for p"),
        (lambda: divergences.kl([], []), "at least one number for p"),
        (lambda: divergences.kl("ab", [1.0]), "real numbers for p. Received: p='ab'"),
        (lambda: divergences.kl([1.0], densities.gaussian(0, 1)), "two Density values"),
        (lambda: divergences.divergence("kk", [1.0], [1.0]), "Unknown divergence.*kl"),
        (lambda: divergences.f_divergence("kk", [1.0], [1.0]), "Unknown f-divergence.*kl"),
        (
            lambda: divergences.f_divergence(None, [1.0], [1.0]),
            "its name, or a function. Received: f=",
        ),
        (lambda: densities.expectation(lambda x: x, [1.0]), r"Density for density.*\[1.0\]"),
        (lambda: densities.gaussian(0.0, -1.0), r"scales > 0. Received.*scales=\[-1.\]"),
        (lambda: densities.uniform(1.0, 1.0), "low < high"),
        (lambda: densities.from_pdf(lambda x: 0 * x + 1, (0.0, 2.0)), "with integral 2 on"),
        (lambda: densities.from_pdf(lambda x: x, (-1.0, 1.0)), "negative or NaN"),
        (lambda: gaussians.kl(0, -1, 0, 1), "positive definite covariance_p"),
        (lambda: gaussians.kl([0, 0], [[1, 2], [0, 1]], 0, 1), "symmetric covariance_p"),
        (lambda: gaussians.kl(0, 1, [0, 0], np.eye(2)), "one dimension"),
        (lambda: gaussians.kl([0, 0], 1, 0, 1), r"covariance_p of shape \(1, 1\)"),
    ],
)
def test_bad_input_is_refused_in_one_line(call, message):
    with pytest.raises(InputError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_the_table_and_the_names_agree():
    assert set(table.F_DIVERGENCES) == {*divergences.NAMES, "gan"}
