"""A network that fills holes of pictures of any size, and leaves the rest as it is."""

import keras
from keras import layers

from kgan.layers.inpainting import FillHole
from kgan.layers.normalization import InstanceNormalization
from kgan.layers.resampling import CropLike, PadToMultiple
from kgan.networks.shapes import check_image_shape
from kgan.types import ImageShape

DILATIONS = (1, 2, 4, 8)


def build_inpainter(image_shape: ImageShape, width: int = 64) -> keras.Model:
    """Builds `{"source": [B, H, W, C], "mask": [B, H, W, 1]}` → images [B, H, W, C] in [-1, 1].

    Two halvings, residual blocks of wider and wider dilation, two doublings. Outside of the hole,
    where the mask is 0, the result is the source to the last bit; inside the source is not seen.

    Args:
        image_shape: `(H, W, C)` in training.
        width: channels at full size; 4 times as many in the residual blocks.

    Reference: Section 2.1 of Suvorov et al. 2022, arXiv:2109.07161; dilations as in Iizuka et al.
    2017.
    """
    *_, channels = check_image_shape(image_shape, multiple=1, least=16)
    source = keras.Input((None, None, channels), name="source")
    mask = keras.Input((None, None, 1), name="mask")

    def convolve(x, channels, kernel=3, stride=1, dilation=1):
        x = layers.Conv2D(channels, kernel, stride, "same", dilation_rate=dilation)(x)
        return InstanceNormalization()(x)

    empty = FillHole()([layers.Rescaling(0.0)(source), source, mask])
    x = PadToMultiple(4)(layers.Concatenate()([empty, mask]))
    x = layers.ReLU()(convolve(x, width, 5))
    for step in (2, 4):
        x = layers.ReLU()(convolve(x, step * width, 3, 2))
    for dilation in DILATIONS:
        y = layers.ReLU()(convolve(x, 4 * width, dilation=dilation))
        x = layers.Add()([x, convolve(y, 4 * width)])
    for step in (2, 1):
        x = layers.ReLU()(convolve(layers.UpSampling2D()(x), step * width))
    small = keras.initializers.RandomNormal(stddev=0.02)
    x = layers.Conv2D(channels, 5, padding="same", kernel_initializer=small)(x)
    x = CropLike()([x, source])
    filling = layers.Activation("tanh", dtype="float32")(x)
    images = FillHole(name="images")([filling, source, mask])
    return keras.Model({"source": source, "mask": mask}, images, name="generator")
