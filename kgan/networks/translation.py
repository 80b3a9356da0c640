"""Networks from images to images: U-Net, residual translator and patch critic.

All use instance normalization, and so work on batches of one image too. They are convolutional, and
take images of any height and width, whatever they were trained on.
"""

import math

import keras
from keras import layers

from kgan.layers.latent_dropout import LatentDropout
from kgan.layers.normalization import InstanceNormalization, StyledInstanceNormalization
from kgan.layers.resampling import CropLike, JoinStyle, PadToMultiple, ReflectionPadding
from kgan.networks.shapes import check_image_shape
from kgan.types import ImageShape, Tensor

LEAST = 16  # pixels of a side, in training


def build_unet(
    image_shape: ImageShape,
    latent_size: int = 100,
    width: int = 64,
    noise: bool = True,
    source_channels: int | None = None,
) -> keras.Model:
    """Builds a U-Net: `{"source": [B, H, W, C], "latents": [B, latent_size]}` → [B, H, W, C].

    The size is halved down to 2×2 and doubled again, with skip connections between equal sizes; the
    latents drop half of the channels of the two innermost steps. An image of another size than
    `image_shape` is halved as often, mirrored to a multiple before and cut back after.

    Args:
        image_shape: `(H, W, C)` of the target in training, 16 pixels wide and high or more.
        latent_size: length of a latent.
        width: channels of the outermost feature maps; doubled at each step, up to 8 · width.
        noise: whether latents are an input and drop channels.
        source_channels: of the source; None for those of the target.

    Reference: Section 6.1 of the appendix, Isola et al. 2017, arXiv:1611.07004.
    """
    *size, channels = check_image_shape(image_shape, multiple=1, least=LEAST)
    steps = _count_halvings(size)
    source = keras.Input((None, None, source_channels or channels), name="source")
    latents = keras.Input((latent_size,), name="latents")
    *skips, x = _apply_encoder(source, steps, width)

    def normalize(x: Tensor, step: int) -> Tensor:
        x = _normalize(x)
        return LatentDropout()([x, latents]) if noise and step >= steps - 3 else x

    x = _apply_decoder(x, skips, width, normalize)
    x = CropLike()([_convolve_transpose(channels, 4, bias=True)(x), source])
    images = layers.Activation("tanh", dtype="float32", name="images")(x)
    inputs = {"source": source, "latents": latents} if noise else {"source": source}
    return keras.Model(inputs, images, name="generator")


def build_style_unet(
    image_shape: ImageShape,
    classes: int,
    width: int = 64,
    style_size: int = 128,
    source_channels: int | None = None,
) -> keras.Model:
    """Builds a U-Net in many styles: `{"source": [B, H, W, C], "label": [B]}` → [B, H, W, C].

    A style, learnt for each class, joins the code of the source at the bottleneck, and scales and
    shifts what the decoder normalises. Inside are `styles`, label → [B, style_size]; `encoder`,
    images → feature maps, the code last; and `painter`, `{"source", "style"}` → images.

    Args:
        image_shape: `(H, W, C)` of the target in training, 16 pixels wide and high or more.
        classes: number of styles.
        width: channels of the outermost feature maps; doubled at each step, up to 8 · width.
        style_size: numbers of a style.
        source_channels: of the source; None for those of the target.

    Reference: Tian 2017, zi2zi; scale and shift as in Dumoulin et al. 2017, arXiv:1610.07629.
    """
    *size, channels = check_image_shape(image_shape, multiple=1, least=LEAST)
    pictures = keras.Input((None, None, source_channels or channels), name="images")
    maps = _apply_encoder(pictures, _count_halvings(size), width)
    encoder = keras.Model(pictures, maps, name="encoder")

    source = keras.Input((None, None, source_channels or channels), name="source")
    style = keras.Input((style_size,), name="style")

    def normalize(x: Tensor, step: int) -> Tensor:
        return StyledInstanceNormalization()([x, style])

    *skips, code = encoder(source)
    x = _apply_decoder(JoinStyle()([code, style]), skips, width, normalize)
    x = CropLike()([_convolve_transpose(channels, 4, bias=True)(x), source])
    images = layers.Activation("tanh", dtype="float32", name="images")(x)
    painter = keras.Model({"source": source, "style": style}, images, name="painter")

    source = keras.Input((None, None, source_channels or channels), name="source")
    label = keras.Input((), dtype="int32", name="label")
    normal = keras.initializers.RandomNormal(stddev=1.0)
    styles = layers.Embedding(classes, style_size, embeddings_initializer=normal, name="styles")
    images = painter({"source": source, "style": styles(label)})
    return keras.Model({"source": source, "label": label}, images, name="generator")


