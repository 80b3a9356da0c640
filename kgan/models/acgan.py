"""Auxiliary classifier GAN."""

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
    critic_outputs = ("scores", "logits")
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

    def discriminator_terms(self, batch, fake, critic_pass):
        judged = critic_pass.outputs.values()
        return {"classification": sum(self._classify(batch, each) for each in judged)}

    def generator_terms(self, batch, fake, judged):
        return {"classification": self._classify(batch, judged)}

    def _classify(self, batch, judged):
        error = auxiliary.classification(batch["label"], judged["logits"])
        return self.classification_weight * error
