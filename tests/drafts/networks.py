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


