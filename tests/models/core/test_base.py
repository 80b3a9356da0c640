"""The base game: who moves when, on which data, with which gradient."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.losses import adversarial, regularizers
from kgan.models.core.base import GAN, Player
from kgan.models.core.conditions import Label
from kgan.models.dcgan import DCGAN
from kgan.models.gan import VanillaGAN
from kgan.networks import NETWORKS
from kgan.random import RandomStream
from tests.games import assert_same, batch_for, dense, fit, linear_gan, still, weights


class Recording(GAN):
    """Keeps what each loss was shown."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.seen = {"generate": [], "discriminator": [], "generator": []}

    def generate(self, batch, rng):
        self.seen["generate"].append(batch["image"].numpy())
        return super().generate(batch, rng)

    def discriminator_loss(self, batch, fake, rng):
        self.seen["discriminator"].append((batch["image"].numpy(), fake.numpy()))
        return super().discriminator_loss(batch, fake, rng)

    def generator_loss(self, batch, fake, rng):
        self.seen["generator"].append((batch["image"].numpy(), fake.numpy()))
        return super().generator_loss(batch, fake, rng)


def recorded(batch, **options):
    gan = linear_gan(Recording, **options)
    gan.compile(run_eagerly=True)
    gan.train_step(tf.constant(batch))
    return gan.seen


@pytest.mark.parametrize("count", [12, 13])
@pytest.mark.parametrize("steps", [1, 3, 5])
def test_critic_moves_see_fresh_parts_that_make_up_the_batch(steps, count, random):
    batch = random.normal(size=(count, 2)).astype("float32")
    seen = recorded(batch, discriminator_steps=steps)
    parts = [real for real, _ in seen["discriminator"]]
    assert len(parts) == steps
    rows = sorted(map(tuple, np.concatenate(parts)))
    assert rows == sorted(map(tuple, batch))
    fakes = np.concatenate([fake for _, fake in seen["discriminator"]])
    assert len(np.unique(fakes, axis=0)) == count, "each move has noise of its own"


def test_one_critic_move_costs_one_generator_pass_that_both_players_share(random):
    seen = recorded(random.normal(size=(4, 2)).astype("float32"))
    assert len(seen["generate"]) == 1
    np.testing.assert_array_equal(seen["discriminator"][0][1], seen["generator"][0][1])


def test_a_player_with_fewer_moves_makes_them_last(random):
    batch = random.normal(size=(6, 2)).astype("float32")
    seen = recorded(batch, discriminator_steps=3)
    assert len(seen["generator"]) == 1
    np.testing.assert_array_equal(seen["generator"][0][0], batch[2::3])


def test_a_round_equals_the_textbook_loop_with_two_passes(random):
    """Parity beside the fast path: discriminator, then generator on a pass of its own."""
    batch = tf.constant(random.normal(size=(8, 2)), tf.float32)
    gan, reference = linear_gan(), linear_gan()
    for model in (gan, reference):
        rates = {name: keras.optimizers.SGD(0.1) for name in ("generator", "discriminator")}
        model.compile(rates, run_eagerly=True)
    rng = (
        RandomStream(0, tf.constant(0, tf.int64)).purpose(0).purpose("generate").purpose("latents")
    )
    latents = rng.normal((8, 3))

    def softplus(scores):
        return tf.reduce_mean(tf.math.softplus(scores))

    generator, critic = reference.generator, reference.discriminator
    with tf.GradientTape() as tape:
        loss = softplus(-critic(batch)) + softplus(critic(generator(latents)))
    (gradient,) = tape.gradient(loss, [v.value for v in critic.trainable_variables])
    critic.trainable_variables[0].assign_sub(0.1 * gradient)
    with tf.GradientTape() as tape:
        loss = softplus(-critic(generator(latents)))
    (gradient,) = tape.gradient(loss, [v.value for v in generator.trainable_variables])
    generator.trainable_variables[0].assign_sub(0.1 * gradient)

    gan.train_step(batch)
    both = [gan.generator, gan.discriminator], [generator, critic]
    assert_same(weights(both[0]), weights(both[1]), rtol=1e-6)


