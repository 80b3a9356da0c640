"""The sides of the game, and the optimizers they move by."""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from kgan.errors import InputError
from kgan.random import RandomStream
from kgan.types import Batch, Tensor


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
        start: rounds before it plays; its optimizer counts from there.
        stop: the round in which it plays no more; None for none.
        reports: names of what its loss returns to be logged and not paid; of a player that plays
            in every round.
    """

    name: str
    networks: tuple
    loss: Callable
    moves: int = 1
    generates: bool = False
    start: int = 0
    stop: int | None = None
    reports: tuple[str, ...] = ()

    @property
    def variables(self) -> list[keras.Variable]:
        return [variable for network in self.networks for variable in network.trainable_variables]

    def losses(self, batch: Batch, fake: Any, rng: RandomStream) -> dict[str, Tensor]:
        """Returns `{name: scalar}`; while it does not play a single 0, at no cost."""
        if not self.start and self.stop is None:
            return self.loss(batch, fake, rng)
        total = tf.cond(
            self.plays(rng.step),
            lambda: self.add(self.loss(batch, fake, rng)),
            lambda: tf.constant(0.0),
        )
        return {"total": total}

    def add(self, losses: dict[str, Tensor]) -> Tensor:
        """Returns the sum of the terms that it pays.

        Raises:
            InputError: for a term that is no float scalar.
        """
        paid = {name: value for name, value in losses.items() if name not in self.reports}
        for name, value in paid.items():
            check_scalar(f"the {self.name}'s term {name}", value)
        return sum(paid.values())

    def plays(self, step: int | Tensor) -> bool | Tensor:
        """Returns whether it plays in round `step`, a bool for an int, or a tensor for one."""
        begun = step >= self.start
        return begun if self.stop is None else begun & (step < self.stop)

    def move(self, optimizer: keras.optimizers.Optimizer, gradients: list, step: Tensor) -> None:
        """Moves the player's weights in round `step`, if it plays there.

        A gradient of zeros would move them too, by an optimizer's moments, and be counted: Adam
        would take its first moves for late ones. So what does not play is put back as it was.
        """
        always = not self.start and self.stop is None
        kept = [] if always else [*self.variables, *optimizer.variables]
        before = [tf.identity(variable.value) for variable in kept]
        optimizer.apply(gradients, self.variables)

        def choose(variable, earlier, plays):
            variable.assign(tf.where(plays, variable, earlier))

        def update(strategy, plays, *earlier):
            for variable, value in zip(kept, earlier, strict=True):
                arguments = (value, plays)
                strategy.extended.update(variable.value, choose, args=arguments, group=False)

        if kept:
            # On each device its own copy, without an all-reduce.
            arguments = (self.plays(step), *before)
            tf.distribute.get_replica_context().merge_call(update, args=arguments)


def check_scalar(name: str, value: Any) -> None:
    """Refuses what is no float scalar.

    Args:
        name: of the value, in words.
        value: a tensor or number.

    Raises:
        InputError: for another shape or type.
    """
    tensor = tf.is_tensor(value)
    if tensor and value.shape.rank in (0, None) and value.dtype.is_floating:
        return
    if isinstance(value, float):
        return
    kind = f"{value.dtype.name} of shape {tuple(value.shape)}" if tensor else repr(value)
    raise InputError(f"Expected {name} as a float scalar. Received: {kind}. Average and cast it.")


class Move(NamedTuple):
    """What a player pays in one move, and where that pulls its weights.

    Attributes:
        player: the `Player`.
        losses: `{name: scalar}`, the terms of its loss.
        total: their sum.
        gradients: one for each of its variables, of the total as `scale_loss` scaled it; None for
            a variable that the loss does not reach.
    """

    player: Player
    losses: dict
    total: Tensor
    gradients: list

    def logs(self) -> dict[str, Tensor]:
        """Returns `{name: scalar}` to log: the total, and the terms where there are several."""
        name = self.player.name
        terms = self.losses if len(self.losses) > 1 else {}
        return {f"{name}_loss": self.total, **{f"{name}_{key}": v for key, v in terms.items()}}
