"""GLO."""

import functools

import keras
import tensorflow as tf

from kgan.errors import check_not_negative, check_whole
from kgan.losses import auxiliary
from kgan.models.core import batches
from kgan.models.core.base import GAN, register
from kgan.models.core.player import Player
from kgan.types import Tensor

_SHRINKAGE = 1e-6  # added to variances, so that a root exists where latents span no volume


@register("glo")
class GLO(GAN):
    """Optimizing the latent space of generative networks (Bojanowski et al. 2018): no critic.

    Each image of the data has a latent of its own, which is learned beside the generator: together
    they are paid for what the image and its picture differ in (Eq. 2), by a Laplacian pyramid and
    by squares. Latents stay in the unit ball (Eq. 3). Samples are of a Gaussian that is fitted to
    all of them.

    Differs from the paper: its two losses are added; pyramids are of means over 2×2 pixels; Adam
    instead of SGD; images that a source mirrors are not, for each has one latent.

    Args:
        examples: images of the data, ≥ 1; their numbers, `index`, come with the batches.
        latent_size: length of a latent.
        l2_weight: of the mean squared difference beside the pyramid's, ≥ 0.
        options: see `GAN`; those of a critic are refused.

    Raises:
        InputError: for a number out of range.

    Reference: arXiv:1707.05776.
    """

    unused_options = (
        "adversarial", "regularizers", "augmentations", "discriminator_steps", "discriminator"
    )  # fmt: skip
    default_optimizer = functools.partial(keras.optimizers.Adam, 1e-3, beta_1=0.5)

    def __init__(
        self, examples: int = 60000, latent_size: int = 64, l2_weight: float = 1.0, **options
    ):
        check_whole(1, examples=examples)
        check_not_negative(l2_weight=l2_weight)
        self.examples = examples
        self.l2_weight = l2_weight
        super().__init__(latent_size=latent_size, **options)

    def build_discriminator(self, network, width):
        return None

    def build_others(self, network, width):
        start = keras.initializers.RandomNormal(stddev=self.latent_size**-0.5)
        ball = keras.constraints.MaxNorm(1.0, axis=1)
        self.table = keras.layers.Embedding(
            self.examples, self.latent_size, start, embeddings_constraint=ball, dtype="float32"
        )
        self.table.build((None,))
        self.table.embeddings.assign(ball(self.table.embeddings))
        self.mean, self.spread = (
            self.add_weight(
                shape=shape,
                name=name,
                dtype="float32",
                trainable=False,
                aggregation="only_first_replica",
            )
            for name, shape in (
                ("mean", (self.latent_size,)),
                ("spread", (self.latent_size, self.latent_size)),
            )
        )
        self.after_step()

    @classmethod
    def batch_keys(cls):
        return (*super().batch_keys(), "index")

    @classmethod
    def arguments_from(cls, source):
        return {**super().arguments_from(source), "examples": source.count}

    @classmethod
    def data_arguments(cls):
        return (*super().data_arguments(), "examples")

    def players(self):
        networks = (self.generator, self.table)
        return (Player("generator", networks, self.generator_loss, generates=True),)

    def generate(self, batch, rng):
        index = batches.check_range("numbers of examples", batch["index"], self.examples)
        return self.generator(self.table(index), training=True)

    def generator_loss(self, batch, fake, rng):
        return {
            "pyramid": auxiliary.laplacian_l1(batch["image"], fake),
            "squares": self.l2_weight * auxiliary.l2(batch["image"], fake),
        }

    def after_step(self):
        """Fits the Gaussian of which samples are to the latents as they are now."""
        latents = tf.convert_to_tensor(self.table.embeddings)
        mean = tf.reduce_mean(latents, axis=0)
        products = tf.matmul(latents - mean, latents - mean, transpose_a=True) / self.examples
        root = tf.linalg.cholesky(products + _SHRINKAGE * tf.eye(self.latent_size))
        self.mean.assign(mean)
        self.spread.assign(root)

    def place(self, normals: Tensor) -> Tensor:
        """Returns latents [B, latent_size] of the fitted Gaussian where `normals` are N(0, I)."""
        return tf.matmul(normals, self.spread, transpose_b=True) + self.mean

    def call(self, inputs, training=False):
        """Returns images of normals [B, latent_size], which become latents of the Gaussian."""
        normals = inputs["latents"] if isinstance(inputs, dict) else inputs
        return super().call(self.place(tf.cast(normals, tf.float32)), training)

    @classmethod
    def example(cls, **options):
        return super().example(**{"examples": 40, **options})
