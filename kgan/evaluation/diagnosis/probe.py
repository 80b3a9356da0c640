"""One round as training would play it next, overheard: scores, losses and gradients; nothing moves.

The losses are those of `GAN.train_step` itself, so that every variant is heard as it trains; the
generator's are at the critic as it stands, which does not move first.
"""

import contextlib
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from kgan.evaluation.diagnosis.measurements import Critic

# Small half-precision gradients are zero unless the loss is scaled, as training does; a power of
# two loses nothing.
_SCALE = 2.0**10
_STEP = 1e-2  # by which scores are moved to see a loss's slope, times the largest of them


class Scored(NamedTuple):
    """What one call of an adversarial loss was given.

    Attributes:
        player: whose loss it was, of the pair: `"discriminator"` or `"generator"`.
        real: scores, float32; none of them where the loss does not see them.
        fake: scores, float32.
    """

    player: str
    real: np.ndarray
    fake: np.ndarray


class Round(NamedTuple):
    """One round.

    Attributes:
        losses: `{name: value}` as logged.
        critics: a `Critic` for each time that the discriminator paid its adversarial loss.
        gradients: `{player's name: root mean square of its gradient}`, the mean over its moves;
            of players with weights to train that play in this round.
        largest: `{"loss": size of the largest, "score": …, "gradient": …}`; NaN or infinity if
            one is.
    """

    losses: dict
    critics: tuple
    gradients: dict
    largest: dict


class _Listener:
    """Stands where a player's optimizer would: hears gradients, and moves nothing."""

    def __init__(self, name, heard, scale):
        self.means, self.sizes, self.scores = [], [], []
        self._name = name
        self._heard = heard
        self._scale = scale
        self.iterations = keras.Variable(0, dtype="int64", trainable=False)  # of no move

    def scale_loss(self, loss):
        return loss * self._scale

    def apply(self, gradients, variables):
        # A weight that the loss does not reach has the gradient 0.
        reached = [
            np.zeros(variable.shape) if gradient is None else tf.convert_to_tensor(gradient)
            for gradient, variable in zip(gradients, variables, strict=True)
        ]
        if reached:
            flat = np.concatenate([np.ravel(part) for part in reached]).astype(np.float64)
            self.means.append(float(np.sqrt(np.mean(np.square(flat / self._scale)))))
            self.sizes.append(float(np.abs(flat).max()) / self._scale)
        # Some players look at the other's loss too (unrolled GAN, consensus), at scores that this
        # other does not see.
        self.scores += [scored for scored in self._heard if scored.player == self._name]
        self._heard.clear()


def overhear(gan, examples):
    """Plays the round that training would play next, and puts everything back.

    Args:
        gan: a `GAN`, compiled or not.
        examples: `{name: array [B, ...]}` of a batch, as a source gives them.

    Returns:
        `Round`.
    """
    heard = []
    scale = _SCALE if gan.compute_dtype == "float16" else 1.0
    names = [player.name for player in gan.players()]
    playing = [player.name for player in gan.players() if player.plays(gan.rounds)]
    listeners = {name: _Listener(name, heard, scale) for name in names}
    with _put_back(gan):
        gan.adversarial = _heard_by(gan.adversarial, heard)
        gan.optimizers = listeners
        losses = {name: float(value) for name, value in gan.train_step(examples).items()}
    heard = [scored for listener in listeners.values() for scored in listener.scores]
    largest = {
        "loss": largest_of(losses.values()),
        "score": largest_of(scores for scored in heard for scores in scored[1:]),
        "gradient": largest_of(size for listener in listeners.values() for size in listener.sizes),
    }
    gradients = {
        name: float(np.mean(listeners[name].means)) for name in playing if listeners[name].means
    }
    return Round(losses, _critics(gan.adversarial, heard), gradients, largest)


def largest_of(arrays):
    """Returns the size of the largest number; NaN or infinity if one is; 0 for none."""
    sizes = [np.abs(array).max(initial=0.0) for array in map(np.asarray, arrays)]
    return float(np.max(sizes, initial=0.0))


def _heard_by(pair, heard):
    """Returns the adversarial pair, which also appends what it is given to `heard`."""

    def hearing(player, loss):
        def heard_loss(real_scores, fake_scores):
            heard.append(Scored(player, _array(real_scores), _array(fake_scores)))
            return loss(real_scores, fake_scores)

        return heard_loss

    return pair._replace(
        discriminator=hearing("discriminator", pair.discriminator),
        generator=hearing("generator", pair.generator),
    )


def _array(scores):
    return np.asarray(() if scores is None else scores, np.float32)


@contextlib.contextmanager
def _put_back(gan):
    """Puts back whatever a round has changed, also if it fails or is interrupted."""
    variables = [variable for role in gan.state().values() for variable in role]
    variables += [variable for metric in gan.metrics for variable in metric.variables]
    before = [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]
    pair, optimizers = gan.adversarial, gan.optimizers
    try:
        yield
    finally:
        gan.adversarial, gan.optimizers = pair, optimizers
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)


def _critics(pair, heard):
    fooling = [_generator_slope(pair, scored) for scored in heard if scored.player == "generator"]
    return tuple(
        Critic(
            float(real.mean()),
            float(fake.mean()),
            float(np.std(np.concatenate([real.ravel(), fake.ravel()]), dtype=np.float64)),
            _order(real.ravel(), fake.ravel()),
            _discriminator_slope(pair, real, fake),
            fooling[-1] if fooling else 1.0,
        )
        for player, real, fake in heard
        if player == "discriminator"
    )


def _discriminator_slope(pair, real, fake):
    def fall(real, fake):
        return float(pair.discriminator(real, fake) - pair.discriminator(real + step, fake - step))

    step = _step(real, fake)
    return _share(fall(real, fake), fall(np.zeros_like(real), np.zeros_like(fake)))


def _generator_slope(pair, scored):
    def fall(real, fake):
        real = real if pair.generator_sees_real else None
        return float(pair.generator(real, fake) - pair.generator(real, fake + step))

    step = _step(scored.fake)
    nothing = np.zeros_like(scored.real), np.zeros_like(scored.fake)
    return _share(fall(scored.real, scored.fake), fall(*nothing))


def _step(*scores):
    return np.float32(_STEP * max(1.0, largest_of(scores)))


def _share(slope, usual):
    """Returns a slope over that for scores of 0; 1 where that is none."""
    return slope / usual if usual else 1.0


def _order(real, fake):
    """Returns the share of pairs in which the real score is higher; ties count half."""
    fake = np.sort(fake)
    below = np.searchsorted(fake, real, "left") + np.searchsorted(fake, real, "right")
    return float(below.mean() / (2 * len(fake)))
