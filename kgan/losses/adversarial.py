"""Adversarial losses, in pairs: one for the discriminator, one for the generator.

Scores are the critic's raw outputs (logits), of any shape; every loss is the mean over all of
them, a float32 scalar to be minimised. `PAIRS` names the pairs; an `AdversarialPair` of your own
functions does as well.

Example:
    >>> import numpy as np
    >>> real, fake = np.array([[2.0]], "float32"), np.array([[-1.0]], "float32")
    >>> float(HINGE.discriminator(real, fake)), float(HINGE.generator(real, fake))
    (0.0, 1.0)
"""

import contextlib
import contextvars
import dataclasses
import functools
from collections.abc import Callable, Iterator
from typing import NamedTuple

from keras import ops

from kgan.errors import InputError
from kgan.theory.f_divergences import F_DIVERGENCES, FDivergence, get_f_divergence
from kgan.types import Tensor


class Scores(NamedTuple):
    """The scores that one call of an adversarial loss was given.

    Attributes:
        player: whose loss it was, `"discriminator"` or `"generator"`.
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
        encoder: `(real_scores, fake_scores) -> scalar`, of who makes part of the real examples and
            would have the critic take them for generated ones, such as BiGAN's encoder; None for
            the generator's loss with both sides exchanged, where a score and its negative stand
            for opposites.
    """

    discriminator: Callable
    generator: Callable
    generator_sees_real: bool = False
    encoder: Callable | None = None

    def __post_init__(self) -> None:
        for player in ("discriminator", "generator"):
            object.__setattr__(self, player, _add_recording(player, getattr(self, player)))
        if self.encoder is None:
            exchanged = functools.partial(_exchange_sides, self.generator)
            object.__setattr__(self, "encoder", exchanged)


def _add_recording(player, loss):
    """Returns the loss, which also gives `record_scores` its scores."""

    @functools.wraps(loss)
    def record_and_compute(real_scores, fake_scores):
        records = _records.get(None)
        if records is not None:
            records.append(Scores(player, real_scores, fake_scores))
        return loss(real_scores, fake_scores)

    return record_and_compute


def _exchange_sides(generator_loss, real_scores, fake_scores):
    return generator_loss(-fake_scores, -real_scores)


def _mean_softplus(scores):
    # softplus(s) = −log sigmoid(−s): the cross-entropy without ever forming a probability.
    return ops.mean(ops.softplus(_float32(scores)))


def _float32(scores):
    return ops.cast(scores, "float32")


def _mean(scores):
    return ops.mean(_float32(scores))


def minimax_discriminator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Returns −E[log D(x)] − E[log(1 − D(G(z)))], with D = sigmoid(score).

    Reference: Eq. 1, Goodfellow et al. 2014, arXiv:1406.2661.
    """
    return _mean_softplus(-real_scores) + _mean_softplus(fake_scores)


def minimax_generator_loss(real_scores: Tensor | None, fake_scores: Tensor) -> Tensor:
    """Returns E[log(1 − D(G(z)))]: the zero-sum game, whose gradient vanishes when D wins.

    Reference: Eq. 1, Goodfellow et al. 2014, arXiv:1406.2661.
    """
    del real_scores
    return -_mean_softplus(fake_scores)


def non_saturating_generator_loss(real_scores: Tensor | None, fake_scores: Tensor) -> Tensor:
    """Returns −E[log D(G(z))]: the same fixed point as minimax, with gradient when D wins.

    Reference: Section 3, Goodfellow et al. 2014, arXiv:1406.2661.
    """
    del real_scores
    return _mean_softplus(-fake_scores)


def label_smoothing(target: float = 0.9) -> AdversarialPair:
    """Returns the non-saturating pair with one-sided label smoothing.

    The discriminator's loss is −E[α log D(x) + (1 − α) log(1 − D(x))] − E[log(1 − D(G(z)))], with
    α the target for real images. Only the real side is smoothed: smoothing the other would reward
    the generator's present mistakes.

    Args:
        target: α in (0.5, 1].

    Raises:
        InputError: for another target.

    Reference: Section 3.4, Salimans et al. 2016, arXiv:1606.03498.
    """
    if not 0.5 < target <= 1.0:
        raise InputError(f"Expected a smoothed target in (0.5, 1]. Received: target={target}.")

    def discriminator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
        smoothed = target * _mean_softplus(-real_scores)
        return smoothed + (1.0 - target) * _mean_softplus(real_scores) + _mean_softplus(fake_scores)

    return AdversarialPair(discriminator_loss, non_saturating_generator_loss)


def least_squares_discriminator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Returns ½ E[(D(x) − 1)²] + ½ E[D(G(z))²].

    Reference: the 0-1 coding, Mao et al. 2017, arXiv:1611.04076.
    """
    return 0.5 * (_mean(ops.square(real_scores - 1.0)) + _mean(ops.square(fake_scores)))


