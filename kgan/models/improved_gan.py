"""Improved GAN: the tricks of Salimans et al. together."""

import functools

import keras
import tensorflow as tf

from kgan.errors import check_not_negative
from kgan.layers import add_minibatch_discrimination, apply_virtual_batch_normalization
from kgan.losses import adversarial, auxiliary
from kgan.models.core import ema
from kgan.models.core.base import GAN, register


@register("improved_gan")
class ImprovedGAN(GAN):
    """Improved techniques for training GANs (Salimans et al. 2016), all of them together.

    The critic sees its batch (minibatch discrimination) and aims at 0.9 for real images (one-sided
    label smoothing); the generator matches the means of the critic's features beside fooling it,
    and is normalised by a fixed reference batch (virtual batch normalization); both are held to
    the mean of their past (historical averaging).

    Differs from the paper: there feature matching and minibatch discrimination are alternatives;
    the weights are ours, for the paper gives none.

    Args:
        feature_matching_weight: of ‖E f(x) − E f(G(z))‖², ≥ 0.
        history_weight: of ‖θ − mean of θ so far‖², ≥ 0.
        group_size: consecutive examples that minibatch discrimination compares; null for all of
            a move's (of a replica).
        options: see `GAN`.

    Reference: arXiv:1606.03498.
    """

    adversarial = adversarial.label_smoothing(0.9)
    default_network = "dcgan_plain_critic"
    default_optimizer = functools.partial(keras.optimizers.Adam, 3e-4, beta_1=0.5)

    def __init__(
        self,
        feature_matching_weight: float = 1.0,
        history_weight: float = 1e-3,
        group_size: int | None = None,
        **options,
    ):
        check_not_negative(
            feature_matching_weight=feature_matching_weight, history_weight=history_weight
        )
        self.feature_matching_weight = feature_matching_weight
        self.history_weight = history_weight
        self.group_size = group_size
        super().__init__(**options)
        self.past = {
            "discriminator": ema.copy_network(self.discriminator),
            "generator": ema.copy_network(self.generator),
        }
        critic = self.discriminator
        self.features = keras.Model(critic.inputs, critic.layers[-1].input)

    def constrain_generator(self, generator):
        return apply_virtual_batch_normalization(generator)

    def constrain_discriminator(self, critic):
        return add_minibatch_discrimination(critic, group_size=self.group_size)

    def discriminator_loss(self, batch, fake, rng):
        losses = super().discriminator_loss(batch, fake, rng)
        return {**losses, "history": self._history("discriminator", self.discriminator)}

    def generator_loss(self, batch, fake, rng):
        losses = super().generator_loss(batch, fake, rng)
        matching = auxiliary.feature_matching(
            self.features(self.augment(batch["image"], rng.purpose("shown_real")), training=True),
            self.features(self.augment(fake, rng.purpose("shown_fake")), training=True),
        )
        return {
            **losses,
            "feature_matching": self.feature_matching_weight * matching,
            "history": self._history("generator", self.generator),
        }

    def _history(self, player, network):
        pairs = zip(network.weights, self.past[player].weights, strict=True)
        trained = [(weight, mean) for weight, mean in pairs if weight.trainable]
        return self.history_weight * auxiliary.historical_average(*zip(*trained, strict=True))

    def after_step(self):
        rounds = tf.cast(self.step.value, tf.float32)
        for player, network in (
            ("discriminator", self.discriminator),
            ("generator", self.generator),
        ):
            ema.follow(self.past[player], network, keep=1.0 - 1.0 / rounds)

    @classmethod
    def example(cls, **options):
        return super().example(**{"group_size": 4, **options})
