"""What the doctor measures of a GAN: numbers, and what they mean."""

from typing import NamedTuple

import numpy as np


class Critic(NamedTuple):
    """A critic's scores of real and generated samples, and the slopes of the losses at them.

    Attributes:
        real: mean score of the real samples.
        fake: mean score of the generated ones.
        deviation: standard deviation of all these scores together.
        order: share of pairs of a real and a generated sample in which the real one scores higher.
        slope: slope of the discriminator's loss as scores move apart, 1 for scores of 0.
        generator_slope: slope of the generator's loss as its scores rise, 1 for scores of 0.
    """

    real: float
    fake: float
    deviation: float
    order: float
    slope: float = 1.0
    generator_slope: float = 1.0


class Diversity(NamedTuple):
    """How much samples differ, compared with as many real ones.

    Attributes:
        count: samples of each.
        spread: root of the total variance of the samples over that of the real ones.
        different: one over the probability that two samples are as near to each other as the
            nearest 1 % of real ones are to another: how many different samples, equally frequent,
            would be as often alike.
        real_different: the same of the real ones.

    Reference: after the birthday paradox test of Arora and Zhang 2017, arXiv:1706.08224.
    """

    count: int
    spread: float
    different: float
    real_different: float


class Classes(NamedTuple):
    """Which classes are read in samples.

    Attributes:
        count: samples whose class could be read.
        made: all samples; points far from every class have none.
        names: of the classes, K.
        real: [K] shares read in the data.
        fake: [K] shares read in the samples.
        misread: [K] shares that would be read in data without the class, by mistake.
    """

    count: int
    made: int
    names: tuple[str, ...]
    real: np.ndarray
    fake: np.ndarray
    misread: np.ndarray

    @property
    def present(self) -> np.ndarray:
        """[K] shares in the samples over those in the data, mistakes aside; NaN for no class."""
        known = np.where(self.real > self.misread, self.real - self.misread, np.nan)
        return np.maximum(self.fake - self.misread, 0.0) / known


class Copies(NamedTuple):
    """How near samples are to the training set.

    Attributes:
        rate: share of samples as near to a training sample as the nearest 1 % of those to another.
        searched: training samples that were compared.
        total: all training samples.
        real_rate: the same share of real samples that were not trained on, or None.
        ct: C_T of `kgan.metrics.data_copying`, or None.
    """

    rate: float
    searched: int
    total: int
    real_rate: float | None = None
    ct: float | None = None


class Reconstruction(NamedTuple):
    """How well a critic that is an autoencoder describes images, in decibels (PSNR).

    Attributes:
        trained: of images that it trains on.
        unseen: of as many others.
    """

    trained: float
    unseen: float


class Measurements(NamedTuple):
    """All that is measured of a GAN; what could not be is None or empty.

    Attributes:
        rounds: rounds played.
        losses: `{player's name: losses, one an epoch}`.
        largest: `{"score": size of the largest, "weight": …}`; NaN or infinity if one is.
        critics: a `Critic` for each that scored the batch, and for each of its moves.
        gradients: `{player's name: root mean square of its gradient}`.
        diversity: `Diversity`.
        classes: `Classes`.
        copies: `Copies`.
        variety: `kgan.metrics.conditional_variety` of a generator that is told something.
        reconstruction: `Reconstruction` of a critic that is an autoencoder.
    """

    rounds: int
    losses: dict
    largest: dict
    critics: tuple
    gradients: dict
    diversity: Diversity | None = None
    classes: Classes | None = None
    copies: Copies | None = None
    variety: float | None = None
    reconstruction: Reconstruction | None = None
