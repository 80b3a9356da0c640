"""InfoGAN: codes of latents, what is paid for reading them, and codes that a person gives."""

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from kgan.errors import InputError
from kgan.models import InfoGAN
from tests.games import batch_for


@pytest.fixture(scope="module")
def gan():
    return InfoGAN.example(
        category_weight=2.0, code_weight=0.5
    )  # 3 of noise, 3 categories, 2 codes


def test_a_latent_says_noise_a_category_and_uniform_codes(gan):
    latents = gan.latents_of(range(3000))
    noise, category, codes = (np.asarray(x) for x in gan.read_latents(tf.constant(latents)))
    np.testing.assert_array_equal(noise, latents[:, :3])
    np.testing.assert_array_equal(category, latents[:, 3:6].argmax(axis=1))
    assert np.bincount(category).min() > 900
    np.testing.assert_allclose(codes, 2 * scipy.stats.norm.cdf(latents[:, 6:]) - 1, atol=1e-6)


def test_the_generator_is_told_noise_and_codes(gan):
    latents = tf.constant(gan.latents_of(range(4)))
    noise, category, codes = gan.read_latents(latents)
    told = tf.concat([noise, tf.one_hot(category, 3), codes], axis=1)
    np.testing.assert_array_equal(gan.call(latents), gan.generator(told))


def test_unread_codes_cost_their_cross_entropy_and_squares(gan):
    """Categories 0 and 2, the codes 0 and those of half and of a quarter of all numbers."""
    quartile = scipy.stats.norm.ppf(0.75)
    latents = np.zeros((2, 8), "float32")
    latents[[0, 1], [3, 5]] = 1.0
    latents[:, 6:] = [[0.0, quartile], [-quartile, 0.0]]
    judged = {"logits": tf.math.log([[2.0, 1, 1], [1, 1, 2]]), "means": tf.constant([[1.0, 0]] * 2)}
    terms = gan.measure_information(tf.constant(latents), judged)
    np.testing.assert_allclose(terms["category"], 2.0 * np.log(2.0), rtol=1e-6)
    squares = (1.0 + 0.25) + (2.25 + 0.0)
    np.testing.assert_allclose(terms["codes"], 0.5 * 0.5 * squares / 2, rtol=1e-5)


def test_both_players_pay_for_what_the_critic_reads(gan):
    batch, rng = gan.name_batch(batch_for(gan, 4)), gan.random_stream()
    fake = gan.generate(batch, rng)
    judged = gan.judge(fake["images"], batch)
    wanted = gan.measure_information(fake["latents"], judged)
    for loss in (gan.discriminator_loss, gan.generator_loss):
        terms = loss(batch, fake, rng)
        assert set(terms) == {"adversarial", "category", "codes"}
        for name, value in wanted.items():
            np.testing.assert_allclose(terms[name], value, rtol=1e-5)


def test_codes_that_a_person_gives_replace_the_seeds(gan):
    latents = tf.constant(gan.latents_of([5] * 3))
    _, own, numbers = gan.read_latents(latents)
    told = gan.read_condition({"codes": "2,any,-1:1"}, 3)["codes"]
    _, category, codes = gan.read_latents(latents, tf.constant(told))
    assert category.numpy().tolist() == [2, 2, 2]
    np.testing.assert_array_equal(codes[:, 0], numbers[:, 0])
    np.testing.assert_array_equal(codes[:, 1], [-1.0, 0.0, 1.0])
    free = gan.read_condition(None, 3)["codes"]
    np.testing.assert_array_equal(gan.read_latents(latents, tf.constant(free))[1], own)
    made = gan.sample([5] * 3, {"codes": "2,any,-1:1"})
    np.testing.assert_allclose(made, gan.images_of(latents, codes=told), atol=1e-6)


def test_a_latent_without_room_for_codes_is_refused():
    with pytest.raises(InputError, match="latent_size of at least 12"):
        InfoGAN(latent_size=11)
