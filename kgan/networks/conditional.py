"""Networks that take a class label besides latents or images.

Generators take a dict of `latents` [B, latent_size] and `label` [B] int32; critics one of `images`
[B, H, W, C] and `label`, and return raw scores [B, 1].
"""

import math

import keras
from keras import layers

from kgan.layers.normalization import make_conditional_batch_normalization
from kgan.networks import NetworkPair, dcgan
from kgan.types import ImageShape, Tensor

EMBEDDING = 50


def build_concatenation_generator(
    pair: NetworkPair,
    image_shape: ImageShape,
    latent_size: int,
    classes: int,
    width: int | None = None,
) -> keras.Model:
    """Builds a generator of the latents concatenated with an embedding of the label.

    Args:
        pair: the networks without labels.
        image_shape: `(H, W, C)`.
        latent_size: length of a latent.
        classes: number of classes.
        width: None for the pair's own.

    Reference: Section 3.2, Mirza and Osindero 2014, arXiv:1411.1784.
    """
    latents = keras.Input((latent_size,), name="latents")
    label = keras.Input((), dtype="int32", name="label")
    code = layers.Concatenate()([latents, layers.Embedding(classes, EMBEDDING)(label)])
    body = pair.build_generator(image_shape, latent_size + EMBEDDING, width or pair.width)
    return keras.Model({"latents": latents, "label": label}, body(code), name="generator")


def build_concatenation_discriminator(
    pair: NetworkPair, image_shape: ImageShape, classes: int, width: int | None = None
) -> keras.Model:
    """Builds a critic with an embedding of the label as an additional channel of the image.

    Args:
        pair: the networks without labels.
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
    body = pair.build_discriminator((*sides, channels + 1), width or pair.width)
    scores = body(layers.Concatenate()([images, plane]))
    return keras.Model({"images": images, "label": label}, scores, name="discriminator")


def build_projection_generator(
    image_shape: ImageShape, latent_size: int, classes: int, width: int = 64
) -> keras.Model:
    """Builds DCGAN's generator with class-conditional batch normalization.

    Args:
        image_shape: `(H, W, C)`, see `dcgan.build_generator`.
        latent_size: length of a latent.
        classes: number of classes.
        width: see `dcgan.build_generator`.

    Reference: Miyato and Koyama 2018, arXiv:1802.05637.
    """
    latents = keras.Input((latent_size,), name="latents")
    label = keras.Input((), dtype="int32", name="label")

    def normalize(x: Tensor) -> Tensor:
        return make_conditional_batch_normalization(classes)([x, label])

    images = dcgan.apply_generator_layers(latents, image_shape, width, normalize)
    return keras.Model({"latents": latents, "label": label}, images, name="generator")


def build_projection_discriminator(
    image_shape: ImageShape, classes: int, width: int = 64
) -> keras.Model:
    """Builds DCGAN's critic with a projection: ψ(φ(x)) + ⟨embedding of the label, φ(x)⟩.

    Args:
        image_shape: `(H, W, C)`, see `dcgan.build_discriminator`.
        classes: number of classes.
        width: see `dcgan.build_discriminator`.

    Reference: Eq. 5, Miyato and Koyama 2018, arXiv:1802.05637.
    """
    images = keras.Input(tuple(image_shape), name="images")
    label = keras.Input((), dtype="int32", name="label")
    features = dcgan.apply_critic_layers(images, width)
    embedding = layers.Embedding(classes, features.shape[-1])(label)
    score = layers.Dense(1, dtype="float32")(features)
    projection = layers.Dot(axes=1, dtype="float32")([embedding, features])
    scores = layers.Add(dtype="float32", name="scores")([score, projection])
    return keras.Model({"images": images, "label": label}, scores, name="discriminator")


def add_classifier(critic: keras.Model, classes: int) -> keras.Model:
    """Returns a critic with a second output: images → `{"scores": …, "logits": [B, classes]}`.

    Args:
        critic: a functional or sequential `keras.Model` that ends in a Dense layer.
        classes: number of classes.

    Reference: Odena et al. 2017, arXiv:1610.09585.
    """
    logits = layers.Dense(classes, dtype="float32", name="logits")(critic.layers[-1].input)
    outputs = {"scores": critic.outputs[0], "logits": logits}
    return keras.Model(critic.inputs[0], outputs, name=critic.name)


def add_code_reader(critic: keras.Model, categories: int, continuous: int) -> keras.Model:
    """Returns a critic that reads codes too: images → `{"scores", "logits", "means"}`.

    A dense layer of 128 units on the critic's features leads to `logits` [B, categories] and
    `means` [B, continuous].

    Args:
        critic: a functional or sequential `keras.Model` that ends in a Dense layer.
        categories: of the categorical code.
        continuous: how many continuous codes.

    Reference: Appendix C, Chen et al. 2016, arXiv:1606.03657.
    """
    hidden = layers.Dense(128)(critic.layers[-1].input)
    hidden = layers.LeakyReLU(negative_slope=0.1)(hidden)
    heads = {
        name: layers.Dense(units, dtype="float32", name=name)(hidden)
        for name, units in {"logits": categories, "means": continuous}.items()
    }
    return keras.Model(critic.inputs[0], {"scores": critic.outputs[0], **heads}, name=critic.name)
