"""Networks that take a class label beside latents or images.

Generators take a dict of `latents` [B, latent_size] and `label` [B] int32; critics one of `images`
[B, H, W, C] and `label`, and return raw scores [B, 1].
"""

import math

import keras
from keras import layers

from kgan.layers.conditional import ConditionalBatchNormalization
from kgan.layers.normalization import chosen_synchronized
from kgan.networks import dcgan

EMBEDDING = 50


def concatenated_generator(pair, image_shape, latent_size, classes, width=None):
    """Builds a generator that reads an embedding of the label after the latents.

    Args:
        pair: a `kgan.networks.NetworkPair`.
        image_shape: `(H, W, C)`.
        latent_size: length of a latent.
        classes: number of classes.
        width: None for the pair's own.

    Reference: Section 3.2, Mirza and Osindero 2014, arXiv:1411.1784.
    """
    latents = keras.Input((latent_size,), name="latents")
    label = keras.Input((), dtype="int32", name="label")
    code = layers.Concatenate()([latents, layers.Embedding(classes, EMBEDDING)(label)])
    body = pair.generator(image_shape, latent_size + EMBEDDING, width or pair.width)
    return keras.Model({"latents": latents, "label": label}, body(code), name="generator")


def concatenated_discriminator(pair, image_shape, classes, width=None):
    """Builds a critic that sees the label as one more channel of the image.

    Args:
        pair: a `kgan.networks.NetworkPair`.
        image_shape: `(H, W, C)`.
        classes: number of classes.
        width: None for the pair's own.

    Reference: Section 3.2, Mirza and Osindero 2014, arXiv:1411.1784.
    """
    *sides, channels = image_shape
    images = keras.Input(tuple(image_shape), name="images")
    label = keras.Input((), dtype="int32", name="label")
    plane = layers.Embedding(classes, math.prod(sides))(label)
    plane = layers.Reshape((*sides, 1))(plane)
    body = pair.discriminator((*sides, channels + 1), width or pair.width)
    scores = body(layers.Concatenate()([images, plane]))
    return keras.Model({"images": images, "label": label}, scores, name="discriminator")


def projection_generator(image_shape, latent_size, classes, width=64):
    """Builds DCGAN's generator with class-conditional batch normalization.

    Args:
        image_shape: `(H, W, C)`, see `dcgan.generator`.
        latent_size: length of a latent.
        classes: number of classes.
        width: see `dcgan.generator`.

    Reference: Miyato and Koyama 2018, arXiv:1802.05637.
    """
    latents = keras.Input((latent_size,), name="latents")
    label = keras.Input((), dtype="int32", name="label")

    def normalized(x):
        layer = ConditionalBatchNormalization(classes, synchronized=chosen_synchronized())
        return layer([x, label])

    images = dcgan.images_from(latents, image_shape, width, normalized)
    return keras.Model({"latents": latents, "label": label}, images, name="generator")


def projection_discriminator(image_shape, classes, width=64):
    """Builds DCGAN's critic with a projection: ψ(φ(x)) + ⟨embedding of the label, φ(x)⟩.

    Args:
        image_shape: `(H, W, C)`, see `dcgan.discriminator`.
        classes: number of classes.
        width: see `dcgan.discriminator`.

    Reference: Eq. 5, Miyato and Koyama 2018, arXiv:1802.05637.
    """
    images = keras.Input(tuple(image_shape), name="images")
    label = keras.Input((), dtype="int32", name="label")
    features = dcgan.features_of(images, width)
    embedding = layers.Embedding(classes, features.shape[-1])(label)
    score = layers.Dense(1, dtype="float32")(features)
    projection = layers.Dot(axes=1, dtype="float32")([embedding, features])
    scores = layers.Add(dtype="float32", name="scores")([score, projection])
    return keras.Model({"images": images, "label": label}, scores, name="discriminator")


def with_classifier(critic, classes):
    """Adds a second head to a critic: images → `{"scores": [B, 1], "logits": [B, classes]}`.

    Args:
        critic: a functional or sequential `keras.Model` that ends in a Dense layer.
        classes: number of classes.

    Reference: Odena et al. 2017, arXiv:1610.09585.
    """
    logits = layers.Dense(classes, dtype="float32", name="logits")(critic.layers[-1].input)
    outputs = {"scores": critic.outputs[0], "logits": logits}
    return keras.Model(critic.inputs[0], outputs, name=critic.name)
