"""Augmentations: changes of real and generated images before the critic sees them."""

from typing import Any

from kgan.augmentation import instance_noise
from kgan.losses.from_config import build_values

AUGMENTATIONS = {"instance_noise": instance_noise.instance_noise}


def build_augmentations(config: dict[str, dict[str, Any] | None]) -> tuple:
    """Returns the augmentations that a config names; see `kgan.losses.from_config.build_values`.

    Example:
        >>> (augmentation,) = build_augmentations({"instance_noise": {"scale": 0.2}})
    """
    return build_values("augmentation", AUGMENTATIONS, config)
