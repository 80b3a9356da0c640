"""Auxiliary classifier GAN."""

import tensorflow as tf

from kgan.errors import check_not_negative
from kgan.losses import auxiliary
from kgan.models.core.base import GAN, register
from kgan.models.core.conditions import Label
from kgan.networks import conditional


@register("acgan")
class ACGAN(GAN):
    """Conditional image synthesis with auxiliary classifier GANs (Odena et al. 2017).

    The critic is not told the label but asked for it; both players are paid for its answer, on
    real and on generated images (L_C of Eq. 3).

    Differs from the paper: DCGAN's networks, the critic's without batch normalisation.

    Args:
        classification_weight: of the cross-entropy, ≥ 0.
        options: see `GAN`.

    Reference: arXiv:1610.09585.
    """

    conditions = (Label(),)
    default_network = "dcgan_plain_critic"

    def __init__(self, classification_weight: float = 1.0, **options):
        check_not_negative(classification_weight=classification_weight)
        self.classification_weight = classification_weight
        super().__init__(**options)

    def build_generator(self, network, width):
        pair, classes = self._network_pair(network), self.condition(Label).count
        sizes = (self.latent_size, classes)
        return conditional.build_concatenation_generator(pair, self.image_shape, *sizes, width)

    def build_discriminator(self, network, width):
        critic = super().build_discriminator(network, width)
        return conditional.add_classifier(critic, self.condition(Label).count)

    def critic(self, images, batch):
        return self.judge(images, batch)["scores"]

    def judge(self, images, batch):
        outputs = self.discriminator(images, training=True)
        error = auxiliary.classification(batch["label"], outputs["logits"])
        weighted = self.classification_weight * error
        return {"scores": tf.cast(outputs["scores"], tf.float32), "classification": weighted}

    def discriminator_loss(self, batch, fake, rng):
        seen = self.run_critic(batch, fake, rng)
        return {
            "adversarial": self.adversarial.discriminator(seen.real_scores, seen.fake_scores),
            "classification": sum(judged["classification"] for judged in seen.outputs.values()),
            **self.regularize("discriminator", batch, rng, seen),
        }

    def generator_loss(self, batch, fake, rng):
        judged = self.judge(self.augment(fake, rng.purpose("shown_fake")), batch)
        loss = self.adversarial.generator(self.real_scores(batch, rng), judged["scores"])
        return {"adversarial": loss, "classification": judged["classification"]}
