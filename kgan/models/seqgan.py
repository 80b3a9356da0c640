"""SeqGAN."""

import functools
from collections.abc import Callable

import keras
import tensorflow as tf

from kgan.errors import InputError, check_whole
from kgan.layers import LSTMLanguageModel
from kgan.losses.policy_gradient import policy_gradient
from kgan.models.core import ema
from kgan.models.core.base import GAN, register
from kgan.models.core.player import Player
from kgan.models.language_model import LanguageModel, language_model_of
from kgan.networks import seqgan
from kgan.random import RandomStream
from kgan.types import Batch, Tensor


@register("seqgan")
class SeqGAN(LanguageModel):
    """SeqGAN: sequence generative adversarial nets with policy gradient (Yu et al. 2017).

    First the generator learns by likelihood, then the critic alone, then both play (Algorithm 1).
    No gradient passes through a choice of tokens: a token is paid by what the critic says of texts
    that a slower copy of the generator writes on from there (Eqs. 3, 4 and 7).

    Differs from the paper: a token is paid what it adds to the critic's word, not the word; a move
    of the generator follows few of the critic's, the paper's thousands, and is smaller, not
    clipped; the critic has fewer windows, no dropout.

    Args:
        pretraining_steps: rounds of likelihood alone, ≥ 0. More than the data's held-out
            likelihood gains from are spent on copying them.
        critic_pretraining_steps: rounds after these in which only the critic moves, ≥ 0.
        rollouts: texts written on from each token, N of Eq. 4, ≥ 1.
        rollout_keep: share of the rollout copy that a round leaves as it was, in [0, 1).
        width: filters of each of the critic's windows, ≥ 1.
        discriminator_steps: see `GAN`.
        options: see `LanguageModel`.

    Reference: arXiv:1609.05473.
    """

    def __init__(
        self,
        pretraining_steps: int = 624,
        critic_pretraining_steps: int = 312,
        rollouts: int = 16,
        rollout_keep: float = 0.8,
        width: int = 64,
        discriminator_steps: int = 1,
        **options,
    ):
        check_whole(
            0,
            pretraining_steps=pretraining_steps,
            critic_pretraining_steps=critic_pretraining_steps,
        )
        check_whole(1, rollouts=rollouts, width=width, discriminator_steps=discriminator_steps)
        if not 0 <= rollout_keep < 1:
            raise InputError(f"Expected rollout_keep in [0, 1). Received: {rollout_keep}.")
        self.critic_start = pretraining_steps
        self.game_start = pretraining_steps + critic_pretraining_steps
        self.rollouts = rollouts
        self.rollout_keep = rollout_keep
        self.width = width
        super().__init__(**options)
        self.discriminator_steps = discriminator_steps
        self.rollout_generator = ema.copy_network(self.generator)

    def build_discriminator(self, network, width):
        return seqgan.build_discriminator(self.length, self.vocabulary, self.width)

    def players(self):
        (learner,) = super().players()
        critic, _ = GAN.players(self)
        policy = Player("policy", (self.generator,), self.policy_loss, start=self.game_start)
        turn = self.critic_start
        return critic._replace(start=turn), learner._replace(stop=turn), policy

    def default_optimizers(self):
        critic = keras.optimizers.Adam(1e-3, beta_2=0.99)
        policy = keras.optimizers.Adam(3e-3, beta_2=0.99)
        return {**super().default_optimizers(), "discriminator": critic, "policy": policy}

    def generate(self, batch, rng):
        """Returns tokens [B, T] written by the generator, or the data's while it learns them."""
        written = functools.partial(super().generate, batch, rng)
        return tf.cond(rng.step < self.critic_start, lambda: batch["tokens"], written)

    def policy_loss(self, batch: Batch, fake: Tensor, rng: RandomStream) -> dict[str, Tensor]:
        """Returns `{"reward": scalar}`: the generator is paid for what it has written."""
        chosen = language_model_of(self.generator).log_probabilities(fake)
        return {"reward": policy_gradient(chosen, self.rewards(fake, rng))}

    def rewards(self, tokens: Tensor, rng: RandomStream) -> Tensor:
        """Returns Q [B, T + 1]: how real the critic finds texts that keep the first t tokens."""
        writer = language_model_of(self.rollout_generator)
        shape = (tf.shape(tokens)[0], self.rollouts, self.length, self.length)
        latents = rng.purpose("rollouts").normal(shape)
        return rollout_rewards(self.predict_real, writer, tokens, latents)

    def predict_real(self, tokens: Tensor) -> Tensor:
        """Returns [N, 1]: how likely to be real the critic finds finished texts [N, T]."""
        return tf.sigmoid(self.judge(tokens, {})["scores"])

    def after_step(self):
        ema.follow(self.rollout_generator, self.generator, self.rollout_keep)

    @classmethod
    def example(cls, **options):
        phases = {"pretraining_steps": 1, "critic_pretraining_steps": 0}
        return super().example(**{**phases, "rollouts": 2, "width": 4, **options})


def rollout_rewards(
    judge: Callable[[Tensor], Tensor], writer: LSTMLanguageModel, tokens: Tensor, latents: Tensor
) -> Tensor:
    """Returns Q [B, T + 1]: the judge's mean value of texts that keep the first t tokens.

    Args:
        judge: tokens [N, T] to values [N, 1].
        writer: the `LSTMLanguageModel` that writes on.
        tokens: [B, T] int32, finished texts.
        latents: [B, R, T, T] from N(0, I), of R rollouts.

    Returns:
        float32 [B, T + 1]: of texts that keep none, that keep one, …; the last column is the
        judge's value of `tokens` themselves.

    Reference: Eq. 4, Yu et al. 2017, arXiv:1609.05473.
    """
    length = tokens.shape[1]
    # One at a time: side by side they would fill the memory with odds of every token.
    values = tf.map_fn(
        lambda drawn: judge(tf.reshape(writer.roll_out(tokens, drawn), (-1, length))),
        tf.transpose(latents, (1, 0, 2, 3)),
        parallel_iterations=1,
        fn_output_signature=tf.TensorSpec((None, 1), tf.float32),
    )
    before = tf.reshape(tf.reduce_mean(values, axis=0), (-1, length))
    return tf.concat([before, judge(tokens)], axis=1)
