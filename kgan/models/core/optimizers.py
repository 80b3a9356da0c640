"""The players' optimizers: chosen, built, and shown to Keras' callbacks."""

from typing import Any

import keras
from keras import tree

from kgan.errors import InputError, UnknownNameError
from kgan.models.core.player import Player
from kgan.types import Tensor

Optimizers = dict[str, keras.optimizers.Optimizer]


class PlayerOptimizers:
    """What `gan.optimizer` is: the players' optimizers, as Keras' callbacks look at several.

    `LearningRateScheduler`, `ReduceLROnPlateau` and `TensorBoard` read and set `learning_rate` of
    each of `optimizers`.

    Args:
        optimizers: `{player's name: optimizer}`.
        rounds: variable that counts the rounds.
    """

    built = True

    def __init__(self, optimizers: Optimizers, rounds: keras.Variable) -> None:
        self._by_player = optimizers
        self.iterations = rounds
        self.optimizers = [PlayerRate(name, optimizer) for name, optimizer in optimizers.items()]

    @property
    def variables(self) -> list[keras.Variable]:
        """Of all of them."""
        return [v for optimizer in self._by_player.values() for v in optimizer.variables]


class PlayerRate:
    """A player's learning rate, under the player's name.

    Args:
        name: the player's.
        optimizer: the player's.
    """

    def __init__(self, name: str, optimizer: keras.optimizers.Optimizer) -> None:
        self.name = name
        self._optimizer = optimizer

    @property
    def learning_rate(self) -> Tensor:
        """Now; a schedule's can be read only."""
        return self._optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        self._optimizer.learning_rate = rate


def choose_optimizers(
    players: tuple[Player, ...],
    defaults: Optimizers,
    chosen: dict[str, keras.optimizers.Optimizer | str] | str | None,
) -> Optimizers:
    """Returns `{player's name: optimizer}`, those of a person and for the rest the paper's.

    Args:
        players: tuple of `Player`s.
        defaults: the paper's.
        chosen: a person's, or names of Keras' optimizers; one name for all; or None.

    Raises:
        InputError: for one optimizer that is not said whose, an unknown name, or averages that
            nobody would use.
    """
    if isinstance(chosen, str):
        chosen = {player.name: chosen for player in players}
    if not isinstance(chosen, dict | None):
        example = ", ".join(f"{player.name!r}: …" for player in players)
        raise InputError(
            f"Expected an optimizer for each player, {{{example}}}. Received: "
            f"{type(chosen).__name__}. Those left out get the paper's own."
        )
    optimizers = dict(defaults)
    for name, optimizer in (chosen or {}).items():
        try:
            optimizers[name] = keras.optimizers.get(optimizer)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"Expected an optimizer of Keras for {name}. Received: {optimizer!r}. "
                "Take e.g. keras.optimizers.Adam(2e-4, beta_1=0.5), or 'adam'."
            ) from error
    for name, optimizer in optimizers.items():
        if _unwrap(optimizer).use_ema:
            raise InputError(
                f"Expected optimizers without use_ema. Received: use_ema=True for {name}. "
                "Give the model ema_half_life: its averaged generator samples."
            )
    return optimizers


def build_optimizers(
    players: tuple[Player, ...],
    optimizers: dict[str, keras.optimizers.Optimizer],
    scaled: bool,
) -> dict[str, keras.optimizers.Optimizer]:
    """Returns `{player's name: optimizer}`, built, so that checkpoints and strategies see them.

    Args:
        players: tuple of `Player`s.
        optimizers: `{player's name: keras optimizer}`, one for each.
        scaled: whether each scales its loss, as float16 needs.

    Raises:
        InputError: for a name that is no player's, or one optimizer for two players.
    """
    by_name = {player.name: player for player in players}
    for name in optimizers:
        if name not in by_name:
            raise UnknownNameError("player", name, by_name)
    if len({id(optimizer) for optimizer in optimizers.values()}) < len(optimizers):
        raise InputError(
            "Expected an optimizer of its own for each player. Received: one for two of "
            f"{', '.join(optimizers)}. Make a second instance."
        )
    built = {}
    for name, optimizer in optimizers.items():
        # Keras wraps only what its own compile() is given.
        if scaled and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        optimizer.build(by_name[name].variables)
        built[name] = optimizer
    return built


def refuse_callbacks(callbacks: Any, optimizers: Optimizers) -> None:
    """Refuses callbacks of Keras that would do nothing, or something else than they say.

    Args:
        callbacks: as `fit` takes them.
        optimizers: the players'.

    Raises:
        InputError: with kgan's way.
    """
    if isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks = callbacks.callbacks
    kinds = keras.callbacks
    for callback in tree.flatten(callbacks or []):
        name = type(callback).__name__
        if isinstance(callback, kinds.SwapEMAWeights):
            raise InputError(
                f"Expected ema_half_life of the model, for samples of an averaged generator. "
                f"Received: the callback {name}. Leave it out."
            )
        if isinstance(callback, kinds.TerminateOnNaN):
            raise InputError(
                f"Expected kgan.training.NaNGuard(), which looks at every loss. Received: the "
                f"callback {name}, which looks for one called loss."
            )
        if isinstance(callback, kinds.LearningRateScheduler | kinds.ReduceLROnPlateau):
            for player, optimizer in optimizers.items():
                if isinstance(_unwrap(optimizer).get_config()["learning_rate"], dict):
                    raise InputError(
                        f"Expected one that sets the learning rate. Received: the callback {name}, "
                        f"and a schedule of the {player}'s optimizer. Leave one of them out; a "
                        "run's is training.schedule."
                    )


def _unwrap(optimizer):
    scales = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    return optimizer.inner_optimizer if scales else optimizer
