"""Networks for captions: a text encoder, and DCGAN's generator and critic with it."""

import keras
from keras import layers

from kgan.errors import InputError
from kgan.layers import apply_spectral_norm
from kgan.layers.normalization import make_batch_normalization
from kgan.networks import dcgan
from kgan.types import ImageShape, Tensor

CODE = 128  # length of a caption's code


def build_text_encoder(words: int, length: int, name: str = "text_encoder") -> keras.Model:
    """Builds tokens [B, length] int32 → codes [B, 128].

    Two convolutions over five words together, then the maximum over positions: the order of
    neighbouring words matters, their place in the caption does not.

    Args:
        words: number of tokens, including the one for padding.
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


def build_generator(
    image_shape: ImageShape, latent_size: int, encoder: keras.Model, width: int = 64
) -> keras.Model:
    """Builds `{"latents": [B, latent_size], "tokens": [B, length]}` → images [B, H, W, C].

    A caption's code is drawn, for many pictures fit one caption: N(μ, σ²) of the caption's μ and σ,
    by the second half of the latent. A code without chance serves a generator for chance itself:
    it paints one picture for each caption, and all captions together look varied.

    Args:
        image_shape: `(H, W, C)`, see `dcgan.build_generator`.
        latent_size: length of a latent, even.
        encoder: from `build_text_encoder`.
        width: see `dcgan.build_generator`.

    Raises:
        InputError: for an odd latent_size.

    Reference: Figure 2, Reed et al. 2016, arXiv:1605.05396; conditioning augmentation of Zhang et
    al. 2017, arXiv:1612.03242.
    """
    if latent_size % 2:
        raise InputError(f"Expected an even latent_size. Received: {latent_size}.")
    latents = keras.Input((latent_size,), name="latents")
    tokens = keras.Input(encoder.input_shape[1:], dtype="int32", name="tokens")
    reader = build_caption_reader(encoder, latent_size // 2)
    body = build_code_generator(image_shape, latent_size, width)
    images = body({"latents": latents, **reader(tokens)})
    return keras.Model({"latents": latents, "tokens": tokens}, images, name="generator")


def build_caption_reader(encoder: keras.Model, size: int) -> keras.Model:
    """Builds tokens [B, length] → `mean` and `log_variance` [B, size] of a caption's code."""
    tokens = keras.Input(encoder.input_shape[1:], dtype="int32", name="tokens")
    code = encoder(tokens)
    outputs = {name: layers.Dense(size, name=name)(code) for name in ("mean", "log_variance")}
    return keras.Model(tokens, outputs, name="caption_reader")


def build_code_generator(image_shape: ImageShape, latent_size: int, width: int = 64) -> keras.Model:
    """Builds `latents` [B, L], `mean` and `log_variance` [B, L / 2] → images [B, H, W, C].

    DCGAN's layers on latents and code; the code also scales and shifts every normalised channel, as
    a class does in `conditional.build_projection_generator`.
    """
    half = latent_size // 2
    latents = keras.Input((latent_size,), name="latents")
    mean, log_variance = (keras.Input((half,), name=n) for n in ("mean", "log_variance"))
    deviation = keras.ops.exp(0.5 * keras.ops.minimum(log_variance, 20.0))  # stays finite
    code = mean + deviation * latents[:, half:]

    def normalize(x: Tensor) -> Tensor:
        channels = x.shape[-1]
        x = make_batch_normalization(momentum=0.9, epsilon=1e-5)(x)
        gain, shift = (
            layers.Reshape((1, 1, channels))(layers.Dense(channels)(code)) for _ in range(2)
        )
        return layers.Add()([x, layers.Multiply()([x, gain]), shift])

    both = layers.Concatenate()([latents[:, :half], code])
    images = dcgan.apply_generator_layers(both, image_shape, width, normalize)
    inputs = {"latents": latents, "mean": mean, "log_variance": log_variance}
    return keras.Model(inputs, images, name="code_generator")


def build_discriminator(
    image_shape: ImageShape, encoder: keras.Model, width: int = 64
) -> keras.Model:
    """Builds a critic of `{"images": [B, H, W, C], "tokens": [B, length]}`.

    Its score is ψ(φ(x)) + ⟨W φ(x), t⟩, with t the caption's code of unit length. The critic of
    images is spectrally normalised, the encoder is not: its six layers would shrink the difference
    between two captions to nothing.

    Args:
        image_shape: `(H, W, C)`, see `dcgan.build_discriminator`.
        encoder: from `build_text_encoder`.
        width: see `dcgan.build_discriminator`.

    Returns:
        A `keras.Model` of outputs `realism` ψ [B, 1], `image_code` Wφ [B, 128] and `caption_code`
        t [B, 128], float32.

    Reference: Eq. 5, Miyato and Koyama 2018, arXiv:1802.05637, with a caption for the label.
    """
    images = keras.Input(tuple(image_shape), name="images")
    tokens = keras.Input(encoder.input_shape[1:], dtype="int32", name="tokens")
    image_outputs = apply_spectral_norm(build_image_critic(image_shape, width))(images)
    code = layers.UnitNormalization(dtype="float32")(encoder(tokens))
    outputs = {**image_outputs, "caption_code": code}
    return keras.Model({"images": images, "tokens": tokens}, outputs, name="discriminator")


def build_image_critic(image_shape: ImageShape, width: int = 64) -> keras.Model:
    """Builds images [B, H, W, C] → `{"realism": [B, 1], "image_code": [B, 128]}`, float32."""
    images = keras.Input(tuple(image_shape), name="images")
    features = dcgan.apply_critic_layers(images, width)
    outputs = {
        "realism": layers.Dense(1, dtype="float32")(features),
        "image_code": layers.Dense(CODE, use_bias=False, dtype="float32")(features),
    }
    return keras.Model(images, outputs, name="image_critic")
