"""CycleGAN's terms against values by hand, and its pool against a list that does the same."""

import numpy as np
import pytest
import tensorflow as tf

from kgan.models.core.image_pool import ImagePool
from kgan.models.cyclegan import CycleGAN
from kgan.random import RandomStream


@pytest.fixture
def gan(monkeypatch):
    """G adds 0.1 and F takes 0.3; the critics' score is the mean."""
    gan = CycleGAN.example(cycle_weight=10.0, identity_weight=5.0)
    added = {"b": 0.1, "a": -0.3}
    monkeypatch.setattr(gan, "translate", lambda side, images: images + added[side])
    monkeypatch.setattr(
        gan, "score", lambda side, images: tf.reduce_mean(images, axis=(1, 2, 3), keepdims=True)
    )
    return gan


def images(value):
    return tf.fill((4, 16, 16, 1), value)


def test_the_generators_terms(gan):
    batch = {"a": images(0.2), "b": images(0.5)}
    fake = gan.generate(batch, gan.random_stream())
    losses = {k: float(v) for k, v in gan.generator_loss(batch, fake, gan.random_stream()).items()}
    assert losses == pytest.approx(
        {
            "adversarial_a": (0.2 - 1.0) ** 2 / 2,  # F(b) = 0.2
            "adversarial_b": (0.3 - 1.0) ** 2 / 2,  # G(a) = 0.3
            "cycle_a": 10 * 0.2,  # F(G(a)) = a - 0.2
            "cycle_b": 10 * 0.2,
            "identity_a": 5 * 0.3,
            "identity_b": 5 * 0.1,
        },
        rel=1e-5,
    )


def test_the_critics_terms(gan):
    batch = {"a": images(0.2), "b": images(0.5)}
    fake = gan.generate(batch, gan.random_stream())
    losses = {
        k: float(v) for k, v in gan.discriminator_loss(batch, fake, gan.random_stream()).items()
    }
    assert losses == pytest.approx(
        {
            "adversarial_a": ((0.2 - 1.0) ** 2 + 0.2**2) / 2,
            "adversarial_b": ((0.5 - 1.0) ** 2 + 0.3**2) / 2,
        },
        rel=1e-5,
    )


def numbered(start, count):
    return tf.reshape(tf.range(start, start + count, dtype=tf.float32), (count, 1, 1, 1))


def test_a_pool_fills_first_and_shows_what_it_gets():
    pool = ImagePool(6, (1, 1, 1))
    for step in range(2):
        given = numbered(1 + 3 * step, 3)
        shown = pool.exchange(given, RandomStream(0, tf.constant(step, tf.int64), 0, 1))
        np.testing.assert_array_equal(shown, given)
    np.testing.assert_array_equal(np.ravel(pool.images), [1, 2, 3, 4, 5, 6])


def test_a_full_pool_swaps_about_half_and_loses_nothing():
    pool = ImagePool(50, (1, 1, 1))
    old, total = 0, 0
    for step in range(60):
        given = numbered(1 + 10 * step, 10)
        before = set(np.ravel(pool.images)) - {0}
        shown = np.ravel(pool.exchange(given, RandomStream(0, tf.constant(step, tf.int64), 0, 1)))
        after = set(np.ravel(pool.images)) - {0}
        if step < 5:  # filling: shown, and kept too
            assert set(shown) == set(np.ravel(given)) and len(after) == 10 * (step + 1)
            continue
        # Each image is in one place: shown now, or kept for later.
        assert sorted([*shown, *after]) == sorted([*before, *np.ravel(given)])
        old += len(set(shown) & before)
        total += len(shown)
    assert old / total == pytest.approx(0.5, abs=0.06)


def test_a_batch_larger_than_the_pool_is_shown_whole():
    pool = ImagePool(2, (1, 1, 1))
    pool.exchange(numbered(1, 2), RandomStream(0, tf.constant(0, tf.int64), 0, 1))
    shown = np.ravel(pool.exchange(numbered(3, 5), RandomStream(0, tf.constant(1, tf.int64), 0, 1)))
    assert len(shown) == 5 and set(shown[2:]) == {5.0, 6.0, 7.0}
    assert sorted([*shown, *np.ravel(pool.images)]) == [1, 2, 3, 4, 5, 6, 7]


def test_relativistic_generators_see_real_images():
    gan = CycleGAN.example(adversarial="relativistic")
    batch = {"a": images(0.2), "b": images(0.5)}
    fake = gan.generate(batch, gan.random_stream())
    losses = gan.generator_loss(batch, fake, gan.random_stream())
    gaps = gan.score("b", fake["b"]) - gan.score("b", batch["b"])  # of each patch
    expected = np.log1p(np.exp(-gaps)).mean()
    assert float(losses["adversarial_b"]) == pytest.approx(expected, rel=1e-5)
