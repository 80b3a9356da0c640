"""Auxiliary terms against sums done by hand, and their gradients."""

import keras
import numpy as np
import tensorflow as tf

from kgan.losses import auxiliary

REAL = np.array([[1.0, 5.0], [3.0, 5.0]], "float32")
FAKE = np.array([[0.0, 4.0]], "float32")


def test_feature_matching_compares_means():
    """Means (2, 5) and (0, 4): 4 + 1. Its gradient in each of n fakes is −2 (difference) / n."""
    fake = tf.constant(np.repeat(FAKE, 4, axis=0))
    with tf.GradientTape() as tape:
        tape.watch(fake)
        value = auxiliary.feature_matching(REAL, fake)
    np.testing.assert_allclose(value, 5.0, rtol=1e-6)
    expected = np.tile([[-4.0 / 4, -2.0 / 4]], (4, 1))
    np.testing.assert_allclose(tape.gradient(value, fake), expected, rtol=1e-6)


def test_feature_matching_is_over_the_whole_batch_of_all_replicas(two_replicas):
    """Halves (1, 5) and (3, 5) against (0, 4): each replica alone would pay 2 and 10."""

    @tf.function
    def play():
        def replica():
            number = tf.distribute.get_replica_context().replica_id_in_sync_group
            fake = tf.constant(FAKE)
            with tf.GradientTape() as tape:
                tape.watch(fake)
                value = auxiliary.feature_matching(tf.gather(REAL, [number]), fake)
            return value, tape.gradient(value, fake)

        return two_replicas.run(replica)

    values, gradients = play()
    np.testing.assert_allclose(two_replicas.experimental_local_results(values), [5.0, 5.0])
    for gradient in two_replicas.experimental_local_results(gradients):
        np.testing.assert_allclose(gradient, [[-4.0, -2.0]], rtol=1e-6)


def test_the_divergence_of_gaussians_is_the_integral():
    """KL in closed form against the integral of p log(p/q), for two numbers of a latent."""
    mean, log_variance = np.array([[0.5, -1.0]]), np.array([[-0.7, 0.4]])
    x = np.linspace(-15, 15, 200_001)[:, None]
    scale = np.exp(0.5 * log_variance)
    p = np.exp(-0.5 * ((x - mean) / scale) ** 2) / scale / np.sqrt(2 * np.pi)
    ratio = -0.5 * ((x - mean) / scale) ** 2 - np.log(scale) + 0.5 * x**2
    expected = np.trapezoid(p * ratio, x, axis=0).sum()
    twice = [np.repeat(a, 2, axis=0).astype("float32") for a in (mean, log_variance)]
    np.testing.assert_allclose(auxiliary.gaussian_divergence(*twice), expected, rtol=1e-5)


def test_matching_is_the_cross_entropy_of_cosines():
    """Cosines of the first image: 1 and 0.6; of the second: 0 and 0.8. Lengths do not matter."""
    images = np.array([[2.0, 0.0], [0.0, 5.0]], "float32")
    captions = np.array([[3.0, 0.0], [0.6, 0.8]], "float32")
    exps = np.exp(np.array([[1.0, 0.6], [0.0, 0.8]]) / 0.5)
    expected = -np.log(np.diag(exps) / exps.sum(axis=1)).mean()
    value = auxiliary.matching(images, captions, temperature=0.5)
    np.testing.assert_allclose(value, expected, rtol=1e-6)


def test_matching_lets_the_captions_of_all_replicas_compete(two_replicas):
    random = np.random.default_rng(0)
    images, captions = random.normal(size=(2, 6, 4)).astype("float32")

    def paid(images, captions):
        with tf.GradientTape() as tape:
            tape.watch([images, captions])
            value = auxiliary.matching(images, captions)
        return value, *tape.gradient(value, [images, captions])

    @tf.function
    def play():
        def replica():
            start = 3 * tf.distribute.get_replica_context().replica_id_in_sync_group
            return paid(*(tf.constant(side)[start : start + 3] for side in (images, captions)))

        return two_replicas.run(replica)

    whole, *gradients = paid(tf.constant(images), tf.constant(captions))
    values, *halves = (two_replicas.experimental_local_results(part) for part in play())
    np.testing.assert_allclose(np.mean(values), whole, rtol=1e-6)
    for gradient, parts in zip(gradients, halves, strict=True):
        np.testing.assert_allclose(np.concatenate(parts) / 2, gradient, rtol=1e-5, atol=1e-6)


