"""InfoGAN."""

import keras
import tensorflow as tf

from kgan.errors import InputError, check_not_negative, check_whole
from kgan.losses import auxiliary
from kgan.models.core import batches
from kgan.models.core.base import GAN, register
from kgan.models.core.codes import Codes
from kgan.networks import conditional
from kgan.random import uniforms_from_normals
from kgan.types import Tensor


@register("infogan")
class InfoGAN(GAN):
    """Interpretable representation learning by information maximizing GANs (Chen et al. 2016).

    Of a latent one part is noise, one names a category, and one has codes, uniform in [-1, 1]. The
    critic has a head that reads category and codes back from an image; generator and critic are
    paid for what it can read (Eq. 5). No label is needed: categories become what differs most.

    Differs from the paper: DCGAN's networks, the critic's without batch normalisation; all numbers
    of a latent are drawn from N(0, I), its largest of some being the category's, and codes their
    quantiles; the head has one hidden layer, without batch normalisation, and codes one variance.

    Args:
        categories: of the categorical code, ≥ 2.
        continuous: how many continuous codes, ≥ 0.
        category_weight: λ of the cross-entropy of categories, ≥ 0.
        code_weight: λ of the codes' error, ≥ 0.
        options: see `GAN`; `latent_size` is that of noise and codes together.

    Raises:
        InputError: for a number out of range, or a latent that has no room for codes.

    Reference: arXiv:1606.03657.
    """

    conditions = (Codes(),)
    critic_outputs = ("scores", "logits", "means")
    default_network = "dcgan_plain_critic"

    def __init__(
        self,
        categories: int = 10,
        continuous: int = 2,
        latent_size: int = 74,
        category_weight: float = 1.0,
        code_weight: float = 0.1,
        **options,
    ):
        check_whole(2, categories=categories)
        check_whole(0, continuous=continuous)
        check_not_negative(category_weight=category_weight, code_weight=code_weight)
        if latent_size < categories + continuous:
            raise InputError(
                f"Expected a latent_size of at least {categories + continuous}, categories and "
                f"codes together. Received: latent_size={latent_size}."
            )
        self.category_weight = category_weight
        self.code_weight = code_weight
        self.conditions = (Codes(categories=categories, continuous=continuous),)
        super().__init__(latent_size=latent_size, **options)

    def default_optimizers(self):
        rates = {"discriminator": 2e-4, "generator": 1e-3}
        return {name: keras.optimizers.Adam(rate, beta_1=0.5) for name, rate in rates.items()}

    def build_discriminator(self, network, width):
        codes = self.condition(Codes)
        critic = super().build_discriminator(network, width)
        return conditional.add_code_reader(critic, codes.categories, codes.continuous)

    def generate(self, batch, rng):
        shape = (batches.count_examples(batch), self.latent_size)
        latents = rng.purpose("latents").normal(shape)
        return {"images": self.run_generator({"latents": latents}), "latents": latents}

    def read_latents(
        self, latents: Tensor, told: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Returns `(noise [B, N], category [B] int32, codes [B, continuous])` of latents.

        Args:
            latents: [B, latent_size], from N(0, I).
            told: [B, 1 + continuous], category and codes in place of theirs, as `Codes` says.
        """
        sizes = (self.condition(Codes).categories, self.condition(Codes).continuous)
        noise, chances, codes = tf.split(latents, [self.latent_size - sum(sizes), *sizes], axis=1)
        category = tf.argmax(chances, axis=1, output_type=tf.int32)
        codes = uniforms_from_normals(codes)
        if told is not None:
            category = tf.where(told[:, 0] < 0.0, category, tf.cast(told[:, 0], tf.int32))
            codes = tf.where(told[:, 1:] < -1.0, codes, told[:, 1:])
        return noise, category, codes

    def call_generator(self, generator, inputs, training):
        inputs = inputs if isinstance(inputs, dict) else {"latents": inputs}
        noise, category, codes = self.read_latents(inputs["latents"], inputs.get("codes"))
        one_hot = tf.one_hot(category, self.condition(Codes).categories)
        return generator(tf.concat([noise, one_hot, codes], axis=1), training=training)

    def discriminator_terms(self, batch, fake, critic_pass):
        return self.measure_information(fake["latents"], critic_pass.outputs["fake"])

    def generator_terms(self, batch, fake, judged):
        return self.measure_information(fake["latents"], judged)

    def measure_information(self, latents: Tensor, judged: dict[str, Tensor]) -> dict[str, Tensor]:
        """Returns what is paid for codes that cannot be read: −λ L_I but for a constant (Eq. 5).

        Args:
            latents: [B, latent_size], of which images were made.
            judged: what the critic gave for these.
        """
        _, category, codes = self.read_latents(latents)
        # −log N(code; mean, I) without its constant.
        misses = tf.reduce_sum(tf.square(codes - judged["means"]), axis=1)
        error = auxiliary.classification(category, judged["logits"])
        return {
            "category": self.category_weight * error,
            "codes": self.code_weight * 0.5 * tf.reduce_mean(misses),
        }

    @classmethod
    def example(cls, **options):
        return super().example(**{"categories": 3, "continuous": 2, **options})
