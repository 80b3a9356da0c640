"""What a variant adds to the losses: critics of several heads, and terms beside the adversarial."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.models.core.base import GAN, join_terms
from tests.games import linear_gan


class TwoHeads(GAN):
    """Both players pay for the second head of the critic."""

    terms = ("angle", "angle")

    def constrain_discriminator(self, critic):
        angle = keras.layers.Dense(3, name="angle")(critic.inputs[0])
        return keras.Model(critic.inputs[0], {"scores": critic.outputs[0], "angle": angle})

    def discriminator_terms(self, batch, fake, critic_pass):
        real, made = (critic_pass.outputs[kind]["angle"] for kind in ("real", "fake"))
        return {self.terms[0]: tf.reduce_mean(real) - tf.reduce_mean(made)}

    def generator_terms(self, batch, fake, judged):
        return {self.terms[1]: tf.reduce_mean(judged["angle"])}


def lose(gan, random):
    batch = {"image": tf.constant(random.normal(size=(4, 2)).astype("float32"))}
    rng = gan.random_stream()
    fake = gan.generate(batch, rng)
    losses = gan.discriminator_loss(batch, fake, rng), gan.generator_loss(batch, fake, rng)
    return losses, batch["image"], fake


def test_terms_of_another_head_stand_beside_the_adversarial(random):
    gan = linear_gan(TwoHeads)
    (critics, generators), real, fake = lose(gan, random)
    assert set(critics) == set(generators) == {"adversarial", "angle"}
    kernel, bias = gan.discriminator.get_layer("angle").get_weights()
    angles = [float((np.asarray(images) @ kernel + bias).mean()) for images in (real, fake)]
    np.testing.assert_allclose(critics["angle"], angles[0] - angles[1], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(generators["angle"], angles[1], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("terms", [("adversarial", "angle"), ("angle", "adversarial")])
def test_a_term_does_not_replace_another(terms, random, monkeypatch):
    monkeypatch.setattr(TwoHeads, "terms", terms)
    with pytest.raises(InputError, match=r"names of their own. Received: adversarial twice"):
        lose(linear_gan(TwoHeads), random)


def test_terms_are_a_dict():
    with pytest.raises(InputError, match=r"Expected terms as a dict .* Received: None"):
        join_terms({"adversarial": 1.0}, None)


def test_heads_without_scores_are_refused(random):
    gan = linear_gan(TwoHeads)
    outputs = gan.discriminator.outputs
    gan.discriminator = keras.Model(gan.discriminator.inputs[0], {"score": outputs[0]})
    with pytest.raises(InputError, match=r"with scores in a dict of outputs. Received: score."):
        lose(gan, random)