def build_residual_translator(
    image_shape: ImageShape,
    width: int = 64,
    blocks: int = 6,
    source: str = "source",
    name: str = "generator",
    source_channels: int | None = None,
    attributes: int | None = None,
) -> keras.Model:
    """Builds `{source: [B, H, W, C]}` → images of the same size through residual blocks.

    An image whose size is no multiple of 4 is mirrored to one before, and cut back after. With
    attributes, [B, attributes], these scale and shift all that is normalised from the blocks on.

    Args:
        image_shape: `(H, W, C)` of the target in training, 16 pixels wide and high or more.
        width: channels at full size; 4 times as many in the residual blocks.
        blocks: residual blocks (6 in the paper at 128×128).
        source: name of the input.
        name: of the model.
        source_channels: of the source; None for those of the target.
        attributes: how many numbers the input `attributes` has; None for no such input.

    Reference: Section 7.2 of the appendix, Zhu et al. 2017, arXiv:1703.10593; scale and shift as in
    Dumoulin et al. 2017, arXiv:1610.07629.
    """
    *_, channels = check_image_shape(image_shape, multiple=1, least=LEAST)
    images = keras.Input((None, None, source_channels or channels), name=source)
    inputs, normalize = {source: images}, _normalize
    if attributes is not None:
        inputs["attributes"] = told = keras.Input((attributes,), name="attributes")

        def normalize(x: Tensor) -> Tensor:
            return StyledInstanceNormalization()([x, told])

    x = PadToMultiple(4, least=8)(images)  # 8: blocks mirror at a quarter of the size
    x = _rectify(_convolve(width, 7, padding="valid")(ReflectionPadding(3)(x)))
    for step in (2, 4):
        x = _rectify(_convolve(step * width, 3, 2)(x))
    for _ in range(blocks):
        y = _convolve(4 * width, 3, padding="valid")(ReflectionPadding(1)(x))
        y = layers.ReLU()(normalize(y))
        y = normalize(_convolve(4 * width, 3, padding="valid")(ReflectionPadding(1)(y)))
        x = layers.Add()([x, y])
    for step in (2, 1):
        x = layers.ReLU()(normalize(_convolve_transpose(step * width, 3)(x)))
    x = _convolve(channels, 7, padding="valid", bias=True)(ReflectionPadding(3)(x))
    x = CropLike()([x, images])
    translated = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model(inputs, translated, name=name)


def list_feature_maps(translator: keras.Model) -> list[Tensor]:
    """Returns the maps of a residual translator's first half, in order: tensors of its graph.

    They are the image itself, its half and its quarter of the size, and what comes out of the
    blocks a third and seven ninths on their way, as of 9 blocks the third and the seventh.

    Args:
        translator: what `build_residual_translator` returned.

    Reference: Section 4 and Appendix C, Park et al. 2020, arXiv:2007.15651.
    """

    def list_outputs(kind: type) -> list[Tensor]:
        return [layer.output for layer in translator.layers if isinstance(layer, kind)]

    (padded,), (_, half, quarter, *_) = list_outputs(PadToMultiple), list_outputs(layers.ReLU)
    blocks = list_outputs(layers.Add)
    places = sorted({math.ceil(len(blocks) / 3), math.ceil(7 * len(blocks) / 9)})
    return [padded, half, quarter, *(blocks[place - 1] for place in places)]


