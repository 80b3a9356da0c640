"""Sliced Wasserstein against closed forms and SciPy; the pyramid finds the scale of an error."""

import math

import numpy as np
import pytest
from scipy import special, stats

from kgan.errors import InputError
from kgan.metrics import _swd as swd


@pytest.mark.parametrize("dimension", [1, 3, 20])
def test_a_shift_has_its_closed_forms(random, dimension):
    x = random.normal(size=(50, dimension))
    shift = random.normal(size=dimension)
    length = np.linalg.norm(shift)
    # E (θ·s)² = |s|²/D, and E |θ·s| = |s| Γ(D/2) / (√π Γ((D+1)/2)).
    second = swd.swd(x, x + shift, order=2, directions=20_000)
    assert second == pytest.approx(length / math.sqrt(dimension), rel=0.02)
    ratio = math.exp(special.gammaln(dimension / 2) - special.gammaln((dimension + 1) / 2))
    first = swd.swd(x, x + shift, order=1, directions=20_000)
    assert first == pytest.approx(length * ratio / math.sqrt(math.pi), rel=0.02)


def test_gaussians_of_two_widths(random):
    # Along every line: N(0, 1) and N(0, 9), whose W₂ is 2.
    x = random.normal(size=(20_000, 4))
    y = 3.0 * random.normal(size=(15_000, 4))
    assert swd.swd(x, y, directions=32) == pytest.approx(2.0, rel=0.03)


@pytest.mark.parametrize("sizes", [(7, 7), (7, 5), (4, 12)])
def test_on_the_line_it_is_scipys(random, sizes):
    x, y = (random.normal(size=(size, 1)) for size in sizes)
    expected = stats.wasserstein_distance(x[:, 0], y[:, 0])
    assert swd.swd(x, y, order=1, directions=3) == pytest.approx(expected, rel=1e-9)


def test_one_sample_and_the_order_of_rows(random):
    x, y = random.normal(size=(30, 3)), random.normal(size=(40, 3))
    expected = swd.swd(x, y)
    assert swd.swd(random.permutation(x), y[::-1]) == pytest.approx(expected)
    assert swd.swd(x, x[::-1]) == 0.0
    assert swd.swd([[0.0]], [[2.0]]) == pytest.approx(2.0)
    assert swd.swd(x, y, seed=1) != expected


def test_bad_input_is_one_line():
    with pytest.raises(InputError, match="order of 1 or 2"):
        swd.swd(np.zeros((2, 2)), np.zeros((2, 2)), order=3)
    with pytest.raises(InputError, match="square images"):
        swd.laplacian_swd(np.zeros((2, 24, 24, 1)), np.zeros((2, 24, 24, 1)))


@pytest.fixture
def smooth(random):
    """Draws [count, 32, 32, 1] pictures of one slope each."""
    axis = np.linspace(-1.0, 1.0, 32)

    def draw(count):
        slopes = random.uniform(-0.4, 0.4, size=(2, count, 1, 1))
        return (slopes[0] * axis[:, None] + slopes[1] * axis)[..., None]

    return draw


def test_levels_are_those_of_the_pyramid(smooth):
    pictures = smooth(40)
    same = swd.laplacian_swd(pictures, pictures[::-1])
    assert set(same) == {32, 16}
    assert max(same.values()) == 0.0


def test_noise_is_seen_at_its_scale(smooth, random):
    real, fake = smooth(60), smooth(60)
    clean = swd.laplacian_swd(real, fake)
    checkers = 0.2 * (-1.0) ** np.add.outer(np.arange(32), np.arange(32))[..., None]
    signs = random.choice([-1.0, 1.0], size=(60, 1, 1, 1))
    noisy = swd.laplacian_swd(real, fake + signs * checkers)
    # A chessboard of one pixel is gone after the first blur.
    assert noisy[32] > 10 * clean[32]
    assert noisy[16] == pytest.approx(clean[16], rel=0.1)


def test_a_pyramid_of_a_constant_has_no_detail():
    patches, coarser = swd._level(np.full((2, 32, 32, 3), 0.5), 32, np.array([[0, 0], [9, 25]]))
    assert patches.shape == (4, 49, 3)
    np.testing.assert_allclose(patches, 0.0, atol=1e-6)
    np.testing.assert_allclose(coarser, 0.5, rtol=1e-6)
    assert coarser.shape == (2, 16, 16, 3)
