"""The table against itself, against the supremum it stands for, and on tensors."""

import math

import numpy as np
import pytest
from scipy.special import lambertw

from kgan.errors import InputError
from kgan.theory import f_divergences as table

NAMES = tuple(table.F_DIVERGENCES)
RATIOS = np.array([1e-3, 0.05, 0.3, 0.9, 1.0, 1.1, 2.0, 7.5, 400.0])
SCORES = np.linspace(-6.0, 6.0, 25)


@pytest.mark.parametrize("name", NAMES)
class TestRows:
    def test_f_is_zero_at_one_and_convex(self, name):
        row = table.get_f_divergence(name)
        assert float(row.f(np.float64(1.0))) == pytest.approx(
            -math.log(4) if name == "gan" else 0.0, abs=1e-15
        )
        low, high = np.meshgrid(RATIOS, RATIOS)
        assert (row.f((low + high) / 2) <= (row.f(low) + row.f(high)) / 2 + 1e-12).all()

    def test_derivative_is_that_of_f(self, name):
        row = table.get_f_divergence(name)
        ratios = RATIOS[RATIOS != 1.0] if name == "total_variation" else RATIOS
        step = 1e-5 * ratios
        numeric = (row.f(ratios + step) - row.f(ratios - step)) / (2 * step)
        np.testing.assert_allclose(row.derivative(ratios), numeric, rtol=1e-6, atol=1e-8)

    def test_derivatives_at_one_are_as_printed(self, name):
        row = table.get_f_divergence(name)
        assert row.derivative(np.float64(1.0)) == pytest.approx(row.derivative_at_one, abs=1e-15)
        if name == "total_variation":
            assert math.isnan(row.second_derivative_at_one)
            return
        step = 1e-5
        second = (row.derivative(1 + step) - row.derivative(1 - step)) / (2 * step)
        assert second == pytest.approx(row.second_derivative_at_one, rel=1e-8)

    def test_fenchel_equality_holds_at_the_derivative_and_inequality_elsewhere(self, name):
        row = table.get_f_divergence(name)
        t = row.derivative(RATIOS)
        np.testing.assert_allclose(
            row.conjugate(t), RATIOS * t - row.f(RATIOS), rtol=1e-10, atol=1e-11
        )
        u, t = np.meshgrid(RATIOS, row.activation(SCORES))
        assert (row.f(u) + row.conjugate(t) - u * t >= -1e-10 * (1 + np.abs(u * t))).all()

    def test_activation_rises_inside_the_domain(self, name):
        row = table.get_f_divergence(name)
        outputs = row.activation(SCORES)
        assert (np.diff(outputs) > 0).all()
        assert (outputs > row.domain[0]).all() and (outputs < row.domain[1]).all()

    def test_conjugate_of_activation_is_the_composition(self, name):
        row = table.get_f_divergence(name)
        np.testing.assert_allclose(
            row.conjugate_of_activation(SCORES),
            row.conjugate(row.activation(SCORES)),
            rtol=1e-9,
            atol=1e-12,
        )

    def test_conjugate_of_activation_stays_finite_at_large_scores(self, name):
        growing = ("kl", "squared_hellinger", "jeffrey", "neyman", "pearson")
        scores = np.array([-50.0, 50.0])
        values = table.get_f_divergence(name).conjugate_of_activation(scores)
        assert np.isfinite(values).all()
        if name not in growing:
            assert (np.abs(values) <= 51).all()

    def test_limits_price_missing_mass(self, name):
        row = table.get_f_divergence(name)
        at_zero, slope = row.f(np.float64(1e-200)), row.f(np.float64(1e140)) / 1e140
        for value, limit in ((at_zero, row.at_zero), (slope, row.slope_at_infinity)):
            if math.isinf(limit):
                assert value > 300
            else:
                assert value == pytest.approx(limit, abs=1e-12)

    def test_keras_ops_give_the_same_numbers(self, name):
        from keras import ops

        row = table.get_f_divergence(name)
        ratios, scores = ops.convert_to_tensor(RATIOS), ops.convert_to_tensor(SCORES)
        outputs = row.activation(scores, ops)
        for tensor, array in (
            (row.f(ratios, ops), row.f(RATIOS)),
            (row.derivative(ratios, ops), row.derivative(RATIOS)),
            (outputs, row.activation(SCORES)),
            (row.conjugate(outputs, ops), row.conjugate(row.activation(SCORES))),
            (row.conjugate_of_activation(scores, ops), row.conjugate_of_activation(SCORES)),
        ):
            np.testing.assert_allclose(np.array(tensor), array, rtol=1e-9, atol=1e-13)

    def test_keras_differentiates_them_also_at_a_score_of_zero(self, name):
        """Where a new critic stands, and where a formula in parts has its seam."""
        import tensorflow as tf
        from keras import ops

        row, scores, step = table.get_f_divergence(name), np.array([-3.0, 0.0, 2.0]), 1e-5
        for function in (row.activation, row.conjugate_of_activation):
            v = tf.constant(scores)
            with tf.autodiff.ForwardAccumulator(v, tf.ones_like(v)) as forward:
                value = function(v, ops)
            slope = (function(scores + step) - function(scores - step)) / (2 * step)
            np.testing.assert_allclose(forward.jvp(value), slope, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(
    "name, t, value",
    [
        ("kl", 1.0, 1.0),
        ("reverse_kl", -1.0, -1.0),
        ("pearson", 2.0, 3.0),
        ("neyman", 0.0, 0.0),
        ("neyman", -3.0, -2.0),
        ("squared_hellinger", 0.5, 1.0),
        ("jeffrey", 0.0, 0.0),
        ("jensen_shannon", 0.0, 0.0),
        ("gan", -math.log(2), math.log(2)),
        ("total_variation", 0.25, 0.25),
    ],
)
def test_conjugates_at_points_worked_by_hand(name, t, value):
    assert table.get_f_divergence(name).conjugate(np.float64(t)) == pytest.approx(value, abs=1e-14)


def test_lambert_by_newton_is_scipys_to_twelve_digits():
    a = np.concatenate([np.linspace(-30.0, 30.0, 241), [-300.0, 300.0, 600.0]])
    exact = lambertw(np.exp(a)).real
    np.testing.assert_allclose(np.exp(table.log_lambert_of_exp(a)), exact, rtol=1e-12, atol=0)
    huge = np.array([-1e4, 1e6])
    y = table.log_lambert_of_exp(huge)
    np.testing.assert_allclose(y + np.exp(y), huge, rtol=1e-14)


def test_jeffrey_is_differentiable_through_its_newton_steps():
    import tensorflow as tf
    from keras import ops

    t = tf.constant(np.linspace(-5.0, 5.0, 11))
    # Forward mode, since kgan itself opens tapes only where it trains.
    with tf.autodiff.ForwardAccumulator(t, tf.ones_like(t)) as forward:
        value = table.JEFFREY.conjugate(t, ops)
    slope = forward.jvp(value).numpy()
    # (f*)' is the inverse of f'.
    np.testing.assert_allclose(table.JEFFREY.derivative(slope), t.numpy(), rtol=0, atol=1e-12)


def test_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match=r"Received: 'kll'.*nearest first: kl, "):
        table.get_f_divergence("kll")
