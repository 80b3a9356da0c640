"""Learning rates that fall to 0 by the end of a run."""

import keras
from keras import ops
from keras.optimizers import schedules


def scheduled(name, rate, rounds, player):
    """Returns a player's learning rate, or the schedule that brings it to 0.

    Args:
        name: `constant`, `linear` or `cosine`.
        rate: where it starts.
        rounds: of the whole run.
        player: a `kgan.models.players.Player`; before its `start` the rate stays.
    """
    if name == "constant":
        return rate
    moves = max(rounds - player.start, 1) * player.moves
    if name == "linear":
        schedule = schedules.PolynomialDecay(rate, moves, 0.0)
    else:
        schedule = schedules.CosineDecay(rate, moves)
    return Since(player.start * player.moves, schedule) if player.start else schedule


@keras.saving.register_keras_serializable("kgan")
class Since(schedules.LearningRateSchedule):
    """A schedule that begins later: until then, its first value.

    Args:
        start: steps of the optimizer before it begins.
        schedule: the `LearningRateSchedule`.
    """

    def __init__(self, start, schedule):
        super().__init__()
        self.start = start
        self.schedule = schedule

    def __call__(self, step):
        return self.schedule(ops.maximum(step - self.start, 0))

    def get_config(self):
        return {
            "start": self.start,
            "schedule": keras.saving.serialize_keras_object(self.schedule),
        }

    @classmethod
    def from_config(cls, config):
        schedule = keras.saving.deserialize_keras_object(config["schedule"])
        return cls(config["start"], schedule)
