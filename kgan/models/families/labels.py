"""GANs of labelled images: what every way to condition on a class shares."""

import numpy as np
import tensorflow as tf

from kgan.errors import InputError, UnknownNameError
from kgan.models.core import batches
from kgan.models.core.base import GAN
from kgan.models.core.signatures import Input


class LabelConditionalGAN(GAN):
    """A GAN whose players are told the class.

    Labels may be whole numbers [B], one-hot [B, classes] or, for samples, names.

    Args:
        classes: names of the classes, or how many there are.
        options: see `GAN`.

    Raises:
        InputError: for fewer than one class.
    """

    batch_keys = ("image", "label")
    data_arguments = (*GAN.data_arguments, "classes")

    def __init__(self, classes: tuple[str, ...] | int = 10, **options):
        names = tuple(map(str, range(classes) if isinstance(classes, int) else classes))
        if not names:
            raise InputError(f"Expected at least 1 class. Received: classes={classes!r}.")
        self.classes = names
        super().__init__(**options)

    @classmethod
    def arguments_from(cls, source):
        return {**super().arguments_from(source), "classes": list(source.classes or ())}

    def named_batch(self, data):
        batch = super().named_batch(data)
        label = batch["label"]
        if label.shape.rank == 2 and label.shape[1] == len(self.classes):
            label = tf.argmax(label, axis=1)
        if label.shape.rank != 1:
            raise InputError(
                f"Expected labels [B] or one-hot [B, {len(self.classes)}]. "
                f"Received: shape {tuple(label.shape)}."
            )
        label = batches.within("labels", label, len(self.classes))
        return {**batch, "label": label}

    def generate(self, batch, rng):
        latents = rng.purpose("latents").normal((tf.shape(batch["label"])[0], self.latent_size))
        inputs = {"latents": latents, "label": batch["label"]}
        return self.generator(inputs, training=True)

    def critic(self, images, batch):
        inputs = {"images": images, "label": batch["label"]}
        return tf.cast(self.discriminator(inputs, training=True), tf.float32)

    def condition_inputs(self, condition, count):
        if condition is None or set(condition) != {"label"}:
            raise InputError(
                f"Expected a condition with label for {type(self).__name__}: classes "
                f"{', '.join(self.classes)}. Received: {condition and sorted(condition)}."
            )
        label = np.asarray(condition["label"])
        if label.ndim == 2 and label.shape[1] == len(self.classes):
            label = label.argmax(axis=1)
        if label.dtype.kind in "US":
            numbers = [self._number(str(name)) for name in label.ravel()]
            label = np.array(numbers).reshape(label.shape)
        label = np.broadcast_to(label, (count,)) if label.ndim == 0 else label
        inside = label.dtype.kind in "iu" and label.shape == (count,)
        if not inside or not ((label >= 0) & (label < len(self.classes))).all():
            raise InputError(
                f"Expected {count} labels in 0..{len(self.classes) - 1}. "
                f"Received: {np.array2string(label, threshold=8)}."
            )
        return {"label": label.astype(np.int32)}

    def conditions(self):
        return {"label": Input(tf.int32, (), "label", f"class, 0 to {len(self.classes) - 1}")}

    def facts(self, batch=None):
        return {**super().facts(batch), "classes": list(self.classes)}

    def condition_of(self, batch):
        return {"label": batch["label"]}

    def default_condition(self, count):
        return {"label": np.arange(count) * len(self.classes) // count}

    def _number(self, name):
        if name in self.classes:
            return self.classes.index(name)
        if name.isdecimal() and int(name) < len(self.classes):
            return int(name)
        raise UnknownNameError("class", name, self.classes)
