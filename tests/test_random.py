"""Stateless random numbers: published vectors, golden samples, and independence."""

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from kgan.errors import InputError
from kgan.random import (
    RandomStream,
    normals_from_seeds,
    split_seeds,
    threefry2x32,
    truncate_normals,
    uniforms_from_normals,
)

# Random123's known-answer tests, "threefry2x32 20".
VECTORS = [
    ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
    ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
    ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
]


@pytest.mark.parametrize("key, counter, expected", VECTORS)
def test_threefry_gives_the_published_vectors(key, counter, expected):
    words = [tf.constant([word], tf.uint32) for word in (*key, *counter)]
    assert tuple(int(word[0]) for word in threefry2x32(words[:2], words[2:])) == expected


def test_a_seed_gives_these_normals_for_ever():
    """Golden: every artefact ever exported relies on these numbers."""
    # Computed from Threefry's first vector: u0 = (0x6b2001 + .5)/2^24, u1 = (0x99ba4e + .5)/2^24.
    u0, u1 = (0x6B2001 + 0.5) / 2**24, (0x99BA4E + 0.5) / 2**24
    radius = np.sqrt(-2 * np.log(u0))
    expected = [radius * np.cos(2 * np.pi * u1), radius * np.sin(2 * np.pi * u1)]
    got = normals_from_seeds(split_seeds([0]), 2).numpy()[0]
    np.testing.assert_allclose(got, expected, rtol=2e-6, atol=2e-6)


def test_normals_are_standard_and_independent_over_seeds_and_places():
    normals = normals_from_seeds(split_seeds(range(4000)), 51).numpy().astype(np.float64)
    count = normals.size
    assert abs(normals.mean()) < 4 / np.sqrt(count)
    assert abs(normals.var() - 1) < 4 * np.sqrt(2 / count)
    assert abs((normals**4).mean() - 3) < 4 * np.sqrt(96 / count)
    correlations = np.corrcoef(normals.T) - np.eye(51)
    assert np.abs(correlations).max() < 5 / np.sqrt(4000)


def test_a_longer_latent_starts_with_the_shorter_one():
    seeds = split_seeds([3, 2**40])
    longer = normals_from_seeds(seeds, 9).numpy()
    # To the last bit but one: a vectorised logarithm rounds its remainder loop differently.
    np.testing.assert_allclose(normals_from_seeds(seeds, 4), longer[:, :4], rtol=3e-7)


def test_seeds_split_into_halves():
    assert split_seeds([7, 2**32, 2**64 - 1]).tolist() == [[7, 0], [0, 1], [-1, -1]]
    for wrong in (-1, 2**64, 1.5):
        with pytest.raises(InputError, match=r"Received: "):
            split_seeds([wrong])
    with pytest.raises(InputError, match=r"e\.g\. range\(5\) or \[7\]\. Received: seeds=5\. Put"):
        split_seeds(5)


def test_quantiles_of_normals_are_uniform():
    z = np.linspace(-5.5, 5.5, 1001).astype("float32")
    wanted = 2 * scipy.stats.norm.cdf(z.astype(np.float64)) - 1
    np.testing.assert_allclose(uniforms_from_normals(z), wanted, rtol=0, atol=4e-7)


@pytest.mark.parametrize("limit", [0.04, 0.5, 1.0, 2.0])
def test_truncated_normals_are_as_if_drawn_again(limit):
    """In the same order, with the distribution of those that lie within."""
    normals = normals_from_seeds(split_seeds(range(400)), 50).numpy()
    made = truncate_normals(normals, np.full(400, limit, "float32")).numpy()
    quantiles = scipy.stats.norm.cdf(normals.astype(np.float64))
    wanted = scipy.stats.truncnorm.ppf(quantiles, -limit, limit)
    np.testing.assert_allclose(made, wanted, rtol=0, atol=1e-5)
    assert np.abs(made).max() <= limit
    within = normals[np.abs(normals) <= limit]
    assert scipy.stats.ks_2samp(made.ravel(), within).pvalue > 1e-3


def test_no_truncation_leaves_normals_and_zero_leaves_nothing():
    normals = normals_from_seeds(split_seeds([1, 2]), 6).numpy()
    made = truncate_normals(normals, np.float32([6.0, 0.0])).numpy()
    np.testing.assert_array_equal(made[0], normals[0])
    np.testing.assert_array_equal(made[1], np.zeros(6))


def _normal(shape=(4, 3), seed=0, step=0, purpose="latents", **places):
    stream = RandomStream(seed, tf.constant(step, tf.int64), **places)
    return stream.purpose(purpose).normal(shape).numpy()


def test_streams_are_a_pure_function_and_differ_in_every_argument():
    same = _normal()
    np.testing.assert_array_equal(same, _normal())
    others = [{"seed": 1}, {"step": 1}, {"purpose": "mix"}, {"seed": 2**32}, {"rollbacks": 1}]
    for other in others:
        assert np.abs(_normal(**other) - same).min() > 0, other


def test_no_step_after_a_rollback_draws_what_another_did():
    one = tf.constant(1, tf.int64)
    drawn = [_normal(step=step, rollbacks=count * one) for step in range(4) for count in range(4)]
    assert len({values.tobytes() for values in drawn}) == 16
    np.testing.assert_array_equal(_normal(step=3), _normal(step=3, rollbacks=0 * one))


def test_replicas_share_out_the_global_batch():
    whole = _normal((4, 3))
    halves = [_normal((2, 3), replica=replica, replicas=2) for replica in range(2)]
    np.testing.assert_array_equal(np.concatenate(halves), whole)


def test_a_purpose_within_a_purpose_is_another():
    stream = RandomStream(0, tf.constant(0, tf.int64))
    nested = stream.purpose("a").purpose("b").normal((4,)).numpy()
    assert np.abs(nested - stream.purpose("b").normal((4,)).numpy()).min() > 0
    assert np.abs(nested - stream.purpose("a").normal((4,)).numpy()).min() > 0


def test_uniforms_fill_the_unit_interval():
    values = RandomStream(0, tf.constant(0, tf.int64)).uniform((20000,)).numpy()
    assert values.min() >= 0 and values.max() < 1
    np.testing.assert_allclose(np.histogram(values, 10, (0, 1))[0], 2000, atol=5 * np.sqrt(1800))