def least_squares_generator_loss(real_scores: Tensor | None, fake_scores: Tensor) -> Tensor:
    """Returns ½ E[(D(G(z)) − 1)²].

    Reference: the 0-1 coding, Mao et al. 2017, arXiv:1611.04076.
    """
    del real_scores
    return 0.5 * _mean(ops.square(fake_scores - 1.0))


def least_squares_encoder_loss(real_scores: Tensor, fake_scores: Tensor | None) -> Tensor:
    """Returns ½ E[D(x)²]: real examples that look generated, whose code is 0.

    Reference: the 0-1 coding, Mao et al. 2017, arXiv:1611.04076.
    """
    del fake_scores
    return 0.5 * _mean(ops.square(real_scores))


def hinge_discriminator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Returns E[max(0, 1 − D(x))] + E[max(0, 1 + D(G(z)))].

    Reference: Eq. 16, Miyato et al. 2018, arXiv:1802.05957.
    """
    return _mean(ops.relu(1.0 - real_scores)) + _mean(ops.relu(1.0 + fake_scores))


def wasserstein_discriminator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Returns E[D(G(z))] − E[D(x)]; the critic must be kept Lipschitz by clipping or a penalty.

    Reference: Eq. 2, Arjovsky et al. 2017, arXiv:1701.07875.
    """
    return _mean(fake_scores) - _mean(real_scores)


def wasserstein_generator_loss(real_scores: Tensor | None, fake_scores: Tensor) -> Tensor:
    """Returns −E[D(G(z))], also the generator's loss of the hinge pair.

    Reference: Theorem 3, Arjovsky et al. 2017, arXiv:1701.07875.
    """
    del real_scores
    return -_mean(fake_scores)


def relativistic_discriminator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Returns −E[log sigmoid(D(x) − D(G(z)))], over pairs of a real and a fake sample.

    Args:
        real_scores: [B, ...].
        fake_scores: of the same shape: sample i is compared with sample i.

    Reference: RSGAN, Jolicoeur-Martineau 2018, arXiv:1807.00734.
    """
    return _mean_softplus(_float32(fake_scores) - _float32(real_scores))


def relativistic_generator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Returns −E[log sigmoid(D(G(z)) − D(x))].

    Reference: RSGAN, Jolicoeur-Martineau 2018, arXiv:1807.00734.
    """
    return relativistic_discriminator_loss(fake_scores, real_scores)


def relativistic_average_discriminator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Returns −E[log sigmoid(D(x) − E D(G(z)))] − E[log sigmoid(E D(x) − D(G(z)))].

    The inner means are over the replica's batch.

    Reference: RaSGAN, Jolicoeur-Martineau 2018, arXiv:1807.00734.
    """
    real_scores, fake_scores = _float32(real_scores), _float32(fake_scores)
    real_excess = real_scores - ops.mean(fake_scores)
    fake_excess = fake_scores - ops.mean(real_scores)
    return _mean_softplus(-real_excess) + _mean_softplus(fake_excess)


def relativistic_average_generator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Returns −E[log sigmoid(D(G(z)) − E D(x))] − E[log sigmoid(E D(G(z)) − D(x))].

    Reference: RaSGAN, Jolicoeur-Martineau 2018, arXiv:1807.00734.
    """
    return relativistic_average_discriminator_loss(fake_scores, real_scores)