def test_losses_of_one_player_are_summed_before_one_apply(random):
    class TwoTerms(GAN):
        def generator_loss(self, batch, fake, rng):
            return {"a": tf.reduce_sum(fake) * 0.0 + 2.0, "b": tf.reduce_sum(fake) * 0.0 + 3.0}

    gan = linear_gan(TwoTerms)
    gan.compile(run_eagerly=True)
    logs = gan.train_step(tf.constant(random.normal(size=(4, 2)), tf.float32))
    got = {name: float(value) for name, value in logs.items() if name.startswith("generator")}
    assert got == {"generator_loss": 5.0, "generator_a": 2.0, "generator_b": 3.0}
    assert int(gan.optimizers["generator"].iterations) == 1


def test_what_is_logged_of_several_moves_is_their_mean(monkeypatch, random):
    gan = linear_gan(discriminator_steps=3)
    gan.compile(run_eagerly=True)
    values = iter([1.0, 2.0, 6.0])
    monkeypatch.setattr(
        gan,
        "discriminator_loss",
        lambda batch, fake, rng: {"a": tf.constant(next(values)), "b": tf.constant(1.0)},
    )
    logs = gan.train_step(tf.constant(random.normal(size=(6, 2)), tf.float32))
    got = {name: float(v) for name, v in logs.items() if name.startswith("discriminator")}
    assert got == {"discriminator_loss": 4.0, "discriminator_a": 3.0, "discriminator_b": 1.0}


def test_several_generating_players_each_move(random):
    class Three(GAN):
        """A second generating player that owns the critic-independent bias."""

        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.shift = dense(1, 2, seed=5)

        def players(self):
            shift = Player("shift", (self.shift,), self.generator_loss, generates=True)
            return (*super().players(), shift)

        def generate(self, batch, rng):
            made = super().generate(batch, rng)
            return made + self.shift(tf.ones((made.shape[0], 1)))

    gan = linear_gan(Three)
    gan.compile()
    before = weights([gan.generator, gan.shift])
    fit(gan)
    moved = [
        np.abs(a - b).max()
        for a, b in zip(before, weights([gan.generator, gan.shift]), strict=True)
    ]
    assert min(moved) > 0


def test_logs_are_means_over_the_epoch(random):
    gan = linear_gan()
    gan.compile(still())
    data = tf.data.Dataset.from_tensor_slices(random.normal(size=(8, 2)).astype("float32"))
    history = gan.fit(data.batch(4), verbose=0, shuffle=False).history
    twin = linear_gan()
    twin.compile(still(), run_eagerly=True)
    steps = []
    for batch in data.batch(4):
        twin.reset_metrics()
        steps.append(float(twin.train_step(batch)["discriminator_loss"]))
    assert steps[0] != steps[1]
    assert history["discriminator_loss"][0] == pytest.approx(np.mean(steps), rel=1e-6)


def test_uint8_becomes_the_full_range_and_floats_stay():
    gan = linear_gan()
    scaled = gan.name_batch(tf.constant([[0, 255]], tf.uint8))["image"].numpy()
    np.testing.assert_array_equal(scaled, [[-1.0, 1.0]])
    kept = gan.name_batch(tf.constant([[0.25, -1.0]], tf.float64))["image"]
    assert kept.dtype == tf.float32 and kept.numpy().tolist() == [[0.25, -1.0]]


def test_a_batch_may_be_a_dict_images_or_images_with_labels():
    gan = linear_gan()
    images, labels = tf.zeros((3, 2)), tf.constant([1, 2, 3])
    for data in (images, (images,), (images, None, None), {"image": images}):
        assert list(gan.name_batch(data)) == ["image"]
    assert gan.name_batch((images, labels))["label"] is labels


def test_data_that_lacks_a_key_is_refused_with_both_lists():
    class Conditional(GAN):
        conditions = (Label(),)

    with pytest.raises(InputError, match=r"image, label for Conditional. Received: caption, image"):
        linear_gan(Conditional).name_batch({"image": tf.zeros((1, 2)), "caption": tf.zeros((1,))})


def test_images_of_another_shape_are_refused():
    with pytest.raises(InputError, match=r"shape \(2,\) as image. Received: \(3,\)"):
        linear_gan().name_batch(tf.zeros((1, 3)))


def test_a_batch_too_small_for_the_moves_is_refused():
    gan = linear_gan(discriminator_steps=5)
    gan.compile(run_eagerly=True)
    with pytest.raises(InputError, match="at least 5 examples"):
        gan.train_step(tf.zeros((4, 2)))


