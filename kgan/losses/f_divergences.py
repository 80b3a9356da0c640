"""Adversarial pairs of the f-GANs, built from the table in `kgan.theory.f_divergences`.

The critic's raw score v becomes T = g_f(v), and both players play for the variational bound
F = E_real[g_f(v)] − E_fake[f*(g_f(v))] on the divergence: the discriminator for the largest, the
generator for the least.

Example:
    >>> pair = f_divergence_pair("kl")
    >>> gan = kgan.models.FGAN((1,), 1, network="mlp_points", adversarial="reverse_kl")

Reference: Sections 2.3 and 2.4, Nowozin et al. 2016, arXiv:1606.00709.
"""

import functools

from keras import ops

from kgan.losses.pairs import AdversarialPair
from kgan.theory.f_divergences import F_DIVERGENCES, get


def _fake_term(row, fake_scores):
    fake_scores = ops.cast(fake_scores, "float32")
    return ops.mean(row.conjugate_of_activation(fake_scores, ops))


def f_gan_discriminator_loss(row, real_scores, fake_scores):
    """Returns −E_real[g_f(v)] + E_fake[f*(g_f(v))], minus the bound on the divergence.

    Args:
        row: an `FDivergence`.
        real_scores: raw scores of real examples, any shape.
        fake_scores: raw scores of generated examples, any shape.
    """
    real_scores = ops.cast(real_scores, "float32")
    return _fake_term(row, fake_scores) - ops.mean(row.activation(real_scores, ops))


def f_gan_generator_loss(row, real_scores, fake_scores):
    """Returns −E_fake[f*(g_f(v))], the part of the bound that the generator moves."""
    del real_scores
    return -_fake_term(row, fake_scores)


def f_divergence_pair(name):
    """Returns the `AdversarialPair` of an f-divergence.

    Args:
        name: kl, reverse_kl, pearson, neyman, squared_hellinger, jeffrey, jensen_shannon, gan or
            total_variation.

    Raises:
        InputError: for another name, with the known ones.
    """
    row = get(name)
    return AdversarialPair(
        functools.partial(f_gan_discriminator_loss, row),
        functools.partial(f_gan_generator_loss, row),
    )


F_PAIRS = {name: f_divergence_pair(name) for name in F_DIVERGENCES}
