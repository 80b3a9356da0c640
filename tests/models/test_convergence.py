"""Small games whose outcome is known: does training converge where the theory says so?"""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.models.core.base import GAN


class Point(keras.layers.Layer):
    """Ignores its input and returns one trainable number: the Dirac-GAN's generator."""

    def build(self, shape):
        self.place = self.add_weight(shape=(1, 1), initializer="ones", name="place")

    def call(self, inputs):
        return 0.0 * inputs + self.place


def dirac_gan(steps, **options):
    """Plays the Dirac-GAN (real data at 0, D(x) = ψx, start (1, 1)); returns the radius."""
    critic = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    gan = GAN(
        (1,),
        latent_size=1,
        generator=keras.Sequential([keras.Input((1,)), Point()]),
        discriminator=keras.Sequential([keras.Input((1,)), critic]),
        **options,
    )
    gan.compile({name: keras.optimizers.SGD(0.2) for name in ("generator", "discriminator")})
    step, real = tf.function(gan.train_step), tf.zeros((1, 1))
    for _ in range(steps):
        step(real)
    return float(np.hypot(gan.generator.get_weights()[0], gan.discriminator.get_weights()[0])[0, 0])


def dirac_recursion(steps, generator_slope):
    """The same game written out: alternating steps of 0.2 on two numbers."""
    place, critic = 1.0, 1.0
    for _ in range(steps):
        critic -= 0.2 * place / (1 + np.exp(-critic * place))
        place -= 0.2 * generator_slope(critic, place)
    return np.hypot(place, critic)


SLOPES = {  # of the generator's loss in its place
    "minimax": lambda critic, place: -critic / (1 + np.exp(-critic * place)),
    "non_saturating": lambda critic, place: -critic / (1 + np.exp(critic * place)),
}


@pytest.mark.parametrize("name", SLOPES)
def test_dirac_gan_follows_its_recursion(name):
    expected = dirac_recursion(500, SLOPES[name])
    assert dirac_gan(500, adversarial=name) == pytest.approx(expected, rel=1e-3)


def test_dirac_gan_without_a_penalty_circles_for_ever():
    """Eigenvalues ±i f′(0): alternating moves keep the radius (Mescheder et al. 2018)."""
    assert 0.5 < dirac_gan(500, adversarial="minimax") < 2.0
    assert 0.5 < dirac_gan(500, adversarial="wasserstein") < 2.0


def test_dirac_gan_with_r1_converges():
    assert dirac_gan(500, regularizers={"r1": {"weight": 1.0}}) < 1e-6


def test_a_lazy_penalty_converges_too():
    assert dirac_gan(2000, regularizers={"r1": {"weight": 1.0, "every": 4}}) < 1e-3


@pytest.mark.slow
def test_a_gan_learns_a_gaussian_in_the_plane():
    mean = np.array([1.0, -0.5], "float32")
    mixing = np.array([[0.6, 0.0], [0.3, 0.4]], "float32")
    covariance = mixing @ mixing.T
    random = np.random.default_rng(0)
    points = (random.normal(size=(4096, 2)) @ mixing.T + mean).astype("float32")
    gan = GAN(
        (2,), 2, "mlp_points", width=32, regularizers={"r1": {"weight": 0.1}}, ema_half_life=20_000
    )
    gan.compile(
        {
            name: keras.optimizers.Adam(2e-3, beta_1=0.0, beta_2=0.9)
            for name in ("generator", "discriminator")
        }
    )
    data = tf.data.Dataset.from_tensor_slices(points).shuffle(4096, seed=0).batch(256).repeat(80)
    gan.fit(data, verbose=0, shuffle=False)
    made = gan.sample(range(4000))
    np.testing.assert_allclose(made.mean(axis=0), mean, atol=0.1)
    np.testing.assert_allclose(np.cov(made.T), covariance, atol=0.08)
