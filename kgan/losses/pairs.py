"""What an adversarial loss is: a pair of pure functions."""

from collections.abc import Callable
from typing import NamedTuple


class AdversarialPair(NamedTuple):
    """What discriminator and generator are paid for a set of scores.

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