def build_patch_critic(
    image_shape: ImageShape,
    width: int = 64,
    conditional: bool = False,
    name: str = "discriminator",
    source_channels: int | None = None,
    classes: int | None = None,
) -> keras.Model:
    """Builds a critic of patches: images [B, H, W, C] → raw scores [B, h, w, 1].

    Each score depends on 34×34 pixels, or 70×70 if the shorter side has 128 or more. With classes
    it returns `{"scores": …, "logits": [B, classes]}`.

    Args:
        image_shape: `(H, W, C)` of the images in training, 16 pixels wide and high or more.
        width: channels of the first feature maps.
        conditional: whether it takes `{"images": …, "source": …}` and scores the pair.
        name: of the model.
        source_channels: of the source; None for those of the images.
        classes: that it tells apart, by the mean of its last feature maps; None for none.

    Reference: Section 6.1 of the appendix, Isola et al. 2017, arXiv:1611.07004.
    """
    *size, channels = check_image_shape(image_shape, multiple=1, least=LEAST)
    images = keras.Input((None, None, channels), name="images")
    source = keras.Input((None, None, source_channels or channels), name="source")
    x = layers.Concatenate()([images, source]) if conditional else images
    halvings = 3 if min(size) >= 128 else 2
    for step in range(halvings + 1):
        stride = 2 if step < halvings else 1
        x = _convolve(width * 2**step, 4, stride, bias=step == 0)(x)
        x = _normalize(x) if step > 0 else x
        x = layers.LeakyReLU(negative_slope=0.2)(x)
    scores = layers.Conv2D(
        1, 4, padding="same", kernel_initializer=_initializer(), dtype="float32", name="scores"
    )(x)
    inputs = {"images": images, "source": source} if conditional else images
    if classes is None:
        return keras.Model(inputs, scores, name=name)
    means = layers.GlobalAveragePooling2D(dtype="float32")(x)
    logits = layers.Dense(classes, dtype="float32", name="logits")(means)
    return keras.Model(inputs, {"scores": scores, "logits": logits}, name=name)


def build_attribute_critic(
    image_shape: ImageShape, attributes: int, width: int = 64
) -> keras.Model:
    """Builds images [B, H, W, C] → `{"scores": [B, h, w, 1], "logits": [B, attributes]}`.

    The shorter side is halved down to 2 or 3 pixels; each pixel has a score.

    Args:
        image_shape: `(H, W, C)`, 16 pixels wide and high or more.
        attributes: how many it is asked for.
        width: channels of the first feature maps; doubled at each step.

    Reference: Table 5, Choi et al. 2018, arXiv:1711.09020.
    """
    *size, _ = check_image_shape(image_shape, multiple=1, least=LEAST)
    images = x = keras.Input(tuple(image_shape), name="images")
    for step in range(_count_halvings(size)):
        x = _convolve(width * 2**step, 4, 2, bias=True)(x)
        x = layers.LeakyReLU(negative_slope=0.01)(x)
    scores = layers.Conv2D(
        1, 3, padding="same", use_bias=False, kernel_initializer=_initializer(), dtype="float32",
        name="scores",
    )(x)  # fmt: skip
    logits = layers.Dense(attributes, dtype="float32", name="logits")(layers.Flatten()(x))
    return keras.Model(images, {"scores": scores, "logits": logits}, name="discriminator")


def _count_halvings(size):
    return int(math.log2(min(size) // 2))


def _apply_encoder(source, steps, width):
    """Returns the feature maps of images, halved `steps` times, the innermost last."""
    x, maps = PadToMultiple(2**steps)(source), []
    for step in range(steps):
        # The innermost is not normalised, so that its 2×2 maps keep their strength.
        normalizes = 0 < step < steps - 1
        x = _convolve(width * min(2**step, 8), 4, 2, bias=not normalizes)(x)
        x = _normalize(x) if normalizes else x
        x = layers.LeakyReLU(negative_slope=0.2)(x)
        maps.append(x)
    return maps


def _apply_decoder(x, skips, width, normalize):
    """Returns feature maps of half the source's size, of the innermost and the other ones."""
    for step in reversed(range(len(skips))):
        x = _convolve_transpose(width * min(2**step, 8), 4)(x)
        x = normalize(x, step)
        x = layers.Concatenate()([layers.ReLU()(x), skips[step]])
    return x


def _initializer():
    return keras.initializers.RandomNormal(stddev=0.02)


def _convolve(channels, kernel, stride=1, padding="same", bias=False):
    # A bias before a normalization has no effect; its gradient is rounding error, which Adam
    # amplifies.
    return layers.Conv2D(
        channels, kernel, stride, padding, use_bias=bias, kernel_initializer=_initializer()
    )


def _convolve_transpose(channels, kernel, bias=False):
    return layers.Conv2DTranspose(
        channels, kernel, 2, "same", use_bias=bias, kernel_initializer=_initializer()
    )


def _normalize(x):
    return InstanceNormalization(epsilon=1e-5)(x)


def _rectify(x):
    return layers.ReLU()(_normalize(x))
