"""`probe_step`: scores, losses and gradients of the next round of training, which changes nothing.

The moves are those of `GAN.train_step` itself, so that every variant is measured as it trains; the
generator's losses are at the critic as it is, which does not move first.
"""

import contextlib
from collections.abc import Iterable
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from kgan.evaluation.diagnosis.measurements import Critic
from kgan.losses.adversarial import record_scores
from kgan.models.core.base import GAN
from kgan.types import Array

# Small half-precision gradients are zero unless the loss is scaled, as training does; a power of
# two loses nothing.
_SCALE = 2.0**10
_STEP = 1e-2  # by which scores are moved to measure a loss's slope, times the largest of them


class Round(NamedTuple):
    """What a round computes.

    Attributes:
        losses: `{name: value}`, named as training logs them, the mean over a player's moves.
        critics: a `Critic` for each call of the discriminator's adversarial loss.
        gradients: `{player's name: root mean square of its gradient}`, the mean over its moves;
            of players with weights to train that play in this round.
        largest: `{"loss": size of the largest, "score": …, "gradient": …}`; NaN or infinity if
            one is.
    """

    losses: dict
    critics: tuple
    gradients: dict
    largest: dict


def probe_step(gan: GAN, examples: dict[str, Array]) -> Round:
    """Plays the round that training would play next, and restores everything.

    Args:
        gan: the model, compiled or not.
        examples: `{name: array [B, ...]}` of a batch, as a source gives them.

    Example:
        >>> probe_step(gan, source.examples(np.arange(64))).gradients
        {'discriminator': 0.005, 'generator': 0.001}
    """
    scale = _SCALE if gan.compute_dtype == "float16" else 1.0
    playing = [player.name for player in gan.players() if player.plays(gan.rounds)]
    logs, calls, gradients, sizes = {}, [], {}, []
    with _restore_after(gan), record_scores() as records:
        batch, rng = gan.name_batch(examples), gan.random_stream()
        for move in gan.moves(batch, rng, lambda player, loss: loss * scale):
            name = move.player.name
            for term, value in move.logs().items():
                logs.setdefault(term, []).append(value)
            if move.gradients:
                flat = _flatten(move)
                sizes.append(float(np.abs(flat).max()) / scale)
                mean = float(np.sqrt(np.mean(np.square(flat / scale))))
                gradients.setdefault(name, []).append(mean)
            # Some players compute the other's loss too (unrolled GAN, consensus), of scores that
            # the other never gets.
            calls += [_as_arrays(scores) for scores in records if scores.player == name]
            records.clear()
    losses = {name: float(sum(values) / len(values)) for name, values in logs.items()}
    reports = {f"{player.name}_{name}" for player in gan.players() for name in player.reports}
    largest = {
        "loss": find_largest(loss for name, loss in losses.items() if name not in reports),
        "score": find_largest(scores for call in calls for scores in call[1:]),
        "gradient": find_largest(sizes),
    }
    means = {name: float(np.mean(gradients[name])) for name in playing if name in gradients}
    return Round(losses, _summarize_critics(gan.adversarial, calls), means, largest)


def _flatten(move):
    """Returns the gradients of a move as one float64 array; 0 where the loss does not depend."""
    arrays = [
        np.zeros(variable.shape) if gradient is None else tf.convert_to_tensor(gradient)
        for gradient, variable in zip(move.gradients, move.player.variables, strict=True)
    ]
    return np.concatenate([np.ravel(array) for array in arrays]).astype(np.float64)


def _as_arrays(scores):
    """Returns `Scores` as float32 arrays; an empty one where the loss does not see them."""
    real = () if scores.real is None else scores.real
    return scores._replace(
        real=np.asarray(real, np.float32), fake=np.asarray(scores.fake, np.float32)
    )


def find_largest(arrays: Iterable[Array | float]) -> float:
    """Returns the largest absolute value; NaN or infinity if there is one; 0 for no number."""
    sizes = [np.abs(array).max(initial=0.0) for array in map(np.asarray, arrays)]
    return float(np.max(sizes, initial=0.0))


@contextlib.contextmanager
def _restore_after(gan):
    """Restores whatever a round changes, such as batch statistics, also if it is interrupted."""
    variables = [variable for role in gan.state().values() for variable in role]
    before = [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]
    try:
        yield
    finally:
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)


def _summarize_critics(pair, calls):
    slopes = [_generator_slope(pair, call) for call in calls if call.player == "generator"]
    return tuple(
        Critic(
            float(real.mean()),
            float(fake.mean()),
            float(np.std(np.concatenate([real.ravel(), fake.ravel()]), dtype=np.float64)),
            _order(real.ravel(), fake.ravel()),
            _discriminator_slope(pair, real, fake),
            slopes[-1] if slopes else 1.0,
        )
        for player, real, fake in calls
        if player == "discriminator"
    )


def _discriminator_slope(pair, real, fake):
    def fall(real, fake):
        return float(pair.discriminator(real, fake) - pair.discriminator(real + step, fake - step))

    step = _step(real, fake)
    return _share(fall(real, fake), fall(np.zeros_like(real), np.zeros_like(fake)))


def _generator_slope(pair, call):
    def fall(real, fake):
        real = real if pair.generator_sees_real else None
        return float(pair.generator(real, fake) - pair.generator(real, fake + step))

    step = _step(call.fake)
    untrained = np.zeros_like(call.real), np.zeros_like(call.fake)
    return _share(fall(call.real, call.fake), fall(*untrained))


def _step(*scores):
    return np.float32(_STEP * max(1.0, find_largest(scores)))


def _share(slope, usual):
    """Returns a slope over that for scores of 0; 1 where that is none."""
    return slope / usual if usual else 1.0


def _order(real, fake):
    """Returns the share of pairs in which the real score is higher; ties count half."""
    fake = np.sort(fake)
    below = np.searchsorted(fake, real, "left") + np.searchsorted(fake, real, "right")
    return float(below.mean() / (2 * len(fake)))
