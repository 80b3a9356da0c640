"""Networks of the drafts: what no builder of `kgan.networks` makes."""

import keras
from keras import layers, ops

from kgan.layers.normalization import make_batch_normalization


def build_upscaler(source_shape, image_shape, width, blocks=16):
    """Builds source [B, h, w, c] → images [B, H, W, C], H / h = W / w a power of 2."""
    source = keras.Input(tuple(source_shape), name="source")

    def convolve(x, channels=width, kernel=3):
        return layers.Conv2D(channels, kernel, padding="same")(x)

    def rectify(x):
        return layers.PReLU(shared_axes=(1, 2))(x)

    x = start = rectify(convolve(source, kernel=9))
    for _ in range(blocks):
        y = rectify(make_batch_normalization()(convolve(x)))
        x = layers.Add()([x, make_batch_normalization()(convolve(y))])
    x = layers.Add()([start, make_batch_normalization()(convolve(x))])
    while x.shape[1] < image_shape[0]:
        x = rectify(ops.depth_to_space(convolve(x, 4 * width), 2))
    x = convolve(x, image_shape[-1], 9)
    images = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model({"source": source}, images, name="generator")


def build_hierarchical_generator(image_shape, latent_size, classes, width, embedding=128):
    """Builds BigGAN's: `{"latents": …, "label": …}` → images; a part of the latent for each block.

    The first part makes the 4×4 maps; each other, beside the class, the gains and shifts of a
    block's normalizations, 1 + W c and W' c.
    """
    latents = keras.Input((latent_size,), name="latents")
    label = keras.Input((), dtype="int32", name="label")
    blocks = (image_shape[0] // 4).bit_length() - 1
    first, *rest = ops.split(latents, blocks + 1, axis=1)
    told = layers.Embedding(classes, embedding)(label)

    def normalize(x, code):
        x = make_batch_normalization(center=False, scale=False)(x)
        gain, shift = (
            layers.Reshape((1, 1, -1))(layers.Dense(x.shape[-1], use_bias=False)(code))
            for _ in range(2)
        )
        return layers.ReLU()(layers.Add()([x, layers.Multiply()([x, gain]), shift]))

    x = layers.Reshape((4, 4, 4 * width))(layers.Dense(4 * 4 * 4 * width)(first))
    for part in rest:
        code = layers.Concatenate()([told, part])
        shortcut = layers.Conv2D(4 * width, 1)(layers.UpSampling2D()(x))
        x = layers.UpSampling2D()(normalize(x, code))
        x = layers.Conv2D(4 * width, 3, padding="same")(x)
        x = layers.Conv2D(4 * width, 3, padding="same")(normalize(x, code))
        x = layers.Add()([x, shortcut])
    x = layers.ReLU()(make_batch_normalization()(x))
    x = layers.Conv2D(image_shape[-1], 3, padding="same")(x)
    images = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model({"latents": latents, "label": label}, images, name="generator")


def add_projection(critic, classes):
    """Returns a critic that ends in a Dense layer with ⟨embedding of the label, features⟩ added."""
    label = keras.Input((), dtype="int32", name="label")
    features = critic.layers[-1].input
    embedding = layers.Embedding(classes, features.shape[-1])(label)
    projection = layers.Dot(axes=1, dtype="float32")([embedding, features])
    scores = layers.Add(dtype="float32", name="total")([critic.outputs[0], projection])
    return keras.Model({"images": critic.inputs[0], "label": label}, scores, name=critic.name)
