"""The first GAN."""

from kgan.losses import adversarial
from kgan.models.core.base import GAN, register


@register("gan")
class VanillaGAN(GAN):
    """Generative adversarial nets (Goodfellow et al. 2014), with dense networks.

    The loss is Section 3's −log D(G(z)); `adversarial="minimax"` gives Eq. 1 itself, and
    `discriminator_steps=k` Algorithm 1's k. `network="textbook"` takes the 28×28 convolutional
    pair of the textbooks.

    Differs from the paper: Adam instead of momentum, LeakyReLU instead of maxout, no dropout.

    Example:
        >>> gan = kgan.models.VanillaGAN((28, 28, 1), network="textbook", adversarial="minimax")

    Reference: arXiv:1406.2661.
    """

    adversarial = adversarial.NON_SATURATING
    default_network = "mlp"
