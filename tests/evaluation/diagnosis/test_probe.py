"""A round probe_stepd: scores and gradients against known answers, and nothing is moved by it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.evaluation.diagnosis.probe import find_largest, probe_step
from kgan.losses import adversarial
from kgan.models.core.base import GAN
from kgan.registry import MODELS
from tests.games import batch_for

REAL = np.array([[1.0, 0.0], [3.0, 2.0], [0.0, -2.0], [0.0, 4.0]], "float32")
MADE = np.array([0.5, -1.0], "float32")  # by a generator that makes one point
KERNEL = np.array([2.0, 1.0], "float32")  # of a linear critic


class Constant(keras.layers.Layer):
    """Makes one trainable point of whatever it is given."""

    def build(self, shape):
        self.point = self.add_weight(shape=(2,), name="point")

    def call(self, latents):
        return 0.0 * latents[:, :2] + self.point


def linear_gan(pair="wasserstein", **options):
    generator = keras.Sequential([keras.Input((3,)), Constant()])
    critic = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, use_bias=False)])
    generator.layers[0].point.assign(MADE)
    critic.layers[0].kernel.assign(KERNEL[:, None])
    sizes = {"image_shape": (2,), "latent_size": 3, "adversarial": pair}
    return GAN(**sizes, generator=generator, discriminator=critic, **options)


def root_mean_square(values):
    return np.sqrt(np.mean(np.square(values)))


def test_gradients_are_those_of_the_losses():
    found = probe_step(linear_gan(), {"image": REAL})
    expected = MADE - REAL.mean(axis=0)  # ∂/∂w of E[w·G(z)] − E[w·x]
    np.testing.assert_allclose(found.gradients["discriminator"], root_mean_square(expected), 1e-6)
    np.testing.assert_allclose(found.gradients["generator"], root_mean_square(KERNEL), 1e-6)
    np.testing.assert_allclose(found.largest["gradient"], 2.0, 1e-6)
    assert found.losses["generator_loss"] == pytest.approx(-(KERNEL @ MADE), abs=1e-6)


def test_scores_are_those_the_losses_see():
    scores = REAL @ KERNEL  # 2, 8, -2, 4, beside 0 for what is made
    (critic,) = probe_step(linear_gan(), {"image": REAL}).critics
    np.testing.assert_allclose(critic[:2], [scores.mean(), 0.0], atol=1e-6)
    np.testing.assert_allclose(critic.deviation, np.std([*scores, 0, 0, 0, 0]), rtol=1e-6)
    assert critic.order == 0.75
    assert probe_step(linear_gan(), {"image": REAL}).largest["score"] == 8.0


@pytest.mark.parametrize("pair, expected, generator", [
    ("wasserstein", 1.0, 1.0),
    # σ(−s) at 2, 8, −2, 4 and σ(0), a new critic's slope being ½ for each.
    ("non_saturating", (0.1192 + 3.35e-4 + 0.8808 + 0.018) / 4 + 0.5, 1.0),
    ("minimax", (0.1192 + 3.35e-4 + 0.8808 + 0.018) / 4 + 0.5, 1.0),
    ("hinge", 0.25 / 2 + 0.5, 1.0),  # of real scores only −2 is within the margin
    ("least_squares", 1.0 - 3.0 - 0.0, 1.0),  # E[1 − s] + E[s'] of scores with mean 3 and 0
])  # fmt: skip
def test_slopes_are_shares_of_those_of_a_new_critic(pair, expected, generator):
    (critic,) = probe_step(linear_gan(pair), {"image": REAL}).critics
    # A step of a hundredth of the largest score is not quite a derivative.
    np.testing.assert_allclose(critic.slope, expected, rtol=0.15, atol=0.03)
    np.testing.assert_allclose(critic.generator_slope, generator, rtol=1e-3)


def test_ties_count_half():
    gan = linear_gan()
    gan.discriminator.layers[0].kernel.assign([[0.0], [0.0]])
    (critic,) = probe_step(gan, {"image": REAL}).critics
    assert (critic.order, critic.deviation) == (0.5, 0.0)


def test_large_scores_have_slopes_too():
    """Where neighbouring float32 numbers are 64 apart, a small step would be none."""
    gan = linear_gan()
    gan.discriminator.layers[0].kernel.assign(KERNEL[:, None] * 1e8)
    (critic,) = probe_step(gan, {"image": REAL}).critics
    np.testing.assert_allclose([critic.slope, critic.generator_slope], 1.0, rtol=1e-3)


def test_what_a_generator_foresees_is_not_what_the_critic_says():
    gan = MODELS.get("unrolled_gan").example()
    batch = {key: np.array(value) for key, value in batch_for(gan, 4).items()}
    assert len(probe_step(gan, batch).critics) == 1


def test_a_minimax_generator_feels_nothing_where_the_critic_wins():
    gan = linear_gan("minimax")
    gan.generator.layers[0].point.assign([-10.0, 0.0])  # scored −20, with slope σ(−20)
    (critic,) = probe_step(gan, {"image": REAL}).critics
    assert 0.0 <= critic.generator_slope < 1e-6
    gan = linear_gan("non_saturating")
    gan.generator.layers[0].point.assign([-10.0, 0.0])
    (critic,) = probe_step(gan, {"image": REAL}).critics
    np.testing.assert_allclose(critic.generator_slope, 2.0, rtol=0.1)  # σ(20) over σ(0)


def test_relativistic_generators_are_heard_with_real_scores():
    (critic,) = probe_step(linear_gan("relativistic"), {"image": REAL}).critics
    # σ(D(x) − D(G(z))) over ½, at differences of 2, 8, −2 and 4.
    np.testing.assert_allclose(critic.generator_slope, 2 * (0.8808 + 0.9997 + 0.1192 + 0.982) / 4,
                               rtol=0.05)  # fmt: skip


def test_each_move_of_the_critic_is_heard():
    found = probe_step(linear_gan(discriminator_steps=2), {"image": REAL})
    # The first move sees every other example from the first, the second those from the second.
    means = [critic.real for critic in found.critics]
    np.testing.assert_allclose(means, [0.0, 6.0], atol=1e-6)
    expected = [root_mean_square(MADE - REAL[turn::2].mean(axis=0)) for turn in range(2)]
    np.testing.assert_allclose(found.gradients["discriminator"], np.mean(expected), rtol=1e-6)


def test_a_player_without_weights_has_no_gradient():
    gan = linear_gan()
    gan.generator.trainable = False
    assert list(probe_step(gan, {"image": REAL}).gradients) == ["discriminator"]


def test_what_is_not_finite_is_told():
    gan = linear_gan()
    gan.discriminator.layers[0].kernel.assign([[np.nan], [1.0]])
    found = probe_step(gan, {"image": REAL})
    assert all(np.isnan(size) for size in found.largest.values())


def test_half_precision_does_not_lose_small_gradients():
    before = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy("mixed_float16")
    try:
        gan = linear_gan("non_saturating")
    finally:
        keras.mixed_precision.set_dtype_policy(before)
    gan.generator.layers[0].point.assign([8.0, 0.0])  # scored 16, with slope σ(−16) = 1.1e-7
    found = probe_step(gan, {"image": REAL})
    # A fourth of it for each sample, which float16 has not: it begins at 6e-8.
    expected = root_mean_square(KERNEL) * 1.1254e-7
    np.testing.assert_allclose(found.gradients["generator"], expected, rtol=0.02)


@pytest.mark.parametrize("values, expected", [
    ([], 0.0),
    ([np.array([])], 0.0),
    ([1.0, np.array([[-3.0], [2.0]])], 3.0),
    ([np.array([1.0, -np.inf])], np.inf),
    ([np.array([5.0]), np.array([np.nan])], np.nan),
])  # fmt: skip
def test_the_largest_is_a_size(values, expected):
    np.testing.assert_equal(find_largest(values), expected)


@pytest.mark.in_full
@pytest.mark.parametrize("variant", MODELS.entries())
def test_every_variant_is_heard_and_left_as_it_was(variant):
    gan = MODELS.get(variant).example(ema_half_life=8)
    gan.compile()
    gan.step.assign(100)  # past rounds in which a critic does not play yet
    optimizers, pair = dict(gan.optimizers), gan.adversarial
    moves = max(player.moves for player in gan.players())
    batch = {key: np.array(value) for key, value in batch_for(gan, 4 * moves).items()}
    variables = [v for role in gan.state().values() for v in role] + gan.metrics[0].variables
    before = [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]
    found = probe_step(gan, batch)
    for variable, value in zip(variables, before, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(variable), value)
    assert dict(gan.optimizers) == optimizers and gan.adversarial == pair
    if gan.discriminator is not None:
        assert len(found.critics) >= gan.discriminator_steps
    assert all(0 < size < np.inf for size in found.gradients.values())
    assert set(found.gradients) == {p.name for p in gan.players() if p.plays(gan.rounds)}
    assert np.isfinite(found.critics).all()


def test_it_is_the_round_that_training_would_play(random):
    """The losses are those of the next round, noise included, but for the critic's move."""
    gan = GAN(image_shape=(8, 8, 1), network="mlp", width=8, latent_size=4)
    gan.compile()
    batch = {"image": random.integers(0, 256, (8, 8, 8, 1)).astype("uint8")}
    found = probe_step(gan, batch).losses
    logs = gan.fit(tf.data.Dataset.from_tensors(batch), verbose=0).history
    for name, least in (("discriminator_loss", 1e-6), ("generator_loss", 1e-2)):
        np.testing.assert_allclose(found[name], logs[name][0], rtol=1e-5, atol=least)


def test_losses_are_those_of_the_round_and_not_of_its_epoch():
    gan = linear_gan()
    gan.mean_losses.update_state({"discriminator_loss": 100.0, "generator_loss": 100.0})
    losses = probe_step(gan, {"image": REAL}).losses
    assert losses["generator_loss"] == pytest.approx(-(KERNEL @ MADE), abs=1e-6)


def test_everything_is_put_back_when_a_round_fails():
    gan = linear_gan()
    with pytest.raises(ValueError, match="Expected data with image"):
        probe_step(gan, {"photo": REAL})
    assert gan.adversarial == adversarial.WASSERSTEIN and gan.optimizers == {}
