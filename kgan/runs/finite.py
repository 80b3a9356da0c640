"""NaN and infinity in losses and weights: how a run that has them is refused."""

import keras
import numpy as np

from kgan.errors import RunError
from kgan.models.core.base import GAN


class NotFinite(RunError):
    """Losses or weights that are NaN or infinite. `received` says which, in a few words.

    Args:
        values: what is not finite.
        player: whose it is.
        step: rounds played.
    """

    def __init__(self, values: str, player: str, step: int) -> None:
        self.received = f"{values} from the {player} at step {step}"
        super().__init__(
            f"Expected finite losses and weights. Received: {self.received}. The last good "
            "checkpoint stays; try a lower --training.learning_rate, a penalty, or "
            "--training.rollbacks 3."
        )


def check_weights(gan: GAN) -> None:
    """Refuses weights with NaN or infinity.

    Raises:
        NotFinite: at the first of them, naming player and step.
    """
    for player in gan.players():
        for variable in player.variables:
            if not np.isfinite(keras.ops.convert_to_numpy(variable)).all():
                values = f"weights with NaN or infinity in {variable.path}"
                raise NotFinite(values, player.name, gan.rounds)
