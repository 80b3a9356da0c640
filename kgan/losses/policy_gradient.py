"""The policy gradient: a loss for discrete choices, which have rewards but no gradients."""

import numpy as np
from keras import ops

from kgan.types import Tensor


def policy_gradient(log_probabilities: Tensor, rewards: Tensor) -> Tensor:
    """Returns −E[reward], whose gradient is REINFORCE's: −E[Σ (Q_t − Q_{t−1}) ∇ log p_t].

    Each choice is weighted by the increase of the expected reward that it brings. The baseline
    Q_{t−1} does not depend on choice t, so it changes the variance of the gradient, not its mean.

    Args:
        log_probabilities: [B, T], log p of each choice made, in nats.
        rewards: [B, T + 1], Q: the reward expected before the first choice, and after each; a
            constant.

    Returns:
        float32 scalar; its value is minus the mean reward after the last choice.

    Example:
        >>> float(policy_gradient(np.log([[0.5, 0.5]]), np.float32([[0.5, 0.2, 0.8]])))
        -0.8

    Reference: Eq. 7, Yu et al. 2017, arXiv:1609.05473; baselines: Williams 1992,
    doi:10.1007/BF00992696.
    """
    rewards = ops.stop_gradient(ops.cast(rewards, "float32"))
    chosen = ops.cast(log_probabilities, "float32")
    weighted = ops.mean(ops.sum((rewards[:, 1:] - rewards[:, :-1]) * chosen, axis=1))
    # The value is minus the mean reward, for the logs; the gradient is that of Eq. 7.
    return ops.stop_gradient(weighted - ops.mean(rewards[:, -1])) - weighted


def reinforce(log_probabilities: Tensor, advantages: Tensor, reward: Tensor) -> Tensor:
    """Returns −reward, with the gradient of REINFORCE: −E[Σ A_t ∇ log p_t].

    Args:
        log_probabilities: [B, T], log p of each choice made, in nats.
        advantages: [B, T], A: by how much what a choice brought is above what was expected; a
            constant.
        reward: scalar, the mean reward, for the logs.

    Returns:
        float32 scalar.

    Example:
        >>> float(reinforce(np.log([[0.5, 0.5]]), np.float32([[1.0, 0.0]]), np.float32(0.25)))
        -0.25

    Reference: Williams 1992, doi:10.1007/BF00992696.
    """
    advantages = ops.stop_gradient(ops.cast(advantages, "float32"))
    chosen = ops.cast(log_probabilities, "float32")
    weighted = ops.mean(ops.sum(advantages * chosen, axis=1))
    # The value is minus the mean reward, for the logs; the gradient is REINFORCE's.
    return ops.stop_gradient(weighted - reward) - weighted


def accumulate_rewards(rewards: Tensor, discount: float) -> Tensor:
    """Returns R [B, T], R_t = Σ_{s ≥ t} γ^{s − t} r_s: what each choice brings from then on.

    Args:
        rewards: [B, T], r: after each choice.
        discount: γ in [0, 1].

    Example:
        >>> accumulate_rewards(np.float32([[1.0, 0.0, 4.0]]), 0.5).numpy()
        array([[2., 2., 4.]], dtype=float32)
    """
    length = rewards.shape[1]
    later = np.arange(length)[:, None] - np.arange(length)[None, :]  # s − t
    weights = np.where(later >= 0, float(discount) ** np.maximum(later, 0), 0.0)
    return ops.matmul(ops.cast(rewards, "float32"), weights.astype("float32"))
