"""BigGAN's pair: residual networks whose every block is told class and latent.

Reference: Appendix B, Brock et al. 2019, arXiv:1809.11096.
"""

import math

import keras
from keras import layers, ops

from kgan.errors import InputError
from kgan.layers.normalization import make_batch_normalization
from kgan.layers.surgery import list_layers
from kgan.networks import resnet
from kgan.networks.shapes import check_image_shape, list_sizes
from kgan.types import ImageShape, Tensor

EMBEDDING = 128  # of a class, which all blocks share
_WIDEST = 16  # times the width of the finest feature maps


def build_generator(
    image_shape: ImageShape, latent_size: int, classes: int, width: int = 32
) -> keras.Model:
    """Builds `{"latents": [B, L], "label": [B]}` → images [B, H, W, C] in [-1, 1].

    A latent has a part for the first feature maps and one for each block. Beside the embedding of
    the class it says the gains, 1 + W c, and shifts, W′ c, of the block's normalizations.

    Args:
        image_shape: `(H, W, C)`, H and W multiples of 8 up to 256.
        latent_size: L, divisible by the number of blocks + 1: by 5 at 64×64.
        classes: number of classes.
        width: channels at the images' size; doubled at each halving, up to 16 times as many.

    Raises:
        InputError: for another image shape, or a latent that cannot be split.
    """
    *_, channels = check_image_shape(image_shape, most=resnet.MOST)
    first, *sizes = list_sizes(image_shape)
    parts = len(sizes) + 1
    if latent_size % parts:
        raise InputError(
            f"Expected a latent_size divisible by {parts}, a part for each block and one. "
            f"Received: latent_size={latent_size}. Choose {parts * max(latent_size // parts, 1)}."
        )
    widths, middle = _plan(image_shape, width), resnet.choose_middle(image_shape)
    latents = keras.Input((latent_size,), name="latents")
    label = keras.Input((), dtype="int32", name="label")
    told = layers.Embedding(classes, EMBEDDING, name="classes")(label)
    part, *rest = ops.split(latents, parts, axis=1)
    x = layers.Dense(math.prod(first) * widths[0])(part)
    x = resnet.attend_at(middle, layers.Reshape((*first, widths[0]))(x))
    for part, size, count in zip(rest, sizes, widths, strict=True):
        normalize = _tell(layers.Concatenate()([told, part]))
        x = resnet.attend_at(middle, resnet.enlarge(x, count, size, normalize))
    generator = {"latents": latents, "label": label}
    return start_orthogonal(keras.Model(generator, resnet.paint(x, channels), name="generator"))


def build_discriminator(image_shape: ImageShape, classes: int, width: int = 32) -> keras.Model:
    """Builds `{"images": [B, H, W, C], "label": [B]}` → raw scores [B, 1].

    They are ψ(φ(x)) + ⟨embedding of the label, φ(x)⟩, φ summed over the last feature maps.

    Args:
        image_shape: as for `build_generator`.
        classes: number of classes.
        width: as for `build_generator`.

    Raises:
        InputError: for another image shape.
    """
    check_image_shape(image_shape, most=resnet.MOST)
    images = keras.Input(tuple(image_shape), name="images")
    label = keras.Input((), dtype="int32", name="label")
    middle, x = resnet.choose_middle(image_shape), images
    for count in reversed(_plan(image_shape, width)):
        x = resnet.attend_at(middle, resnet.shrink(x, count, first=x is images))
    features = resnet.pool(resnet.refine(x, x.shape[-1]))
    score = layers.Dense(1, dtype="float32")(features)
    embedding = layers.Embedding(classes, features.shape[-1])(label)
    projection = layers.Dot(axes=1, dtype="float32")([embedding, features])
    scores = layers.Add(dtype="float32", name="scores")([score, projection])
    critic = keras.Model({"images": images, "label": label}, scores, name="discriminator")
    return start_orthogonal(critic)


def start_orthogonal(network: keras.Model) -> keras.Model:
    """Sets every kernel and embedding of a network to orthogonal filters or rows; returns it.

    Reference: Saxe et al. 2014, arXiv:1312.6120.
    """
    start = keras.initializers.Orthogonal()
    for layer in list_layers(network):
        for variable in layer.trainable_variables:
            if len(variable.shape) > 1:
                variable.assign(start(variable.shape))
    return network


def _plan(image_shape, width):
    """Returns the channels that blocks make, coarse to fine."""
    blocks = len(list_sizes(image_shape)) - 1
    return [width * min(2**halvings, _WIDEST) for halvings in reversed(range(blocks))]


def _tell(code):
    """Returns what normalises feature maps and then scales and shifts them as a code says."""

    def normalize(x: Tensor) -> Tensor:
        x = make_batch_normalization(momentum=0.9, center=False, scale=False)(x)
        gain, shift = (
            layers.Reshape((1, 1, -1))(layers.Dense(x.shape[-1], use_bias=False)(code))
            for _ in range(2)
        )
        return layers.Add()([x, layers.Multiply()([x, gain]), shift])

    return normalize
