"""The matching-aware critic's three kinds, and the way between two captions."""

import numpy as np
import pytest
import tensorflow as tf

from kgan.models.text_to_image import TextToImageGAN, swapped


@pytest.fixture
def gan():
    gan = TextToImageGAN.example(penalties={})
    for variable in gan.generator.trainable_variables:
        if variable.name == "kernel":
            variable.assign(variable * 6.0)  # a young one paints grey
    return gan


def test_neighbours_are_swapped_and_an_odd_last_row_stays():
    rows = tf.reshape(tf.range(10), (5, 2))
    np.testing.assert_array_equal(swapped(rows)[:, 0], [2, 0, 6, 4, 8])


def test_the_critic_pays_for_real_wrong_and_fake_as_algorithm_1_says(gan, monkeypatch):
    scores = {"real": 1.0, "wrong": -0.5, "fake": 2.0}
    tokens = tf.constant([[2, 3], [4, 5]])
    real, fake = tf.zeros((2, 16, 16, 1)), tf.ones((2, 16, 16, 1))

    def critic(images, batch):
        own = bool(tf.reduce_all(batch["tokens"] == tokens))
        kind = "fake" if float(tf.reduce_max(images)) else ("real" if own else "wrong")
        return tf.fill((2, 1), scores[kind])

    monkeypatch.setattr(gan, "critic", critic)
    losses = gan.discriminator_loss({"image": real, "tokens": tokens}, fake, gan.draws())
    softplus = {x: np.log1p(np.exp(x)) for x in (-1.0, -0.5, 2.0)}
    # L_D = log s_r + (log(1 - s_w) + log(1 - s_f)) / 2, with s a sigmoid's
    expected = softplus[-1.0] + (softplus[-0.5] + softplus[2.0]) / 2
    assert float(sum(losses.values())) == pytest.approx(expected, rel=1e-6)


def test_a_walk_between_captions_mixes_their_codes(gan):
    prompts = ["a red seven", "on blue"]
    latents = gan.latents_of([5, 5, 5])
    frames = gan.images_along(latents, [0.0, 0.5, 1.0], {"prompt": prompts})
    for frame, prompt in ((0, prompts[0]), (2, prompts[1])):
        expected = gan.sample([5], {"prompt": prompt})[0]
        np.testing.assert_allclose(frames[frame], expected, atol=1e-5)
    encoder = gan.generator.get_layer("text_encoder")
    middle = tf.reduce_mean(encoder(gan.tokenizer.checked(prompts)), axis=0, keepdims=True).numpy()
    painted = gan.generator.get_layer("painter")({"latents": latents[:1], "code": middle})
    np.testing.assert_allclose(frames[1], painted[0], atol=1e-5)
    assert np.abs(frames[1] - frames[0]).max() > 0.1


def test_a_walk_between_seeds_keeps_its_caption(gan):
    latents = gan.latents_of([5, 6])
    frames = gan.images_along(latents, [0.0, 1.0], {"prompt": ["a red seven"]})
    np.testing.assert_allclose(frames, gan.sample([5, 6], {"prompt": "a red seven"}), atol=1e-5)