def f_gan_discriminator_loss(
    divergence: FDivergence, real_scores: Tensor, fake_scores: Tensor
) -> Tensor:
    """Returns −E[g_f(v)] over real + E[f*(g_f(v))] over fake scores v: minus the bound on D_f.

    Both players of an f-GAN play for the variational bound on the divergence: the discriminator
    for its maximum, the generator for its minimum.

    Args:
        divergence: an f, its conjugate f* and its output activation g_f.
        real_scores: raw scores of real examples, any shape.
        fake_scores: raw scores of generated examples, any shape.

    Reference: Sections 2.3 and 2.4, Nowozin et al. 2016, arXiv:1606.00709.
    """
    real_scores = _float32(real_scores)
    return _mean_conjugate(divergence, fake_scores) - ops.mean(
        divergence.activation(real_scores, ops)
    )


def f_gan_generator_loss(
    divergence: FDivergence, real_scores: Tensor | None, fake_scores: Tensor
) -> Tensor:
    """Returns −E[f*(g_f(v))] over fake scores v, the part of the bound that the generator changes.

    Reference: Section 2.4, Nowozin et al. 2016, arXiv:1606.00709.
    """
    del real_scores
    return -_mean_conjugate(divergence, fake_scores)


def f_gan_encoder_loss(
    divergence: FDivergence, real_scores: Tensor, fake_scores: Tensor | None
) -> Tensor:
    """Returns E[g_f(v)] over real scores v, the part of the bound that their maker changes.

    Reference: Section 2.4, Nowozin et al. 2016, arXiv:1606.00709.
    """
    del fake_scores
    return ops.mean(divergence.activation(_float32(real_scores), ops))


def _mean_conjugate(divergence, fake_scores):
    return ops.mean(divergence.conjugate_of_activation(_float32(fake_scores), ops))


def f_divergence_pair(name: str) -> AdversarialPair:
    """Returns the f-GAN pair of an f-divergence of `kgan.theory.f_divergences`.

    Args:
        name: kl, reverse_kl, pearson, neyman, squared_hellinger, jeffrey, jensen_shannon, gan or
            total_variation.

    Raises:
        InputError: for another name, with the known ones.

    Example:
        >>> gan = kgan.models.FGAN((1,), 1, network="mlp_points", adversarial="reverse_kl")
    """
    divergence = get_f_divergence(name)
    return AdversarialPair(
        functools.partial(f_gan_discriminator_loss, divergence),
        functools.partial(f_gan_generator_loss, divergence),
        encoder=functools.partial(f_gan_encoder_loss, divergence),
    )


MINIMAX = AdversarialPair(minimax_discriminator_loss, minimax_generator_loss)
NON_SATURATING = AdversarialPair(minimax_discriminator_loss, non_saturating_generator_loss)
LEAST_SQUARES = AdversarialPair(
    least_squares_discriminator_loss,
    least_squares_generator_loss,
    encoder=least_squares_encoder_loss,
)
HINGE = AdversarialPair(hinge_discriminator_loss, wasserstein_generator_loss)
WASSERSTEIN = AdversarialPair(wasserstein_discriminator_loss, wasserstein_generator_loss)
RELATIVISTIC = AdversarialPair(
    relativistic_discriminator_loss, relativistic_generator_loss, generator_sees_real=True
)
RELATIVISTIC_AVERAGE = AdversarialPair(
    relativistic_average_discriminator_loss,
    relativistic_average_generator_loss,
    generator_sees_real=True,
)

PAIRS = {
    "minimax": MINIMAX,
    "non_saturating": NON_SATURATING,
    "label_smoothing": label_smoothing(),
    "least_squares": LEAST_SQUARES,
    "hinge": HINGE,
    "wasserstein": WASSERSTEIN,
    "relativistic": RELATIVISTIC,
    "relativistic_average": RELATIVISTIC_AVERAGE,
    **{name: f_divergence_pair(name) for name in F_DIVERGENCES},
}
