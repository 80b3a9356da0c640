"""CycleGAN."""

import functools

import keras

from kgan.errors import InputError, check_not_negative, check_whole
from kgan.losses import adversarial, auxiliary
from kgan.models.core.base import register
from kgan.models.core.image_conditions import SourceImage
from kgan.models.core.image_pool import ImagePool
from kgan.models.families.translation import TwoWayTranslationGAN
from kgan.networks import translation


@register("cyclegan")
class CycleGAN(TwoWayTranslationGAN):
    """Unpaired image-to-image translation with cycle-consistent networks (Zhu et al. 2017).

    Beside fooling critics of patches, the generators G: a → b and F: b → a pay for F(G(a)) ≠ a and
    G(F(b)) ≠ b (Eq. 2), and for changing what needs no change, G(b) ≠ b and F(a) ≠ a (Section 5.2).

    Args:
        cycle_weight: λ of Eq. 3, ≥ 0.
        identity_weight: of the identity terms, ≥ 0 (half of λ in the paper's paintings).
        pool_size: generated images the critics remember, ≥ 1.
        blocks: residual blocks of a generator, ≥ 1.
        options: see `GAN`.

    Reference: arXiv:1703.10593.
    """

    adversarial = adversarial.LEAST_SQUARES
    unused_options = ("network", "regularizers", "augmentations")
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
        self.blocks = blocks
        super().__init__(**options)
        a, b = self.condition(SourceImage).image_shapes.values()
        if identity_weight and a[-1] != b[-1]:
            raise InputError(
                "Expected identity_weight=0 where sides differ in channels: neither is an image "
                f"of the other. Received: identity_weight={identity_weight}, {a[-1]} and {b[-1]}."
            )
        # A translation has the size of what it was made from, and its own side's channels.
        self.pools = {
            "a": ImagePool(pool_size, (*b[:2], a[-1])),
            "b": ImagePool(pool_size, (*a[:2], b[-1])),
        }

    def build_generator(self, network, width):
        return self._build_translator("a", "b", width, "generator")

    def build_discriminator(self, network, width):
        return self._build_critic("b", width, "discriminator")

    def build_others(self, network, width):
        # A person's own networks serve both directions, each with weights of its own.
        generator, critic = self._config["generator"], self._config["discriminator"]
        self.generator_to_a = (
            keras.models.clone_model(generator)
            if generator
            else self._build_translator("b", "a", width, "generator_to_a")
        )
        self.discriminator_of_a = self.constrain_discriminator(
            keras.models.clone_model(critic)
            if critic
            else self._build_critic("a", width, "discriminator_of_a")
        )

    def _build_translator(self, source, target, width, name):
        shapes = self.condition(SourceImage).image_shapes
        options = {"source": source, "source_channels": shapes[source][-1], "name": name}
        sizes = (shapes[target], width or 64, self.blocks)
        return translation.build_residual_translator(*sizes, **options)

    def _build_critic(self, side, width, name):
        shape = self.condition(SourceImage).image_shapes[side]
        return translation.build_patch_critic(shape, width or 64, name=name)

    def discriminator_loss(self, batch, fake, rng):
        losses = {}
        for side, pool in self.pools.items():
            seen = pool.exchange(fake[side], rng.purpose(side))
            scores = self.score(side, batch[side]), self.score(side, seen)
            losses[f"adversarial_{side}"] = self.adversarial.discriminator(*scores)
        return losses

    def generator_loss(self, batch, fake, rng):
        losses = {}
        for side, other in (("a", "b"), ("b", "a")):
            real, back = batch[side], self.translate(side, fake[other])
            real_scores = self.score(side, real) if self.adversarial.generator_sees_real else None
            scores = real_scores, self.score(side, fake[side])
            losses[f"adversarial_{side}"] = self.adversarial.generator(*scores)
            losses[f"cycle_{side}"] = self.cycle_weight * auxiliary.l1(real, back)
            if self.identity_weight:
                same = self.translate(side, real)
                losses[f"identity_{side}"] = self.identity_weight * auxiliary.l1(real, same)
        return losses

    @classmethod
    def example(cls, **options):
        # With seed 0 a rectifier stands on its kink, to rounding, in the contract suite's batch.
        return super().example(**{"blocks": 1, "pool_size": 8, "seed": 1, **options})
