"""DiffAugment and ADA: what they change, how far, how often, and that gradients pass."""

import numpy as np
import pytest
import tensorflow as tf

from kgan.augmentation import ada, adaptive, diffaugment, geometry
from kgan.errors import InputError
from kgan.models import DCGAN
from kgan.random import RandomStream
from tests.games import batch_for


def stream(step=0):
    return RandomStream(0, tf.constant(step, tf.int64))


@pytest.fixture
def images(random):
    return tf.constant(random.uniform(-1, 1, size=(64, 8, 12, 3)), tf.float32)


def test_shifts_are_whole_and_as_often_each_way():
    columns = tf.tile(tf.range(8.0)[None, None, :, None], (5000, 2, 1, 1))
    moved = geometry.shift(columns, stream(), (0, 2), "REFLECT").numpy()
    counts = np.bincount(np.round(moved[:, 0, 3, 0] - 3).astype(int) + 2, minlength=5)
    np.testing.assert_allclose(counts, 1000, atol=150)
    rows = geometry.shift(tf.ones((100, 8, 8, 1)), stream(), (1, 0)).numpy()
    assert {0.0, 1.0} == set(rows[:, 0, 0, 0]) == set(rows[:, 7, 0, 0])
    assert (rows[:, 1:7] == 1).all()


def test_a_warp_by_the_identity_changes_nothing_and_by_a_turn_turns(images):
    still = tf.tile(tf.constant([[[1.0, 0, 0], [0, 1.0, 0]]]), (64, 1, 1))
    np.testing.assert_allclose(geometry.warp(images, still), images, atol=1e-6)
    square = images[:, :, :8]
    turn = tf.tile(tf.constant([[[0.0, -1.0, 0], [1.0, 0, 0]]]), (64, 1, 1))
    np.testing.assert_allclose(geometry.warp(square, turn), np.rot90(square, 1, (1, 2)), atol=1e-5)
    half = tf.tile(tf.constant([[[1.0, 0, 0.5], [0, 1.0, 0]]]), (64, 1, 1))
    between = (images[:, :, :-1] + images[:, :, 1:]) / 2
    np.testing.assert_allclose(geometry.warp(images, half)[:, :, :-1], between, atol=1e-5)


def test_the_rim_is_a_mirror():
    line = tf.reshape(tf.range(4.0), (1, 1, 4, 1))
    far = tf.constant([[[1.0, 0, 3.0], [0, 1.0, 0]]])
    np.testing.assert_allclose(geometry.warp(line, far)[0, 0, :, 0], [3, 2, 1, 0], atol=1e-6)


def test_color_keeps_places_and_its_draws_their_ranges(images):
    grey = tf.ones((4000, 2, 2, 3)) * 0.25
    out = diffaugment(translation=False, cutout=False)(grey, stream()).numpy()
    assert np.ptp(out, axis=(1, 2, 3)).max() < 1e-5  # a plain picture stays plain
    assert -0.25 - 1e-4 <= out.min() < -0.2 and 0.7 < out.max() <= 0.75 + 1e-4


def test_cutout_takes_a_quarter_where_it_fits_and_translation_fills_with_grey():
    ones = tf.ones((500, 8, 12, 3))
    out = diffaugment(color=False, translation=False)(ones, stream()).numpy()
    holes = (out == 0).sum(axis=(1, 2, 3)) // 3
    assert holes.max() == 4 * 6 and holes.min() >= 2 * 3
    out = diffaugment(color=False, cutout=False)(ones, stream()).numpy()
    assert set(np.unique(out)) == {0.0, 1.0}
    lost = 1 - out.mean(axis=(1, 2, 3))
    assert 0 < lost.max() <= 1 - (7 / 8) * (10 / 12) + 1e-6


@pytest.mark.parametrize("make", [diffaugment, lambda: ada(None, 0.7)])
def test_gradients_of_every_order_pass(make, images):
    few = images[:4, :, :8]
    with tf.GradientTape() as outer:
        outer.watch(few)
        with tf.GradientTape() as inner:
            inner.watch(few)
            total = tf.reduce_sum(make()(few, stream()) ** 3)
        slope = inner.gradient(total, few)
        square = tf.reduce_sum(slope**2)
    second = outer.gradient(square, few).numpy()
    direction = np.random.default_rng(1).normal(size=few.shape).astype("float32")
    with tf.GradientTape() as tape:
        tape.watch(few)
        value = tf.reduce_sum(make()(few + 1e-3 * direction, stream()) ** 3)
    np.testing.assert_allclose(
        float(value - total), 1e-3 * (slope.numpy() * direction).sum(), rtol=0.05, atol=1e-2
    )
    assert np.isfinite(second).all() and np.abs(second).max() > 0


def test_nothing_changes_at_probability_0_and_about_that_share_at_others(images):
    np.testing.assert_allclose(ada(None, 0.0)(images, stream()), images, atol=1e-5)
    changes = adaptive.draw_affine(tf.zeros((4000, 8, 8, 1)), stream(), tf.constant(0.3)).numpy()
    still = np.isclose(changes, [[1, 0, 0], [0, 1, 0]], atol=1e-6).all(axis=(1, 2)).mean()
    # The flip and the quarter turns are none for ½ and ¼ of those drawn; shifts may round to 0.
    assert 0.7**7 * 0.85 < still < 0.7**6


def test_colors_turn_about_grey():
    maps, offset = adaptive.draw_color(2000, stream(), tf.constant(1.0))
    grey = maps.numpy() @ np.ones(3)
    np.testing.assert_allclose(grey, grey[:, :1] * np.ones(3), rtol=1e-4)
    assert 0.45 < (grey[:, 0] < 0).mean() < 0.55  # half are flipped
    assert np.abs(offset).max() > 0.3
    alpha = tf.ones((8, 4, 4, 4))
    np.testing.assert_array_equal(adaptive._recolor(alpha, stream(), tf.constant(1.0))[..., 3], 1)
    assert ada(None, 1.0)(tf.ones((8, 4, 4, 1)), stream()).shape == (8, 4, 4, 1)


def test_the_probability_follows_the_signs_of_real_scores():
    gan = DCGAN.example(augmentations={"ada": {"images": 320, "target": 0.6}})
    (bound,) = gan.augmentations
    sure, unsure = tf.fill((8, 1), 3.0), tf.fill((8, 1), -3.0)
    for step in range(4):
        bound.update(sure, stream(step))
    np.testing.assert_allclose([float(v) for v in bound.state], [0.1, 0, 0], atol=1e-6)
    for step in range(4, 12):
        bound.update(sure if step < 8 else unsure, stream(step))
    np.testing.assert_allclose(float(bound.state[0]), 0.1, atol=1e-6)
    assert float(DCGAN.example(augmentations={"ada": {}}).augmentations[0].state[0]) == 0.0


def test_it_is_at_work_in_a_round_logged_and_saved():
    gan = DCGAN.example(augmentations={"ada": {"images": 100, "target": 0.0}})
    gan.compile()
    assert float(gan.train_step(batch_for(gan, 4))["ada_probability"]) == 0.0
    assert gan.state()["augmentations.0"] == list(gan.augmentations[0].state)


def test_what_it_cannot_be_is_refused(images):
    with pytest.raises(InputError, match="all off"):
        diffaugment(False, False, False)
    with pytest.raises(InputError, match="Expected pictures"):
        diffaugment()(tf.zeros((4, 2)), stream())
    with pytest.raises(InputError, match="target"):
        ada(target=1.5)
