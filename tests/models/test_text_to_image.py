"""The matching-aware critic's three kinds, and the way between two captions."""

import numpy as np
import pytest
import tensorflow as tf

from kgan.losses.auxiliary import matching
from kgan.models.core.batches import swap_neighbours
from kgan.models.core.conditions import Caption
from kgan.models.text_to_image import TextToImageGAN


@pytest.fixture
def gan():
    gan = TextToImageGAN.example(adversarial="non_saturating", matching_weight=2.0)
    for variable in gan.generator.trainable_variables:
        if variable.name == "kernel":
            variable.assign(variable * 3.0)  # a young one paints grey
    return gan


def test_neighbours_are_swapped_and_an_odd_last_row_stays():
    rows = tf.reshape(tf.range(10), (5, 2))
    np.testing.assert_array_equal(swap_neighbours(rows)[:, 0], [2, 0, 6, 4, 8])


def test_the_critic_pays_for_real_wrong_and_fake_as_algorithm_1_says(gan, monkeypatch):
    tokens = tf.constant([[2, 3], [4, 5]])
    real, fake = tf.zeros((2, 16, 16, 1)), tf.ones((2, 16, 16, 1))
    captions = tf.constant([[1.0, -0.5], [-0.5, 1.0]])

    def discriminator(inputs, training):
        assert inputs["tokens"] is tokens and training
        made = tf.reduce_max(
            inputs["images"]
        )  # real ones score 1 with their caption, -0.5 with another's
        return {
            "realism": tf.fill((2, 1), 2.0 * made),
            "image_code": (1.0 - made) * tf.eye(2),
            "caption_code": captions,
        }

    monkeypatch.setattr(gan, "discriminator", discriminator)
    losses = gan.discriminator_loss({"image": real, "tokens": tokens}, fake, gan.random_stream())
    softplus = {x: np.log1p(np.exp(x)) for x in (-1.0, -0.5, 2.0)}
    # L_D = log s_r + (log(1 - s_w) + log(1 - s_f)) / 2, with s a sigmoid's
    expected = softplus[-1.0] + (softplus[-0.5] + softplus[2.0]) / 2
    assert float(losses["adversarial"]) == pytest.approx(expected, rel=1e-6)
    assert float(losses["matching"]) == pytest.approx(
        2.0 * float(matching(tf.eye(2), captions)), rel=1e-6
    )
    paid = gan.generator_loss({"tokens": tokens}, real, gan.random_stream())
    assert float(paid["adversarial"]) == pytest.approx(softplus[-1.0], rel=1e-6)
    assert float(paid["matching"]) == pytest.approx(float(losses["matching"]), rel=1e-6)


def test_a_walk_between_captions_mixes_their_codes(gan):
    prompts = ["a red seven", "on blue"]
    latents = gan.latents_of([5, 5, 5])
    frames = gan.interpolate(latents, [0.0, 0.5, 1.0], {"prompt": prompts})
    for frame, prompt in ((0, prompts[0]), (2, prompts[1])):
        expected = gan.sample([5], {"prompt": prompt})[0]
        np.testing.assert_allclose(frames[frame], expected, atol=1e-5)
    encoder = gan.generator.get_layer("text_encoder")
    tokens = gan.condition(Caption).tokenizer.read(prompts)
    middle = tf.reduce_mean(encoder(tokens), axis=0, keepdims=True).numpy()
    painted = gan.generator.get_layer("code_generator")({"latents": latents[:1], "code": middle})
    np.testing.assert_allclose(frames[1], painted[0], atol=1e-5)
    assert np.abs(frames[1] - frames[0]).max() > 0.1


def test_a_walk_between_seeds_keeps_its_caption(gan):
    latents = gan.latents_of([5, 6])
    frames = gan.interpolate(latents, [0.0, 1.0], {"prompt": ["a red seven"]})
    np.testing.assert_allclose(frames, gan.sample([5, 6], {"prompt": "a red seven"}), atol=1e-5)
