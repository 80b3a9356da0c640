"""Learning rates that fall to 0 by the end of a run."""

from keras.optimizers import schedules


def scheduled(name, rate, rounds, player):
    """Returns a player's learning rate, or the schedule that brings it to 0.

    Args:
        name: `constant`, `linear` or `cosine`.
        rate: where it starts.
        rounds: of the whole run.
        player: a `kgan.models.players.Player`, whose optimizer counts from its `start`.
    """
    if name == "constant":
        return rate
    moves = max(rounds - player.start, 1) * player.moves
    if name == "linear":
        return schedules.PolynomialDecay(rate, moves, 0.0)
    return schedules.CosineDecay(rate, moves)
