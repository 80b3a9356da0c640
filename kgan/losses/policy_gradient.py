"""The policy gradient: a loss for discrete choices, which have rewards but no gradients."""

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
