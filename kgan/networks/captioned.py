"""Networks that read a caption: a text encoder, and DCGAN's pair with it."""

import keras
from keras import layers

from kgan.networks import dcgan

CODE = 128


def text_encoder(words, length, name="text_encoder"):
    """Builds tokens [B, length] int32 → codes [B, 128].

    Two convolutions see five words at a time, and the largest response counts wherever it is: who
    is said to be what matters, and where in the sentence does not.

    Args:
        words: how many tokens there are, that for padding included.
        length: tokens of a caption.
        name: of the model.
    """
    tokens = keras.Input((length,), dtype="int32", name="tokens")
    x = layers.Embedding(words, CODE)(tokens)
    for _ in range(2):
        x = layers.Conv1D(CODE, 3, padding="same", activation="relu")(x)
    x = layers.GlobalMaxPooling1D()(x)
    return keras.Model(tokens, layers.Dense(CODE)(x), name=name)


def generator(image_shape, latent_size, encoder, width=64):
    """Builds `{"latents": [B, latent_size], "tokens": [B, length]}` → images [B, H, W, C].

    Args:
        image_shape: `(H, W, C)`, see `dcgan.generator`.
        latent_size: length of a latent.
        encoder: a `text_encoder`.
        width: see `dcgan.generator`.

    Reference: Figure 2, Reed et al. 2016, arXiv:1605.05396.
    """
    latents = keras.Input((latent_size,), name="latents")
    tokens = keras.Input(encoder.input_shape[1:], dtype="int32", name="tokens")
    painted = painter(image_shape, latent_size, width)
    images = painted({"latents": latents, "code": encoder(tokens)})
    return keras.Model({"latents": latents, "tokens": tokens}, images, name="generator")


def painter(image_shape, latent_size, width=64):
    """Builds `{"latents": [B, latent_size], "code": [B, 128]}` → images [B, H, W, C]."""
    latents = keras.Input((latent_size,), name="latents")
    code = keras.Input((CODE,), name="code")
    joined = layers.Concatenate()([latents, code])
    images = dcgan.images_from(joined, image_shape, width, dcgan.batch_normalized)
    return keras.Model({"latents": latents, "code": code}, images, name="painter")


def discriminator(image_shape, encoder, width=64):
    """Builds `{"images": [B, H, W, C], "tokens": [B, length]}` → raw scores [B, 1].

    The caption's code joins the 4×4 feature maps, at every place.

    Args:
        image_shape: `(H, W, C)`, see `dcgan.discriminator`.
        encoder: a `text_encoder`.
        width: see `dcgan.discriminator`.

    Reference: Figure 2, Reed et al. 2016, arXiv:1605.05396.
    """
    images = keras.Input(tuple(image_shape), name="images")
    tokens = keras.Input(encoder.input_shape[1:], dtype="int32", name="tokens")
    x = layers.Reshape((4, 4, -1))(dcgan.features_of(images, width))
    code = layers.LeakyReLU(negative_slope=0.2)(encoder(tokens))
    code = layers.Reshape((4, 4, CODE))(layers.RepeatVector(16)(code))
    x = layers.Conv2D(x.shape[-1], 1)(layers.Concatenate()([x, code]))
    x = layers.Flatten()(layers.LeakyReLU(negative_slope=0.2)(x))
    scores = layers.Dense(1, dtype="float32", name="scores")(x)
    return keras.Model({"images": images, "tokens": tokens}, scores, name="discriminator")
