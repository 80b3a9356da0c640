"""DCGAN."""

from kgan.models.core.base import GAN, register


@register("dcgan")
class DCGAN(GAN):
    """Unsupervised representation learning with deep convolutional GANs (Radford et al. 2016).

    Strided convolutions instead of pooling, batch normalisation in both networks, no hidden dense
    layer, ReLU and tanh in the generator, LeakyReLU in the critic; Adam at 2e-4 with β₁ = 0.5
    (the base's default). Sides 8 to 256, 1 to 4 channels.

    Differs from the paper: 4×4 kernels instead of 5×5; latents from N(0, I) instead of
    U(-1, 1); one player moves after the other on a shared generator pass.

    Example:
        >>> gan = kgan.models.DCGAN(image_shape=(64, 64, 3), width=128)   # the paper's widths

    Reference: arXiv:1511.06434.
    """
