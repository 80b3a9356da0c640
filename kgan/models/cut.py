"""CUT and FastCUT."""

import functools

import keras
import tensorflow as tf
from keras import layers

from kgan.errors import check_not_negative, check_positive, check_whole
from kgan.losses import adversarial, auxiliary
from kgan.models.core.base import register
from kgan.models.families.translation import OneWayTranslationGAN
from kgan.networks import translation
from kgan.types import Tensor


@register("cut")
class CUT(OneWayTranslationGAN):
    """Contrastive learning for unpaired image-to-image translation (Park et al. 2020).

    One generator, from a to b, and no way back. The code of a patch of a translation must be
    nearer to that of the same place in the source than to those of other places in it. Codes are
    what small networks, which learn along, make of feature maps of the generator's first half.

    Images b, translated, must keep their patches too (λ_Y of Eq. 5). FastCUT, the paper's fast
    variant, is `contrast_weight=10, identity_weight=0, flips=True`.

    Differs from the paper: CycleGAN's networks, without low-pass filters; the small networks learn
    by the generator's optimizer.

    Args:
        contrast_weight: λ_X of Eq. 5, ≥ 0.
        identity_weight: λ_Y of Eq. 5, ≥ 0; 0 spares that pass.
        flips: whether half of the batches are mirrored before they are translated, and their
            feature maps mirrored back.
        patches: compared in each feature map, ≥ 2, or as many as it has.
        temperature: of the softmax, > 0.
        code_size: numbers of a code, ≥ 1.
        blocks: residual blocks of the generator, ≥ 1 (9 in the paper at 256×256).
        options: see `GAN`.

    Raises:
        InputError: for a number out of range, or sides that differ in channels.

    Reference: arXiv:2007.15651.
    """

    adversarial = adversarial.LEAST_SQUARES
    unused_options = ("network", "generator")
    default_optimizer = functools.partial(keras.optimizers.Adam, 2e-4, beta_1=0.5)

    def __init__(
        self,
        contrast_weight: float = 1.0,
        identity_weight: float = 1.0,
        flips: bool = False,
        patches: int = 256,
        temperature: float = 0.07,
        code_size: int = 256,
        blocks: int = 6,
        **options,
    ):
        check_not_negative(contrast_weight=contrast_weight, identity_weight=identity_weight)
        check_positive(temperature=temperature)
        check_whole(2, patches=patches)
        check_whole(1, code_size=code_size, blocks=blocks)
        self.contrast_weight = contrast_weight
        self.identity_weight = identity_weight
        self.flips = flips
        self.patches = patches
        self.temperature = temperature
        self.code_size = code_size
        self.blocks = blocks
        super().__init__(**options)

    def build_generator(self, network, width):
        self.check_channels()
        sizes = (self.image_shape, width or 64, self.blocks)
        return translation.build_residual_translator(*sizes, source="a")

    def build_discriminator(self, network, width):
        return translation.build_patch_critic(self.image_shape, width or 64)

    def build_others(self, network, width):
        maps = translation.list_feature_maps(self.generator)
        self.encoder = keras.Model(self.generator.input, maps)
        self.translator = keras.Model(self.generator.input, [self.generator.output, *maps])
        self.heads = [
            keras.Sequential([
                keras.Input((None, one.shape[-1])),
                layers.Dense(self.code_size, "relu"),
                layers.Dense(self.code_size),
            ])
            for one in maps
        ]  # fmt: skip

    def players(self):
        critic, generator = super().players()
        return critic, generator._replace(networks=(self.generator, *self.heads))

    def generate(self, batch, rng):
        """Returns the images, those made of b, the maps of their sources, and which patches count.

        `mirrored` is 1 where the images are mirrored, against their sources' maps.
        """
        sources = batch["a"]
        if self.identity_weight:
            sources = tf.concat([sources, batch["b"]], axis=0)
        agreed = rng.for_all_replicas()
        mirrored = tf.cast(self.flips & (agreed.purpose("flip").uniform(()) < 0.5), tf.float32)
        if self.flips:
            images = self.generator({"a": mirror(sources, mirrored)}, training=True)
            maps = self.encoder({"a": sources}, training=True)
        else:
            images, *maps = self.translator({"a": sources}, training=True)
        images, *same = tf.split(images, 2) if self.identity_weight else (images,)
        places = []
        for number, one in enumerate(maps):
            drawn = agreed.purpose(f"places {number}").uniform((one.shape[1] * one.shape[2],))
            places.append(tf.argsort(drawn)[: self.patches])
        made = {"images": images, "same": same, "mirrored": mirrored}
        return {**made, "maps": maps, "places": places}

    def generator_terms(self, batch, fake, judged):
        images = tf.concat([fake["images"], *fake["same"]], axis=0)
        maps = self.encoder({"a": images}, training=True)
        if self.flips:
            maps = [mirror(one, fake["mirrored"]) for one in maps]
        pairs = zip(self.heads, maps, fake["maps"], fake["places"], strict=True)
        errors = [self._contrast(*each) for each in pairs]
        errors = tf.split(sum(errors) / len(errors), 1 + len(fake["same"]))
        names = {"contrast": self.contrast_weight, "identity": self.identity_weight}
        return {
            name: weight * tf.reduce_mean(each)
            for (name, weight), each in zip(names.items(), errors, strict=False)
        }

    def _contrast(self, head, made, sources, places):
        codes = [head(pick_patches(maps, places), training=True) for maps in (made, sources)]
        return auxiliary.patch_contrast(*codes, self.temperature)

    @classmethod
    def example(cls, **options):
        return super().example(**{"blocks": 1, "patches": 8, "code_size": 8, **options})


def mirror(maps: Tensor, mirrored: Tensor) -> Tensor:
    """Returns images or feature maps [B, H, W, C], flipped left to right where `mirrored` is 1."""
    return tf.where(mirrored > 0, maps[:, :, ::-1], maps)


def pick_patches(maps: Tensor, places: Tensor) -> Tensor:
    """Returns [B, P, C], feature maps [B, H, W, C] at the places [P], counted row by row."""
    _, height, width, channels = maps.shape
    return tf.gather(tf.reshape(maps, (-1, height * width, channels)), places, axis=1)