def test_history_costs_the_squared_distance_and_pulls_back():
    here, there = keras.Variable([[1.0, 2.0]]), keras.Variable(3.0)
    means = [keras.Variable([[0.0, 4.0]]), keras.Variable(2.5)]
    with tf.GradientTape() as tape:
        value = auxiliary.historical_average([here, there], means)
    np.testing.assert_allclose(value, 1 + 4 + 0.25, rtol=1e-6)
    gradients = tape.gradient(value, [here.value, there.value, means[0].value])
    np.testing.assert_allclose(gradients[0], [[2.0, -4.0]])
    np.testing.assert_allclose(gradients[1], 1.0)
    assert gradients[2] is None


def test_multi_scale_l2_is_the_mean_over_scales(random):
    image = random.normal(size=(2, 4, 4, 1)).astype("float32")
    half = image.reshape(2, 2, 2, 2, 2).mean(axis=(2, 4))
    whole = image.mean(axis=(1, 2, 3))
    wanted = np.mean([np.square(x).mean() for x in (image, half, whole)])
    np.testing.assert_allclose(auxiliary.multi_scale_l2(image, 0 * image), wanted, rtol=1e-5)
    np.testing.assert_allclose(auxiliary.multi_scale_l2(image + 2.0, image), 4.0, rtol=1e-5)


def test_attributes_are_answered_one_by_one():
    """−log σ(l) where there is one, −log (1 − σ(l)) where not; the slope is (σ − y) / B."""
    there = np.float32([[1, 0], [0, 1]])
    logits = tf.constant([[2.0, -1.0], [0.5, 0.0]])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = auxiliary.attribute_classification(there, logits)
    shares = 1 / (1 + np.exp(-logits.numpy()))
    likely = np.where(there == 1, shares, 1 - shares)
    np.testing.assert_allclose(value, -np.log(likely).sum() / 2, rtol=1e-6)
    np.testing.assert_allclose(tape.gradient(value, logits), (shares - there) / 2, rtol=1e-5)


def test_a_laplacian_pyramid_by_hand():
    """Means of 2×2 pixels are 1, 0, 0, 0, and their mean is 1/4."""
    image = np.zeros((1, 4, 4, 1), "float32")
    image[0, :2, :2, 0] = [[3.0, 1.0], [1.0, -1.0]]
    pixels = (2.0 + 0.0 + 0.0 + 2.0) / 16
    coarse = (0.75 + 3 * 0.25) / 4
    value = auxiliary.laplacian_l1(image, 0 * image)
    np.testing.assert_allclose(value, pixels + coarse + 0.25, rtol=1e-6)
    # Sides that are odd are the last level.
    whole = np.full((2, 6, 4, 1), 0.5, "float32")
    np.testing.assert_allclose(auxiliary.laplacian_l1(whole, -whole), 1.0, rtol=1e-6)


def test_patches_compete_within_their_image():
    """Codes of two images: −log(e / (e + 1)) where two places differ, log 2 where they do not."""
    codes = np.float32([[[1, 0], [0, 2]], [[3, 0], [1, 0]]])
    errors = auxiliary.patch_contrast(codes, codes, temperature=1.0)
    np.testing.assert_allclose(errors, [np.log(1 + np.exp(-1.0)), np.log(2.0)], rtol=1e-5)
    np.testing.assert_allclose(  # of other places, as far as the temperature spreads them
        auxiliary.patch_contrast(codes[:1], codes[:1, ::-1], temperature=0.5),
        [np.log(1 + np.exp(2.0))], rtol=1e-5,
    )  # fmt: skip


def test_patch_contrast_moves_patches_and_not_their_sources():
    """On the unit circle at (1, 0), the other source at (0, 1): (0, p)/2, p = 1/(e + 1)."""
    patches = sources = tf.constant([[[1.0, 0.0], [0.0, 1.0]]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([patches])
        value = auxiliary.patch_contrast(patches, tf.identity(sources), temperature=1.0)
    p = 1 / (np.e + 1)
    np.testing.assert_allclose(tape.gradient(value, patches), [[[0, p / 2], [p / 2, 0]]], atol=1e-6)
    sources = tf.constant([[[0.6, 0.8], [0.8, -0.6]]])
    with tf.GradientTape() as tape:
        tape.watch(sources)
        value = auxiliary.patch_contrast(patches, sources)
    assert tape.gradient(value, sources) is None
