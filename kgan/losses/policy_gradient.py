"""What a player pays who is told only how good its choices were."""

from keras import ops


def policy_gradient(log_probabilities, rewards):
    """Returns −E[reward], whose gradient is REINFORCE's: −E[Σ (Q_t − Q_{t−1}) ∇ log p_t].

    A choice is paid by what it adds to the reward that is expected. What was expected before does
    not depend on it, so that the mean gradient is that of Q_t alone, with less noise.

    Args:
        log_probabilities: [B, T], log p of each choice made, in nats.
        rewards: [B, T + 1], Q: the reward expected before the first choice, and after each; a
            constant.

    Returns:
        float32 scalar; its value is minus the mean reward when all is chosen.

    Example:
        >>> float(policy_gradient(np.log([[0.5, 0.5]]), np.float32([[0.5, 0.2, 0.8]])))
        -0.8

    Reference: Eq. 8, Yu et al. 2017, arXiv:1609.05473; Williams 1992, doi:10.1007/BF00992696, for
    what may be taken off a reward.
    """
    rewards = ops.stop_gradient(ops.cast(rewards, "float32"))
    chosen = ops.cast(log_probabilities, "float32")
    weighted = ops.mean(ops.sum((rewards[:, 1:] - rewards[:, :-1]) * chosen, axis=1))
    # The value a person wants to read, and the gradient that Eq. 8 asks for.
    return ops.stop_gradient(weighted - ops.mean(rewards[:, -1])) - weighted
