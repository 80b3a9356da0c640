"""Instance noise, an augmentation that adds Gaussian noise to real and generated images."""

from keras import ops

from kgan.augmentation.augmentation import Augmentation
from kgan.errors import InputError


def instance_noise(scale: float = 0.1, steps: int | None = None) -> Augmentation:
    """Returns instance noise, x + σ·ε with ε ~ N(0, I), which makes the supports overlap.

    Args:
        scale: σ at the first round, in units of the images, > 0.
        steps: rounds over which σ falls linearly to 0; None for a constant σ.

    Reference: Section 3, Arjovsky and Bottou 2017, arXiv:1701.04862; Sønderby et al. 2016,
    arXiv:1610.04490.
    """
    if not scale > 0 or (steps is not None and not steps > 0):
        raise InputError(
            "Expected scale > 0 and steps > 0 for augmentation instance_noise. "
            f"Received: scale={scale}, steps={steps}."
        )

    def function(images, rng):
        left = 1.0
        if steps is not None:
            left = ops.maximum(0.0, 1.0 - ops.cast(rng.step, "float32") / steps)
        noise = rng.normal((ops.shape(images)[0], *images.shape[1:]))
        return images + ops.cast(scale * left * noise, images.dtype)

    return Augmentation("instance_noise", function)
