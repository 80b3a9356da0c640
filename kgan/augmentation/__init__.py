"""Augmentations: changes of real and generated images before the critic sees them."""

from typing import Any

from kgan.augmentation.adaptive import ada
from kgan.augmentation.augmentation import Augmentation
from kgan.augmentation.differentiable import diffaugment
from kgan.augmentation.noise import instance_noise
from kgan.values import build_values

__all__ = [
    "AUGMENTATIONS",
    "Augmentation",
    "ada",
    "build_augmentations",
    "diffaugment",
    "instance_noise",
]

AUGMENTATIONS = {"instance_noise": instance_noise, "diffaugment": diffaugment, "ada": ada}


def build_augmentations(config: dict[str, dict[str, Any] | None]) -> tuple[Augmentation, ...]:
    """Returns the augmentations that a config names; see `kgan.values.build_values`.

    Example:
        >>> (augmentation,) = build_augmentations({"instance_noise": {"scale": 0.2}})
    """
    return build_values("augmentation", AUGMENTATIONS, config)
