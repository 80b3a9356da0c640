"""CycleGAN."""

import functools

import keras
import tensorflow as tf

from kgan.errors import check_not_negative, check_whole
from kgan.losses import adversarial, auxiliary
from kgan.models.base import register
from kgan.models.image_pool import ImagePool
from kgan.models.players import Player
from kgan.models.sampling import generated
from kgan.models.translation import TranslationGAN
from kgan.networks import translation


@register("cyclegan")
class CycleGAN(TranslationGAN):
    """Unpaired image-to-image translation with cycle-consistent networks (Zhu et al. 2017).

    Two generators, G: a → b and F: b → a, are one player; two critics of patches are the other.
    Beside fooling them, the generators pay for F(G(a)) ≠ a and G(F(b)) ≠ b (Eq. 2), and for
    changing what needs no change, G(b) ≠ b and F(a) ≠ a (Section 5.2).

    Args:
        cycle_weight: λ of Eq. 3, ≥ 0.
        identity_weight: of the identity terms, ≥ 0 (half of λ in the paper's paintings).
        pool_size: generated images the critics remember, ≥ 1.
        blocks: residual blocks of a generator, ≥ 1.
        options: see `GAN`.

    Reference: arXiv:1703.10593.
    """

    batch_keys = image_keys = sources = ("a", "b")
    real_key = "b"
    adversarial = adversarial.LEAST_SQUARES
    default_optimizer = functools.partial(keras.optimizers.Adam, 2e-4, beta_1=0.5)

    def __init__(
        self,
        cycle_weight: float = 10.0,
        identity_weight: float = 5.0,
        pool_size: int = 50,
        blocks: int = 6,
        **options,
    ):
        check_not_negative(cycle_weight=cycle_weight, identity_weight=identity_weight)
        check_whole(least=1, pool_size=pool_size, blocks=blocks)
        self.cycle_weight = cycle_weight
        self.identity_weight = identity_weight
        self.pool_size = pool_size
        self.blocks = blocks
        super().__init__(**options)
        self.pools = {side: ImagePool(pool_size, self.image_shape) for side in ("a", "b")}

    def build_generator(self, network, width):
        build = functools.partial(
            translation.residual_translator, self.image_shape, width or 64, self.blocks
        )
        self.generator_to_a = build(source="b", name="generator_to_a")
        return build(source="a")

    def build_discriminator(self, network, width):
        build = functools.partial(translation.patch_critic, self.image_shape, width or 64)
        self.discriminator_of_a = build(name="discriminator_of_a")
        return build()

    def players(self):
        critics = (self.discriminator, self.discriminator_of_a)
        generators = (self.generator, self.generator_to_a)
        return (
            Player("discriminator", critics, self.discriminator_loss, self.discriminator_steps),
            Player("generator", generators, self.generator_loss, generates=True),
        )

    def generate(self, batch, rng):
        del rng
        return {"b": self._to("b", batch["a"]), "a": self._to("a", batch["b"])}

    def discriminator_loss(self, batch, fake, rng):
        losses = {}
        for side, pool in self.pools.items():
            seen = pool.exchange(fake[side], rng.purpose(side))
            scores = self._scores(side, batch[side]), self._scores(side, seen)
            losses[f"adversarial_{side}"] = self.adversarial.discriminator(*scores)
        return losses

    def generator_loss(self, batch, fake, rng):
        losses = {}
        for side, other in (("a", "b"), ("b", "a")):
            real, back = batch[side], self._to(side, fake[other])
            scores = self._scores(side, fake[side])
            same = self._to(side, real)
            losses[f"adversarial_{side}"] = self.adversarial.generator(None, scores)
            losses[f"cycle_{side}"] = self.cycle_weight * auxiliary.l1(real, back)
            losses[f"identity_{side}"] = self.identity_weight * auxiliary.l1(real, same)
        return losses

    def _to(self, side, images):
        if side == "a":
            return self.generator_to_a({"b": images}, training=True)
        return self.generator({"a": images}, training=True)

    def _scores(self, side, images):
        critic = self.discriminator if side == "b" else self.discriminator_of_a
        return tf.cast(critic(images, training=True), tf.float32)

    def call(self, inputs, training=False):
        """Returns `inputs["a"]` as b, or `inputs["b"]` as a."""
        if "b" in inputs:
            return tf.cast(generated(self.generator_to_a, inputs, training), tf.float32)
        return super().call(inputs, training)

    def state(self):
        return {**super().state(), "pools": [pool.images for pool in self.pools.values()]}

    @classmethod
    def example(cls, **options):
        # With seed 0 a rectifier stands on its kink, to rounding, in the contract suite's batch.
        return super().example(**{"blocks": 1, "pool_size": 8, "seed": 1, **options})
