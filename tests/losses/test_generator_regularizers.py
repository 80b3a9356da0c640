"""Regularizers of the generator and of consistency, on networks whose terms are known."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.losses import regularizers
from kgan.losses.regularizers import Context, run_critic
from kgan.models import DCGAN, GAN
from kgan.random import RandomStream
from tests.games import linear_gan


def stream(step=0):
    return RandomStream(0, tf.constant(step, tf.int64))


def test_orthogonal_counts_what_is_off_the_diagonal():
    """WᵀW of columns (1, 2) and (3, 4) is [[5, 11], [11, 25]]: 2 · 11² off the diagonal."""
    network = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(2), keras.layers.BatchNormalization()]
    )
    network.layers[0].kernel.assign([[1.0, 3.0], [2.0, 4.0]])
    term = regularizers.orthogonal(weight=0.5)(Context(stream(), networks=(network,)))
    np.testing.assert_allclose(term, 0.5 * 242.0)


def test_orthogonal_reads_kernels_of_every_kind_but_embeddings(random):
    latents, label = keras.Input((2, 2, 3)), keras.Input((), dtype="int32")
    spread = keras.layers.Embedding(5, 12)(label)
    x = keras.layers.Add()([latents, keras.layers.Reshape((2, 2, 3))(spread)])
    inner = keras.Sequential([keras.Input((2, 2, 3)), keras.layers.Conv2D(4, 2)])
    up = keras.layers.Conv2DTranspose(2, 3)
    network = keras.Model([latents, label], up(inner(x)))
    down, up = inner.layers[0].kernel.numpy(), up.kernel.numpy()  # the last is [3, 3, out, in]
    expected = 0.0
    for kernel in (down, np.swapaxes(up, 2, 3)):
        matrix = kernel.reshape(-1, kernel.shape[-1])
        products = matrix.T @ matrix
        expected += np.square(products - np.diag(np.diag(products))).sum()
    term = regularizers.orthogonal(weight=1.0)(Context(stream(), networks=(network,)))
    np.testing.assert_allclose(term, expected, rtol=1e-5)


def test_the_round_adds_what_the_generator_pays_and_moves_it():
    class Tidy(GAN):
        regularizers = (regularizers.orthogonal(weight=1.0),)

    gan = linear_gan(Tidy)
    kernel = gan.generator.layers[-1].kernel
    kernel.assign([[1.0, 3.0], [2.0, 4.0], [0.0, 0.0]])
    rate = {name: keras.optimizers.SGD(1e-3) for name in ("discriminator", "generator")}
    gan.compile(rate, run_eagerly=True)
    logs = gan.train_step({"image": tf.zeros((4, 2))})
    np.testing.assert_allclose(logs["generator_orthogonal"], 242.0)
    products = kernel.numpy().T @ kernel.numpy()
    assert abs(products[0, 1]) < 10.9


def scores_of(images):
    return tf.reduce_sum(images, axis=(1, 2, 3))[:, None]


def look(real, fake, critic=scores_of):
    return run_critic(lambda images: {"scores": critic(images)}, real, fake)


def test_consistency_pays_for_what_a_shift_changes(random):
    real, fake = (tf.constant(random.normal(size=(8, 6, 6, 1)), tf.float32) for _ in range(2))
    weights = tf.constant(random.normal(size=(6, 6, 1)), tf.float32)

    def critic(images):
        return scores_of(images * weights)

    still = regularizers.consistency(weight=1.0, shift=0)
    mirrored = np.square(critic(real) - critic(tf.reverse(real, [2]))).ravel()
    paid = float(still(Context(stream(), look(real, fake, critic))))
    # Each image is mirrored or not.
    choices = [mask @ mirrored / 8 for mask in np.ndindex(*[2] * 8)]
    assert min(abs(paid - np.array(choices))) < 1e-4 * paid and 0 < paid < mirrored.mean()
    blind = Context(stream(), look(real, fake, lambda x: tf.zeros((8, 1))))
    for name in ("consistency", "balanced_consistency"):
        assert float(regularizers.REGULARIZERS[name](weight=1.0, shift=2)(blind)) == 0.0
    both = regularizers.balanced_consistency(weight=1.0, shift=0)
    assert float(both(Context(stream(), look(real, real, critic)))) > 0


def test_consistency_needs_pictures():
    points = tf.zeros((4, 2))
    seen = run_critic(lambda x: {"scores": x}, points, points)
    with pytest.raises(InputError, match="Expected images"):
        regularizers.consistency()(Context(stream(), seen))


def test_lecam_by_hand_and_its_averages():
    class Anchored(GAN):
        regularizers = (regularizers.lecam(weight=2.0, decay=0.5, start=1),)

    gan = linear_gan(Anchored)
    (bound,) = gan.regularizers
    real, fake = tf.fill((4, 2), 1.0), tf.fill((4, 2), 3.0)
    seen = run_critic(lambda x: {"scores": x}, real, fake)
    assert float(bound(Context(stream(0), seen))) == 0.0  # not yet, but its averages move
    np.testing.assert_allclose([float(v) for v in bound.state], [0.5, 1.5])
    paid = bound(Context(stream(1), seen))
    np.testing.assert_allclose(paid, 2.0 * ((1 - 1.5) ** 2 + (3 - 0.5) ** 2))
    assert not Anchored.regularizers[0].state
    assert gan.state()["regularizers.0"] == list(bound.state)


def test_latent_consistency_of_a_linear_game(random):
    """D(G(z + δ)) − D(G(z)) = wᵀA δ: its mean square is σ² ‖Aᵀw‖²."""
    gan = linear_gan(GAN)
    matrix = gan.generator.get_weights()[0]
    weights = gan.discriminator.get_weights()[0]
    points = tf.zeros((20_000, 2))
    judge = lambda x: {"scores": x @ weights}  # noqa: E731
    context = Context(stream(), run_critic(judge, points, points), gan, {"image": points})
    paid = regularizers.latent_consistency(weight=1.0, scale=0.1)(context)
    np.testing.assert_allclose(paid, 0.01 * np.square(matrix @ weights).sum(), rtol=0.05)
    paid = regularizers.latent_diversity(weight=1.0, scale=0.1)(context)
    np.testing.assert_allclose(paid, -0.01 * np.square(matrix).sum() / 2, rtol=0.05)


def test_a_regularizer_of_nobody_is_refused():
    gan = DCGAN.example(regularizers={"orthogonal": {"player": "painter"}})
    with pytest.raises(InputError, match=r"Unknown player\. Received: 'painter'"):
        gan.compile()


def test_slopes_are_those_before_augmentation(random):
    """Shown at half their size, images change a critic of slope w by w/2 a unit."""
    real = tf.constant(random.normal(size=(4, 2)), tf.float32)
    weights = np.float32([[3.0], [4.0]])
    paid = []
    for every in (1, 2):
        regularizer = regularizers.r1(weight=2.0, every=every)
        seen = run_critic(
            lambda x: {"scores": x @ weights},
            real,
            real,
            lambda kind, x: 0.5 * x,
            regularizers.find_slopes((regularizer,)),
        )
        assert bool(seen.slopes) == (every == 1)
        paid.append(float(regularizer(Context(stream(), seen))) / every)
    np.testing.assert_allclose(paid, 25.0 / 4, rtol=1e-6)


def test_r1_and_r2_cost_no_pass_of_their_own():
    calls = []

    def judge(images):
        calls.append(images.shape)
        return {"scores": images}

    both = (regularizers.r1(1.0), regularizers.r2(1.0))
    points = tf.zeros((4, 2))
    seen = run_critic(judge, points, points, slopes=regularizers.find_slopes(both))
    for regularizer in both:
        regularizer(Context(stream(), seen))
    assert len(calls) == 2
