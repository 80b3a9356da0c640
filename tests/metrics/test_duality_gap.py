"""The duality gap of games whose equilibrium is known."""

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.metrics import _duality_gap as gaps


def concave(u, v):
    """Zero at the equilibrium (0, 0); best answers v = u and u = −v."""
    return float(u @ v - 0.5 * v @ v + 0.5 * u @ u)


def gap_of(payoff, u, v, bound=None):
    return gaps.duality_gap(
        payoff,
        u,
        v,
        lambda v: gaps.best_response(lambda u: payoff(u, v), u, bound),
        lambda u: gaps.best_response(lambda v: -payoff(u, v), v, bound),
    )


def test_the_gap_is_zero_at_the_equilibrium_only():
    zero = np.zeros(2)
    assert gap_of(concave, zero, zero) == pytest.approx(0.0, abs=1e-9)
    u, v = np.array([1.0, 2.0]), np.array([-1.0, 0.5])
    # max_v M(u, v) = |u|², min_u M(u, v) = −|v|².
    assert gap_of(concave, u, v) == pytest.approx(u @ u + v @ v, rel=1e-6)


def test_a_bilinear_game_in_a_box():
    # The Dirac-GAN of Wasserstein: M = u v with |u|, |v| <= 2, whose gap is 2|u| + 2|v|.
    assert gap_of(lambda u, v: float(u @ v), np.array([0.5]), np.array([-1.5]), 2.0) == (
        pytest.approx(2 * 0.5 + 2 * 1.5, rel=1e-6)
    )


def test_a_payoff_without_bound_is_refused():
    with pytest.raises(InputError, match="Expected finite payoffs"):
        gaps.duality_gap(lambda u, v: u * v, 1.0, 1.0, lambda v: -np.inf, lambda u: 0.0)
