"""Path lengths of linear generators, whose closed form is known."""

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.metrics import _path_length


def normals(size):
    return lambda random, count: random.normal(size=(count, size))


def identity(images):
    return images


def test_a_linear_generator_in_w(random):
    # E |A (w₂ − w₁)|² = 2 tr(AAᵀ).
    matrix = random.normal(size=(5, 7))
    for sampling in ("full", "ends"):
        length = _path_length.perceptual_path_length(
            lambda w: w @ matrix.T, identity, normals(7), "lerp", sampling, count=20_000
        )
        expected = 2 * np.trace(matrix @ matrix.T)
        assert length.mean == pytest.approx(expected, abs=4 * length.error)
        assert length.error < 0.02 * expected


def test_each_length_is_exact_for_a_linear_generator():
    seen = []

    def generate(w):
        seen.append(w)
        return 3.0 * w

    length = _path_length.perceptual_path_length(generate, identity, normals(4), "lerp", count=50)
    moved = np.linalg.norm(3.0 * (seen[1] - seen[0]), axis=1) / 1e-4
    np.testing.assert_allclose(length.lengths, moved**2, rtol=1e-9)


def test_a_linear_generator_in_z_on_the_sphere(random):
    # On the unit sphere a point moves with the angle Ω, so that lengths are Ω².
    def on_the_sphere(generator, count):
        x = generator.normal(size=(count, 3))
        return x / np.linalg.norm(x, axis=1, keepdims=True)

    length = _path_length.perceptual_path_length(identity, identity, on_the_sphere, count=20_000)
    # In three dimensions cos Ω is uniform: E Ω² = ½ ∫ Ω² sin Ω = π²/2 − 2.
    assert length.mean == pytest.approx(np.pi**2 / 2 - 2, abs=4 * length.error)


def test_ends_start_at_the_first_latent():
    seen = []

    def generate(z):
        seen.append(z)
        return z

    _path_length.perceptual_path_length(generate, identity, normals(2), sampling="ends", count=10)
    expected = np.random.default_rng(0).normal(size=(10, 2))
    np.testing.assert_allclose(seen[0], expected, rtol=1e-12)
    assert 0 < np.abs(seen[1] - seen[0]).max() < 1e-2


def test_batches_do_not_matter(monkeypatch):
    arguments = (np.tanh, identity, normals(3))
    expected = _path_length.perceptual_path_length(*arguments, count=150).mean
    for size in (1, 7, 1000):
        monkeypatch.setattr(_path_length, "_BATCH", size)
        length = _path_length.perceptual_path_length(*arguments, count=150).mean
        assert length == pytest.approx(expected, rel=1e-6)


def test_trimming_leaves_the_tails_out():
    whole = _path_length.perceptual_path_length(identity, identity, normals(3), count=1000)
    part = _path_length.perceptual_path_length(
        identity, identity, normals(3), count=1000, trim=0.01
    )
    assert len(whole.lengths) == 1000 and len(part.lengths) == 980
    assert part.lengths.max() < whole.lengths.max()
    assert part.lengths.min() > whole.lengths.min()


def test_bad_input_is_one_line():
    with pytest.raises(InputError, match="Unknown path"):
        _path_length.perceptual_path_length(identity, identity, normals(2), path="spline")
    with pytest.raises(InputError, match="Unknown sampling"):
        _path_length.perceptual_path_length(identity, identity, normals(2), sampling="middle")
    with pytest.raises(InputError, match="epsilon > 0"):
        _path_length.perceptual_path_length(identity, identity, normals(2), epsilon=0.0)
    with pytest.raises(InputError, match="NaN"):
        _path_length.perceptual_path_length(lambda z: z * np.nan, identity, normals(2))
