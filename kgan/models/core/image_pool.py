"""A history of generated images, so that a critic does not forget what it saw before."""

import keras
import tensorflow as tf

from kgan.random import RandomStream
from kgan.types import Tensor


class ImagePool(keras.layers.Layer):
    """Keeps `size` generated images; half of what the critic sees comes from there.

    The first images fill it. From then on each new image is, with probability ½, swapped for one
    of the pool's, else shown itself. Which is which is a function of the round; under a
    distribution strategy all replicas hold the same pool of all their images.

    Args:
        size: images it holds, ≥ 1 (50 in the paper).
        image_shape: `(H, W, C)`.

    Reference: Section 4, Zhu et al. 2017, arXiv:1703.10593; Shrivastava et al. 2017,
    arXiv:1612.07828.
    """

    def __init__(self, size, image_shape, **options):
        super().__init__(**options)
        self.size = size
        self.images = self.add_weight(
            shape=(size, *image_shape),
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
            name="images",
        )
        self.built = True

    def exchange(self, images: Tensor, rng: RandomStream) -> Tensor:
        """Returns as many images as it is given, some of them from before, and keeps new ones.

        Args:
            images: [B, H, W, C] float32, this replica's.
            rng: `kgan.random.RandomStream`.
        """
        context = tf.distribute.get_replica_context()
        everyones = images
        if context.num_replicas_in_sync > 1:
            everyones = context.all_gather(images, axis=0)
        count = tf.shape(everyones)[0]
        places = tf.range(tf.minimum(count, self.size))
        agreed = rng.for_all_replicas()
        before = tf.cast(rng.step, tf.int32) * count
        filling = before + places < self.size
        # As many different slots as there are images to exchange.
        random_slots = tf.argsort(agreed.purpose("slots").uniform((self.size,)))[: tf.size(places)]
        slots = tf.where(filling, (before + places) % self.size, random_slots)
        swapping = agreed.purpose("swaps").uniform((self.size,))[: tf.size(places)] < 0.5
        swapping = tf.logical_and(swapping, tf.logical_not(filling))
        kept = tf.gather(self.images.value, slots)

        def chosen(where, yes, no):
            return tf.where(where[:, None, None, None], yes, no)

        first = everyones[: tf.size(places)]
        put = chosen(tf.logical_or(swapping, filling), first, kept)
        self.images.assign(tf.tensor_scatter_nd_update(self.images.value, slots[:, None], put))
        shown = tf.concat([chosen(swapping, kept, first), everyones[tf.size(places) :]], axis=0)
        rows = tf.shape(images)[0]
        start = tf.cast(rng.replica, tf.int32) * rows
        return tf.ensure_shape(shown[start : start + rows], images.shape)