@pytest.mark.parametrize(
    "options, message",
    [
        ({"latent_size": 0}, "latent_size >= 1"),
        ({"seed": -1}, "seed >= 0"),
        ({"ema_half_life": -5}, "ema_half_life >= 0"),
        ({"discriminator_steps": 0}, "discriminator_steps >= 1"),
        ({"network": "dcgn"}, "nearest first: dcgan"),
        ({"adversarial": "hingee"}, "nearest first: hinge"),
        ({"regularizers": {"r11": {}}}, "nearest first: r1"),
        ({"image_shape": (20, 20, 1)}, "Received: image_shape=\\(20, 20, 1\\)"),
        ({"image_shape": (32, 32, 5)}, "1 to 4 channels"),
    ],
)
def test_bad_arguments_say_what_is_known(options, message):
    with pytest.raises(InputError, match=message):
        DCGAN(**{"image_shape": (16, 16, 1), "width": 4, **options})


@pytest.mark.parametrize("names", [NETWORKS, adversarial.PAIRS, regularizers.REGULARIZERS])
def test_the_docstring_names_what_there_is(names):
    for name in names:
        assert name in GAN.__doc__, name


def test_an_optimizer_for_nobody_is_refused():
    with pytest.raises(InputError, match="nearest first: generator"):
        linear_gan().compile({"generater": keras.optimizers.SGD(0.1)})


def test_two_players_cannot_share_an_optimizer():
    shared = keras.optimizers.SGD(0.1)
    with pytest.raises(InputError, match="an optimizer of its own for each player"):
        linear_gan().compile({"generator": shared, "discriminator": shared})


def test_the_generators_move_leaves_the_critics_batch_statistics(random):
    """They follow the real and the fake batch of the critic's own move, and nothing else."""
    normalization = keras.layers.BatchNormalization(momentum=0.9)
    critic = keras.Sequential([keras.Input((2,)), normalization, keras.layers.Dense(1)])
    gan = Recording((2,), 3, generator=dense(3, 2), discriminator=critic)
    gan.compile(still(), run_eagerly=True)
    gan.train_step(tf.constant(random.normal(size=(8, 2)) + 3.0, tf.float32))
    real, fake = (part.mean(axis=0) for part in gan.seen["discriminator"][0])
    np.testing.assert_allclose(
        normalization.moving_mean, 0.9 * 0.1 * real + 0.1 * fake, rtol=1e-5, atol=1e-6
    )


# ---- EMA ----------------------------------------------------------------------------------


def test_the_averaged_generator_starts_equal_and_samples():
    gan = DCGAN((16, 16, 1), 8, width=4, ema_half_life=100)
    assert_same(weights([gan.ema_generator]), weights([gan.generator]))
    gan.compile()
    fit(gan)
    assert gan.sampling_generator is gan.ema_generator
    assert np.abs(gan.sample([0]) - gan.generator(gan.latents_of([0])).numpy()).max() > 0


def test_half_life_is_in_images_and_covers_batch_statistics():
    gan = DCGAN((16, 16, 1), 8, width=4, ema_half_life=8)
    gan.compile(still())
    start = [weight.numpy() + 1.0 for weight in gan.generator.weights]
    gan.ema_generator.set_weights(start)
    gan.step.assign(1000)
    fit(gan, batch_size=8, batches=1)
    # One round of 8 images is one half-life: half the way to the generator after the round.
    for begun, average, weight in zip(
        start, gan.ema_generator.weights, gan.generator.weights, strict=True
    ):
        np.testing.assert_allclose(average, (begun + weight.numpy()) / 2, rtol=1e-5, atol=1e-6)


def test_the_average_of_a_short_run_forgets_its_start():
    """In round n at most 20/n half-lives of the distance go: none is left of the first, 2⁻¹⁰ of
    the second's."""
    gan = DCGAN((16, 16, 1), 8, width=4, ema_half_life=10_000)
    gan.compile(still())
    fit(gan, batch_size=8, batches=2)
    for average, weight in zip(gan.ema_generator.weights, gan.generator.weights, strict=True):
        np.testing.assert_allclose(average, weight, rtol=0, atol=1e-3)


