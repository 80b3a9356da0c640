"""Adversarial losses, in pairs: one for the discriminator, one for the generator.

Scores are the critic's raw outputs (logits), of any shape; every loss is the mean over all of
them, a float32 scalar to be minimised. Each pair is a value: sweep over it, or make your own.

Example:
    >>> import numpy as np
    >>> real, fake = np.array([[2.0]], "float32"), np.array([[-1.0]], "float32")
    >>> float(HINGE.discriminator(real, fake)), float(HINGE.generator(real, fake))
    (0.0, 1.0)
"""

from keras import ops

from kgan.errors import InputError
from kgan.losses.f_divergences import F_PAIRS
from kgan.losses.pairs import AdversarialPair


def _mean_softplus(scores):
    # softplus(s) = −log sigmoid(−s): the cross-entropy without ever forming a probability.
    return ops.mean(ops.softplus(_float32(scores)))


def _float32(scores):
    return ops.cast(scores, "float32")


def _mean(scores):
    return ops.mean(_float32(scores))


def minimax_discriminator_loss(real_scores, fake_scores):
    """Returns −E[log D(x)] − E[log(1 − D(G(z)))], with D = sigmoid(score).

    Reference: Eq. 1, Goodfellow et al. 2014, arXiv:1406.2661.
    """
    return _mean_softplus(-real_scores) + _mean_softplus(fake_scores)


def minimax_generator_loss(real_scores, fake_scores):
    """Returns E[log(1 − D(G(z)))]: the zero-sum game, whose gradient vanishes when D wins.

    Reference: Eq. 1, Goodfellow et al. 2014, arXiv:1406.2661.
    """
    del real_scores
    return -_mean_softplus(fake_scores)


def non_saturating_generator_loss(real_scores, fake_scores):
    """Returns −E[log D(G(z))]: the same fixed point as minimax, with gradient when D wins.

    Reference: Section 3, Goodfellow et al. 2014, arXiv:1406.2661.
    """
    del real_scores
    return _mean_softplus(-fake_scores)


def one_sided_label_smoothing(target=0.9):
    """Returns the non-saturating pair whose discriminator aims at `target` for real images.

    −E[α log D(x) + (1 − α) log(1 − D(x))] − E[log(1 − D(G(z)))], with α the target: the real side
    alone, for smoothing the other would reward what the generator makes by mistake.

    Args:
        target: α in (0.5, 1].

    Raises:
        InputError: for another target.

    Reference: Section 3.4, Salimans et al. 2016, arXiv:1606.03498.
    """
    if not 0.5 < target <= 1.0:
        raise InputError(f"Expected a smoothed target in (0.5, 1]. Received: target={target}.")

    def discriminator_loss(real_scores, fake_scores):
        smoothed = target * _mean_softplus(-real_scores)
        return smoothed + (1.0 - target) * _mean_softplus(real_scores) + _mean_softplus(fake_scores)

    return AdversarialPair(discriminator_loss, non_saturating_generator_loss)


def least_squares_discriminator_loss(real_scores, fake_scores):
    """Returns ½ E[(D(x) − 1)²] + ½ E[D(G(z))²].

    Reference: the 0-1 coding, Mao et al. 2017, arXiv:1611.04076.
    """
    return 0.5 * (_mean(ops.square(real_scores - 1.0)) + _mean(ops.square(fake_scores)))


def least_squares_generator_loss(real_scores, fake_scores):
    """Returns ½ E[(D(G(z)) − 1)²].

    Reference: the 0-1 coding, Mao et al. 2017, arXiv:1611.04076.
    """
    del real_scores
    return 0.5 * _mean(ops.square(fake_scores - 1.0))


def hinge_discriminator_loss(real_scores, fake_scores):
    """Returns E[max(0, 1 − D(x))] + E[max(0, 1 + D(G(z)))].

    Reference: Eq. 16, Miyato et al. 2018, arXiv:1802.05957.
    """
    return _mean(ops.relu(1.0 - real_scores)) + _mean(ops.relu(1.0 + fake_scores))


def wasserstein_discriminator_loss(real_scores, fake_scores):
    """Returns E[D(G(z))] − E[D(x)]; the critic must be kept Lipschitz by clipping or a penalty.

    Reference: Eq. 2, Arjovsky et al. 2017, arXiv:1701.07875.
    """
    return _mean(fake_scores) - _mean(real_scores)


def wasserstein_generator_loss(real_scores, fake_scores):
    """Returns −E[D(G(z))], the hinge loss's generator too.

    Reference: Theorem 3, Arjovsky et al. 2017, arXiv:1701.07875.
    """
    del real_scores
    return -_mean(fake_scores)


def relativistic_discriminator_loss(real_scores, fake_scores):
    """Returns −E[log sigmoid(D(x) − D(G(z)))], over pairs of a real and a fake sample.

    Args:
        real_scores: [B, ...].
        fake_scores: of the same shape: sample i is compared with sample i.

    Reference: RSGAN, Jolicoeur-Martineau 2018, arXiv:1807.00734.
    """
    return _mean_softplus(_float32(fake_scores) - _float32(real_scores))


def relativistic_generator_loss(real_scores, fake_scores):
    """Returns −E[log sigmoid(D(G(z)) − D(x))].

    Reference: RSGAN, Jolicoeur-Martineau 2018, arXiv:1807.00734.
    """
    return relativistic_discriminator_loss(fake_scores, real_scores)


def relativistic_average_discriminator_loss(real_scores, fake_scores):
    """Returns −E[log sigmoid(D(x) − E D(G(z)))] − E[log sigmoid(E D(x) − D(G(z)))].

    The inner means are over the replica's batch.

    Reference: RaSGAN, Jolicoeur-Martineau 2018, arXiv:1807.00734.
    """
    real_scores, fake_scores = _float32(real_scores), _float32(fake_scores)
    real_excess = real_scores - ops.mean(fake_scores)
    fake_excess = fake_scores - ops.mean(real_scores)
    return _mean_softplus(-real_excess) + _mean_softplus(fake_excess)


def relativistic_average_generator_loss(real_scores, fake_scores):
    """Returns −E[log sigmoid(D(G(z)) − E D(x))] − E[log sigmoid(E D(G(z)) − D(x))].

    Reference: RaSGAN, Jolicoeur-Martineau 2018, arXiv:1807.00734.
    """
    return relativistic_average_discriminator_loss(fake_scores, real_scores)


MINIMAX = AdversarialPair(minimax_discriminator_loss, minimax_generator_loss)
NON_SATURATING = AdversarialPair(minimax_discriminator_loss, non_saturating_generator_loss)
LEAST_SQUARES = AdversarialPair(least_squares_discriminator_loss, least_squares_generator_loss)
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
    "label_smoothing": one_sided_label_smoothing(),
    "least_squares": LEAST_SQUARES,
    "hinge": HINGE,
    "wasserstein": WASSERSTEIN,
    "relativistic": RELATIVISTIC,
    "relativistic_average": RELATIVISTIC_AVERAGE,
    **F_PAIRS,
}
