"""NaN and infinity: how they are found, and told."""

import keras
import numpy as np

from kgan.errors import RunError


class NotFinite(RunError):
    """Losses or weights that are NaN or infinite. `received` says which, in a few words."""

    def __init__(self, received):
        self.received = received
        super().__init__(
            f"Expected finite losses and weights. Received: {received}. The last good checkpoint "
            "stays; try a lower --training.learning_rate, a penalty, or --training.rollbacks 3."
        )


def check_weights(gan):
    """Refuses weights with NaN or infinity. Raises `NotFinite`, naming player and step."""
    for player in gan.players():
        for variable in player.variables:
            if not np.isfinite(keras.ops.convert_to_numpy(variable)).all():
                received = f"weights with NaN or infinity in {variable.path}"
                raise not_finite(gan, received, player.name)


def not_finite(gan, received, player):
    return NotFinite(f"{received} from the {player} at step {gan.rounds}")
