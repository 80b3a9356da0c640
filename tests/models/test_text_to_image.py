"""The matching-aware critic's three kinds, and the way between two captions."""

import numpy as np
import pytest
import tensorflow as tf

from kgan.losses.auxiliary import matching
from kgan.models.core.base import GAN
from kgan.models.core.batches import swap_neighbours
from kgan.models.core.conditions import Caption
from kgan.models.text_to_image import TextToImageGAN


@pytest.fixture
def gan():
    gan = TextToImageGAN.example(adversarial="non_saturating", matching_weight=2.0)
    # A young one paints grey. What reads captions is left: its deviations are exponentials.
    for variable in gan.generator.get_layer("code_generator").trainable_variables:
        if variable.name == "kernel":
            variable.assign(variable * 3.0)
    return gan


def test_neighbours_are_swapped_and_an_odd_last_row_stays():
    rows = tf.reshape(tf.range(10), (5, 2))
    np.testing.assert_array_equal(swap_neighbours(rows)[:, 0], [2, 0, 6, 4, 8])


def test_the_critic_pays_for_real_wrong_and_fake_as_algorithm_1_says(gan, monkeypatch):
    tokens = tf.constant([[2, 3, 0, 0, 0, 0], [4, 5, 0, 0, 0, 0]])
    real, fake = tf.zeros((2, 16, 16, 1)), tf.ones((2, 16, 16, 1))
    captions = tf.constant([[1.0, -0.5], [-0.5, 1.0]])

    def judge(self, images, batch):
        assert batch["tokens"] is tokens
        made = tf.reduce_max(images)  # real ones score 1 with their caption, -0.5 with another's
        return {
            "realism": tf.fill((2, 1), 2.0 * made),
            "image_code": (1.0 - made) * tf.eye(2),
            "caption_code": captions,
        }

    monkeypatch.setattr(GAN, "judge", judge)
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
    reader = gan.generator.get_layer("caption_reader")
    read = reader(gan.condition(Caption).tokenizer.read(prompts))
    middle = {name: tf.reduce_mean(both, axis=0, keepdims=True) for name, both in read.items()}
    painted = gan.generator.get_layer("code_generator")(
        {"latents": tf.constant(latents[:1]), **middle}
    )
    np.testing.assert_allclose(frames[1], painted[0], atol=1e-5)
    assert np.abs(frames[1] - frames[0]).max() > 0.1


def test_a_walk_between_seeds_keeps_its_caption(gan):
    latents = gan.latents_of([5, 6])
    frames = gan.interpolate(latents, [0.0, 1.0], {"prompt": ["a red seven"]})
    np.testing.assert_allclose(frames, gan.sample([5, 6], {"prompt": "a red seven"}), atol=1e-5)


def test_a_captions_code_is_drawn_by_the_latents_second_half(gan):
    """code = μ + σ · half: what the half adds, μ may add as well."""
    painter = gan.generator.get_layer("code_generator")
    first, drawn = np.float32([[1, 2, 3, 4]]), np.float32([[1, -1, 0, 2]])
    mean, log_variance = np.float32([[0, 1, 2, 3]]), np.float32([[0, 2, -2, 0]])

    def paint(mean, half):
        latents = np.concatenate([first, half], axis=1)
        return painter({"latents": latents, "mean": mean, "log_variance": log_variance}).numpy()

    painted = paint(mean, drawn)
    moved = mean + np.exp(log_variance / 2) * drawn
    np.testing.assert_allclose(painted, paint(moved, 0 * drawn), atol=1e-6)
    assert np.abs(painted - paint(mean, -drawn)).max() > 0.01


def test_a_choice_without_end_stays_finite(gan):
    painter = gan.generator.get_layer("code_generator")
    wide = {"mean": np.zeros((1, 4), "float32"), "log_variance": np.full((1, 4), 500, "float32")}
    assert np.isfinite(painter({"latents": np.ones((1, 8), "float32"), **wide})).all()


def test_the_generator_pays_for_captions_that_leave_no_choice(gan):
    """KL of the codes' distributions, ½ Σ μ² + σ² − 1 − log σ², times its weight."""
    tokens = tf.constant(gan.condition(Caption).tokenizer.read(["a red seven", "on blue"]))
    read = gan.generator.get_layer("caption_reader")(tokens)
    mean, log_variance = (read[name].numpy() for name in ("mean", "log_variance"))
    expected = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance).sum(axis=1).mean()
    batch = {"tokens": tokens}
    judged = gan.judge(tf.zeros((2, 16, 16, 1)), batch)
    terms = gan.generator_terms(batch, None, judged)
    assert float(terms["divergence"]) == pytest.approx(0.002 * expected, rel=1e-5)
    gan.divergence_weight = 0.0
    assert set(gan.generator_terms(batch, None, judged)) == {"matching"}
