"""Networks of the drafts: what no builder of `kgan.networks` makes."""

import keras
from keras import layers, ops

from kgan.layers.normalization import InstanceNormalization, make_batch_normalization


def build_attribute_translator(image_shape, attributes, width, blocks=6):
    """Builds `{"image": [B, H, W, C], "attributes": [B, attributes]}` → images [B, H, W, C].

    Padding is with zeros: reflection and instance normalization together erase constant planes.
    """
    image = keras.Input(tuple(image_shape), name="image")
    wanted = keras.Input((attributes,), name="attributes")
    planes = layers.RepeatVector(image_shape[0] * image_shape[1])(wanted)
    planes = layers.Reshape((*image_shape[:2], attributes))(planes)

    def convolve(x, channels, kernel, stride=1, up=False):
        kind = layers.Conv2DTranspose if up else layers.Conv2D
        x = kind(channels, kernel, stride, "same", use_bias=False)(x)
        return InstanceNormalization()(x)

    x = layers.ReLU()(convolve(layers.Concatenate()([image, planes]), width, 7))
    for step in (2, 4):
        x = layers.ReLU()(convolve(x, step * width, 4, 2))
    for _ in range(blocks):
        y = layers.ReLU()(convolve(x, 4 * width, 3))
        x = layers.Add()([x, convolve(y, 4 * width, 3)])
    for step in (2, 1):
        x = layers.ReLU()(convolve(x, step * width, 4, 2, up=True))
    x = layers.Conv2D(image_shape[-1], 7, padding="same")(x)
    images = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model({"image": image, "attributes": wanted}, images, name="generator")


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
