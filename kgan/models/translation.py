"""GANs that turn one image into another: what they share."""

import numpy as np

from kgan.errors import InputError
from kgan.models.base import GAN


class TranslationGAN(GAN):
    """A GAN whose generator starts from an image, given as the condition of a sample."""

    sources = ("source",)  # conditions it takes, one at a time

    def condition_inputs(self, condition, count):
        known = " or ".join(self.sources)
        if condition is None or len(condition) != 1 or not set(condition) <= set(self.sources):
            raise InputError(
                f"Expected a condition with {known}: images to start from, for "
                f"{type(self).__name__}. Received: {condition and sorted(condition)}."
            )
        ((name, images),) = condition.items()
        images = np.asarray(images)
        if images.dtype == np.uint8:
            images = images.astype(np.float32) / 127.5 - 1.0
        if images.shape != (count, *self.image_shape) or not np.abs(images).max(initial=0) <= 1.0:
            raise InputError(
                f"Expected {count} {name} images of shape {self.image_shape}, uint8 or in [-1, 1]. "
                f"Received: shape={images.shape}, dtype={images.dtype}, largest size "
                f"{np.abs(images).max(initial=0)}."
            )
        return {name: images.astype(np.float32)}

    def condition_of(self, batch):
        return {self.sources[0]: batch[self.sources[0]]}

    def preview(self, count, batch):
        """Returns each source, what becomes of it, and its target if there is one, side by side."""
        batch = self.named_batch(batch)
        paired = () if self.real_key in self.sources else (self.real_key,)
        rows = max(count // (2 * len(self.sources) + len(paired)), 1)
        columns = []
        for name in self.sources:
            source = batch[name][:rows]
            columns += [source, self.sample(range(len(source)), {name: source})]
        return np.concatenate([*columns, *(batch[name][:rows] for name in paired)], axis=2)

    def default_condition(self, count):
        raise InputError(
            f"Expected images to start from, for {type(self).__name__} makes images of images. "
            "Received: none. Give --from FOLDER."
        )
