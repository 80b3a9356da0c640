"""Networks that read a caption: a text encoder, and DCGAN's pair with it."""

import keras
from keras import layers

from kgan.layers import spectral_norm
from kgan.layers.normalization import batch_normalization
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
    x = layers.Embedding(words, CODE, keras.initializers.RandomNormal(stddev=1.0))(tokens)
    for _ in range(2):
        x = layers.Conv1D(CODE, 3, padding="same", activation="relu")(x)
    x = layers.GlobalMaxPooling1D()(x)
    code = layers.LayerNormalization()(layers.Dense(CODE)(x))
    return keras.Model(tokens, code, name=name)


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
    """Builds `{"latents": [B, latent_size], "code": [B, 128]}` → images [B, H, W, C].

    DCGAN's layers on latents and code, and the code scales and shifts every normalised channel, as
    a class does in `conditional.projection_generator`.
    """
    latents = keras.Input((latent_size,), name="latents")
    code = keras.Input((CODE,), name="code")

    def normalized(x):
        channels = x.shape[-1]
        x = batch_normalization(momentum=0.9, epsilon=1e-5)(x)
        gain, shift = (
            layers.Reshape((1, 1, channels))(layers.Dense(channels)(code)) for _ in range(2)
        )
        return layers.Add()([x, layers.Multiply()([x, gain]), shift])

    joined = layers.Concatenate()([latents, code])
    images = dcgan.images_from(joined, image_shape, width, normalized)
    return keras.Model({"latents": latents, "code": code}, images, name="painter")


def discriminator(image_shape, encoder, width=64):
    """Builds a critic of `{"images": [B, H, W, C], "tokens": [B, length]}`.

    Its score is ψ(φ(x)) + ⟨W φ(x), t⟩, with t the caption's code at unit length. The `judge` of
    images is spectrally normalised and the encoder is not: six more layers that may not stretch
    would leave nothing of the difference between two captions.

    Args:
        image_shape: `(H, W, C)`, see `dcgan.discriminator`.
        encoder: a `text_encoder`.
        width: see `dcgan.discriminator`.

    Returns:
        A `keras.Model` of outputs `realism` ψ [B, 1], `image_code` Wφ [B, 128] and `caption_code`
        t [B, 128], float32.

    Reference: Eq. 5, Miyato and Koyama 2018, arXiv:1802.05637, with a caption for the label.
    """
    images = keras.Input(tuple(image_shape), name="images")
    tokens = keras.Input(encoder.input_shape[1:], dtype="int32", name="tokens")
    judged = spectral_norm(judge(image_shape, width))(images)
    code = layers.UnitNormalization(dtype="float32")(encoder(tokens))
    outputs = {**judged, "caption_code": code}
    return keras.Model({"images": images, "tokens": tokens}, outputs, name="discriminator")


def judge(image_shape, width=64):
    """Builds images [B, H, W, C] → `{"realism": [B, 1], "image_code": [B, 128]}`, float32."""
    images = keras.Input(tuple(image_shape), name="images")
    features = dcgan.features_of(images, width)
    outputs = {
        "realism": layers.Dense(1, dtype="float32")(features),
        "image_code": layers.Dense(CODE, use_bias=False, dtype="float32")(features),
    }
    return keras.Model(images, outputs, name="judge")
