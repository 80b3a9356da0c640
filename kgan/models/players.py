"""One side of the game."""

from collections.abc import Callable
from typing import NamedTuple


class Player(NamedTuple):
    """One side of the game.

    Attributes:
        name: `"generator"`, `"discriminator"`; the optimizer and the logged loss bear it.
        networks: the `keras.Model`s whose weights the player moves.
        loss: `(batch, fake, rng) -> {name: scalar}`; the base sums the terms.
        moves: how often the player moves in a round, each time on fresh data. A player with
            fewer moves than another makes them at the end of the round.
        generates: whether gradients reach the player through `GAN.generate`. The others see what
            was generated as a constant.
    """

    name: str
    networks: tuple
    loss: Callable
    moves: int = 1
    generates: bool = False

    @property
    def variables(self):
        return [variable for network in self.networks for variable in network.trainable_variables]
