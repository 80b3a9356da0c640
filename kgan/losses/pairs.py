"""An adversarial loss as a value: one pure function for each player, and a way to listen in."""

import contextlib
import contextvars
import dataclasses
import functools
from collections.abc import Callable, Iterator
from typing import NamedTuple

from kgan.types import Tensor


class Scores(NamedTuple):
    """The scores that one call of an adversarial loss was given.

    Attributes:
        player: whose loss it was: `"discriminator"` or `"generator"`.
        real: scores of real examples, or None where the loss does not see them.
        fake: scores of generated examples.
    """

    player: str
    real: Tensor | None
    fake: Tensor


_records: contextvars.ContextVar[list[Scores] | None] = contextvars.ContextVar("scores")


@contextlib.contextmanager
def record_scores() -> Iterator[list[Scores]]:
    """Yields a list that gets the `Scores` of every adversarial loss computed in the block.

    Example:
        >>> with record_scores() as records:
        ...     loss = HINGE.discriminator(np.float32([2.0]), np.float32([-1.0]))
        >>> records[0].player
        'discriminator'
    """
    records: list[Scores] = []
    token = _records.set(records)
    try:
        yield records
    finally:
        _records.reset(token)


@dataclasses.dataclass(frozen=True)
class AdversarialPair:
    """The losses of discriminator and generator, as functions of scores.

    Attributes:
        discriminator: `(real_scores, fake_scores) -> scalar`.
        generator: `(real_scores, fake_scores) -> scalar`; `real_scores` is None unless
            `generator_sees_real`.
        generator_sees_real: whether the generator's loss reads the real scores (relativistic
            losses do); otherwise the critic's pass over real images is spared.
    """

    discriminator: Callable
    generator: Callable
    generator_sees_real: bool = False

    def __post_init__(self) -> None:
        for player in ("discriminator", "generator"):
            object.__setattr__(self, player, _recording(player, getattr(self, player)))


def _recording(player, loss):
    """Returns the loss, which also tells `record_scores` what it is given."""

    @functools.wraps(loss)
    def recorded_loss(real_scores, fake_scores):
        records = _records.get(None)
        if records is not None:
            records.append(Scores(player, real_scores, fake_scores))
        return loss(real_scores, fake_scores)

    return recorded_loss
