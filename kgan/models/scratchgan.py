"""ScratchGAN."""

import keras
import tensorflow as tf

from kgan.errors import InputError, check_whole
from kgan.losses.policy_gradient import accumulate_rewards, reinforce
from kgan.models.core.base import GAN, register
from kgan.models.core.player import Player
from kgan.models.language_model import LanguageModel, language_model_of
from kgan.networks import token_critic
from kgan.replicas import average_over_replicas


@register("scratchgan")
class ScratchGAN(LanguageModel):
    """ScratchGAN: training language GANs from scratch (de Masson d'Autume et al. 2019).

    No likelihood: from the first round on each token is paid by what a recurrent critic says of
    the text so far, 2σ(D) − 1 (Eq. 4), and less and less by what it says of the tokens that follow.
    What is paid is compared with a running mean. The batch is large.

    Differs from the paper: one layer of LSTM, learned vectors of tokens alone, a mean of its own
    for each place, no dropout and no L2 penalty.

    Args:
        width: of the critic's vectors and state, ≥ 1.
        discount: γ, what a reward is worth one token earlier, in [0, 1].
        baseline_keep: share of the running mean that a round leaves as it was, in [0, 1).
        options: see `LanguageModel`.

    Raises:
        InputError: for a value out of range.

    Reference: arXiv:1905.09922.
    """

    def __init__(
        self, width: int = 64, discount: float = 0.23, baseline_keep: float = 0.08, **options
    ):
        check_whole(1, width=width)
        if not 0 <= discount <= 1:
            raise InputError(f"Expected discount in [0, 1]. Received: {discount}.")
        if not 0 <= baseline_keep < 1:
            raise InputError(f"Expected baseline_keep in [0, 1). Received: {baseline_keep}.")
        self.width = width
        self.discount = discount
        self.baseline_keep = baseline_keep
        super().__init__(**options)
        self.baseline = self.add_weight(
            (self.length,),
            "zeros",
            name="baseline",
            dtype="float32",
            trainable=False,
            aggregation="only_first_replica",
        )

    def build_discriminator(self, network, width):
        return token_critic.build_discriminator(self.length, self.vocabulary, self.width)

    def players(self):
        critic, _ = GAN.players(self)
        policy = Player("generator", (self.generator,), self.generator_loss, reports=("entropy",))
        return critic, policy

    def default_optimizers(self):
        # In the paper the critic's rate is a hundred times the generator's.
        rates = {"discriminator": 3e-3, "generator": 1e-3}
        return {name: keras.optimizers.Adam(rate, beta_1=0.5) for name, rate in rates.items()}

    def generator_loss(self, batch, fake, rng):
        """Returns `{"reward": scalar}`, and to log the generator's own entropy in nats a text."""
        chosen = language_model_of(self.generator).log_probabilities(fake)
        rewards = 2.0 * tf.sigmoid(self.judge(fake, batch)["scores"]) - 1.0  # Eq. 4
        returns = tf.stop_gradient(accumulate_rewards(rewards, self.discount))
        (mean,) = average_over_replicas([tf.reduce_mean(returns, axis=0)])
        baseline = mean + self.baseline_keep * (self.baseline - mean)
        self.baseline.assign(baseline)
        paid = reinforce(chosen, returns - baseline, tf.reduce_mean(rewards))  # Eq. 3
        return {"reward": paid, "entropy": -tf.reduce_mean(tf.reduce_sum(chosen, axis=1))}

    @classmethod
    def example(cls, **options):
        return super().example(**{"width": 4, **options})