def test_batch_statistics_of_the_critic_follow_its_passes_not_its_penalties():
    moved = []
    for terms in ({}, {"r1": {"weight": 1e-12}}):
        gan = DCGAN((16, 16, 1), 8, width=4, regularizers=terms)
        gan.compile(still())
        before = weights([gan.generator, gan.discriminator])
        fit(gan)
        after = weights([gan.generator, gan.discriminator])
        changed = sum(np.abs(old - new).max() > 0 for old, new in zip(before, after, strict=True))
        assert changed == 2 * (2 + 1), "mean and variance of each normalisation, and no weight"
        moved.append(after)
    assert_same(*moved)


# ---- Samples --------------------------------------------------------------------------------


def test_a_sample_does_not_depend_on_its_company():
    gan = DCGAN.example()
    together = gan.sample(range(300))  # more than one chunk
    assert together.shape == (300, 16, 16, 1) and together.dtype == np.float32
    np.testing.assert_allclose(gan.sample([299, 7]), together[[299, 7]], atol=1e-6)
    assert np.abs(together[0] - together[1]).max() > 0


def test_no_seeds_no_samples_and_no_condition():
    gan = linear_gan()
    assert gan.sample([]).shape == (0, 2)
    with pytest.raises(InputError, match=r"no condition for GAN\. Received: label"):
        gan.sample([0], condition={"label": [3]})


def test_training_neither_uses_nor_moves_the_global_random_state():
    tf.random.set_seed(1)
    first = linear_gan()
    np.random.seed(3)
    tf.random.set_seed(2)
    second = linear_gan()
    for gan in (first, second):
        gan.compile()
        fit(gan)
    assert_same(weights([first.generator]), weights([second.generator]))


# ---- Values ---------------------------------------------------------------------------------


def test_values_can_be_swept_from_the_constructor():
    gan = VanillaGAN(
        (8, 8, 1), 4, width=4, adversarial="hinge", discriminator_steps=2,
        regularizers={"r1": {"weight": 2.0, "every": 4}},
    )  # fmt: skip
    assert gan.adversarial == adversarial.HINGE
    assert (gan.discriminator_steps, gan.regularizers[0].weight) == (2, 2.0)
    assert VanillaGAN.adversarial == adversarial.NON_SATURATING


def test_a_lazy_penalty_in_the_round_counts_on_its_rounds_only():
    class Lazy(GAN):
        regularizers = (regularizers.r1(weight=2.0, every=2),)

    gan = linear_gan(Lazy)
    gan.compile(still())
    norm = float(np.square(gan.discriminator.get_weights()[0]).sum())
    seen = []
    for batch in (batch_for_points(), batch_for_points(), batch_for_points()):
        gan.reset_metrics()
        seen.append(float(gan.train_step(batch)["discriminator_r1"]))
    np.testing.assert_allclose(seen, [2 * norm, 0, 2 * norm], rtol=1e-5)


def batch_for_points():
    return tf.constant(np.random.default_rng(0).normal(size=(4, 2)), tf.float32)


def test_networks_without_a_fixed_input_are_built():
    generator = keras.Sequential([keras.layers.Dense(2)])
    gan = GAN((2,), 3, generator=generator, discriminator=keras.Sequential([keras.layers.Dense(1)]))
    gan.compile()
    assert fit(gan)["generator_loss"]


def test_every_batch_key_of_the_data_reaches_the_hooks():
    gan = linear_gan()
    batch = gan.name_batch({**batch_for(gan, 4), "label": tf.range(4)})
    assert sorted(batch) == ["image", "label"]


class Summing(keras.Model):
    """A person's own generator, which says nothing of its inputs."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(2, kernel_initializer="ones", use_bias=False)

    def call(self, latents):
        return self.dense(latents)


def summing():
    return keras.Sequential(
        [keras.layers.Dense(2, kernel_initializer="ones", use_bias=False)]
    )  # without an Input


@pytest.mark.parametrize("make", [Summing, summing])
def test_your_own_generator_makes_samples_of_latents_alone(make):
    generator = make()
    gan = GAN((2,), 3, generator=generator, discriminator=dense(2, 1))
    latents = gan.latents_of([4, 5])
    expected = np.repeat(latents.sum(axis=1, keepdims=True), 2, axis=1)
    np.testing.assert_allclose(gan.sample([4, 5]), expected, rtol=1e-5)
    assert set(gan.signatures()["serving_default"].takes) == {"latents"}
