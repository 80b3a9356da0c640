"""Small games that tests share: batches, networks with known gradients, one round played."""

import keras
import numpy as np
import tensorflow as tf

from kgan.models.core.base import GAN
from kgan.models.core.conditions import Attributes
from kgan.models.core.image_conditions import Mask

CLASSES = 10
CAPTIONS = ("a red seven on blue", "a blue seven on red", "on blue a seven")


def batch_for(gan, count, seed=0):
    """Returns a batch with every tensor `gan` names in `batch_keys`."""
    random = np.random.default_rng(seed)
    makers = {
        "label": lambda: random.integers(0, CLASSES, (count,)).astype("int32"),
        "index": lambda: random.integers(0, gan.examples, (count,)).astype("int32"),
        "caption": lambda: random.choice(CAPTIONS, count),
        "attributes": lambda: random.integers(
            0, 2, (count, len(gan.condition(Attributes).attributes))
        ).astype("int32"),
        "tokens": lambda: random.integers(0, gan.vocabulary, (count, gan.length)).astype("int32"),
        "mask": lambda: 255 * random.integers(0, 2, (count, *gan.condition(Mask).shape), np.uint8),
    }

    def make(key):
        if key in gan.image_shapes:
            return random.integers(0, 256, (count, *gan.image_shapes[key])).astype("uint8")
        return makers[key]()

    return {key: tf.constant(make(key)) for key in gan.batch_keys()}


def dataset_for(gan, batch_size, batches, seed=0):
    """Returns a finite dataset of different batches."""
    whole = batch_for(gan, batch_size * batches, seed)
    return tf.data.Dataset.from_tensor_slices(whole).batch(batch_size, drop_remainder=True)


def fit(gan, batch_size=4, batches=2, seed=0, **options):
    """Trains for one epoch of `batches` rounds, in silence; returns the losses."""
    data = dataset_for(gan, batch_size, batches, seed)
    return gan.fit(data, shuffle=False, verbose=0, **options).history


def weights(networks):
    return [variable.numpy() for network in networks for variable in network.weights]


def assert_same(first, second, **tolerance):
    """Compares lists of arrays; exactly unless a tolerance is given."""
    for one, other in zip(first, second, strict=True):
        np.testing.assert_allclose(one, other, **{"rtol": 0, "atol": 0, **tolerance})


def assert_moved_alike(before, first, second):
    """Compares what training made of values: to 3 % of the largest move, and rounding.

    A rounding error that carries an activation or an absolute difference over its kink changes
    some gradients by so much; a wrong scale or a lost term changes them all by far more.
    """
    for start, one, other in zip(before, first, second, strict=True):
        largest = np.abs(one - start).max(initial=0.0)
        rounding = 1e-6 * np.abs(start).max(initial=0.0) + 1e-9
        np.testing.assert_allclose(other, one, rtol=0, atol=3e-2 * largest + rounding)


def plain(gan, momentum=0.0):
    """Compiles with steps along the gradient.

    Adam would hide a wrong scale, and make rounding of a gradient near 0 as large as any step; and
    a fifth to a half of a round's operations would be Adam's.
    """
    optimizers = {
        player.name: keras.optimizers.SGD(1e-4, momentum=momentum) for player in gan.players()
    }
    gan.compile(optimizers)
    return gan


def compiled(gan):
    """Compiles with the paper's optimizers."""
    gan.compile()
    return gan


def still():
    """Optimizers that leave every weight where it is."""
    return {name: keras.optimizers.SGD(0.0) for name in ("generator", "discriminator")}


def dense(inputs, outputs, bias=False, seed=0):
    """A network of one product with a matrix."""
    kernel = keras.initializers.RandomNormal(seed=seed)
    layer = keras.layers.Dense(outputs, use_bias=bias, kernel_initializer=kernel)
    return keras.Sequential([keras.Input((inputs,)), layer])


def linear_gan(variant=GAN, latent_size=3, **options):
    """A GAN of points in the plane whose generator and critic are linear."""
    return variant(
        image_shape=(2,),
        latent_size=latent_size,
        generator=dense(latent_size, 2, seed=1),
        discriminator=dense(2, 1, seed=2),
        **options,
    )
