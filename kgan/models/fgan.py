"""f-GAN."""

from kgan.losses import adversarial
from kgan.models.core.base import GAN, register


@register("fgan")
class FGAN(GAN):
    """f-GAN (Nowozin et al. 2016): minimises the variational bound on an f-divergence.

    KL by default: `adversarial=` takes reverse_kl, pearson, neyman, squared_hellinger,
    jeffrey, jensen_shannon, gan or total_variation.

    Differs from the paper: Adam, and one move of each player instead of a single step for both.

    Reference: Sections 2.3 and 2.4, arXiv:1606.00709.
    """

    adversarial = adversarial.f_divergence_pair("kl")
    default_network = "mlp"
