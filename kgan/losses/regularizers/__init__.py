"""Regularizers: terms that a player pays beside the adversarial loss, as values.

Example:
    >>> class MyGAN(GAN):
    ...     regularizers = (r1(weight=10.0, every=16), orthogonal(weight=1e-4))
"""

from kgan.losses.regularizers.consistency import (
    balanced_consistency,
    consistency,
    latent_consistency,
    latent_diversity,
    lecam,
)
from kgan.losses.regularizers.generator import orthogonal, path_length
from kgan.losses.regularizers.regularizer import (
    Context,
    CriticPass,
    Regularizer,
    find_slopes,
    pay_always,
    run_critic,
)
from kgan.losses.regularizers.slopes import (
    dragan,
    gradient_penalty,
    r1,
    r2,
    square_gradient_norms,
)

REGULARIZERS = {
    "r1": r1,
    "r2": r2,
    "gradient_penalty": gradient_penalty,
    "dragan": dragan,
    "lecam": lecam,
    "consistency": consistency,
    "balanced_consistency": balanced_consistency,
    "latent_consistency": latent_consistency,
    "latent_diversity": latent_diversity,
    "orthogonal": orthogonal,
}

__all__ = [
    "REGULARIZERS",
    "Context",
    "CriticPass",
    "Regularizer",
    "balanced_consistency",
    "consistency",
    "dragan",
    "find_slopes",
    "gradient_penalty",
    "latent_consistency",
    "latent_diversity",
    "lecam",
    "orthogonal",
    "path_length",
    "pay_always",
    "r1",
    "r2",
    "run_critic",
    "square_gradient_norms",
]
