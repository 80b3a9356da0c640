"""Projection: the style whose picture is a given image."""

import keras
import numpy as np
from keras import ops

from kgan.data.progress import reported
from kgan.errors import check_whole
from kgan.layers.modulation import LearnedConstant
from kgan.losses import auxiliary
from kgan.models import averaging

RATE = 0.05  # Adam's at the start; it falls to 0 along a cosine
STARTS = 256  # samples, the nearest of which is where the search begins
LEAK = 0.02  # of a gradient, which passes where tanh is flat: a black picture would stay black


def project(gan, image, every_layer=False, steps=500):
    """Returns the style whose picture is nearest to an image, found from a sample's by Adam.

    Args:
        gan: a `StyleBased` `GAN`.
        image: [H, W, C], float32 in [-1, 1].
        every_layer: give each layer a style of its own (the space W+): nearer to the image, and
            further from what the generator knows.
        steps: of Adam, ≥ 1.

    Returns:
        `(style, picture)`: [D], or [L, D] with `every_layer`; and its image [H, W, C].

    Raises:
        InputError: for no steps.

    Differs from the paper: pixels at several scales are compared, not the features of a network
    trained on photographs; the search begins at the nearest of 256 samples, not at the mean, which
    of digits in many colours is like none; the noise stays as it is, and none is added to w.

    Reference: Appendix D, Karras et al. 2020, arXiv:1912.04958; W+ of Abdal et al. 2019,
    arXiv:1904.03189.
    """
    check_whole(steps=steps, least=1)
    generator = averaging.copy_of(gan.sampling_generator)  # of which nothing is to move
    start = _nearest(gan, image)
    if every_layer:
        start = np.repeat(start[None], gan.style_layers, axis=0)
    anything = keras.Input((1,))
    held = LearnedConstant(start.shape, name="style")
    style = held(anything)
    styles = style if every_layer else keras.layers.RepeatVector(gan.style_layers)(style)
    noise = generator.get_layer("fixed_noise")(anything)
    painter = generator.get_layer("synthesis")
    summing = keras.Model(painter.input, painter.get_layer("images").input)
    sums = summing({"styles": styles, "noise": noise})
    painted = ops.tanh(sums) + LEAK * (sums - ops.stop_gradient(sums))
    held.set_weights([start])
    # Keras' own step: the style is all that is trainable here.
    search = keras.Model(anything, painted)
    rate = keras.optimizers.schedules.CosineDecay(RATE, steps)
    search.compile(keras.optimizers.Adam(rate), loss=auxiliary.multi_scale_l2)
    wanted, one = np.asarray(image, np.float32)[None], np.zeros((1, 1), np.float32)
    for _ in reported(range(steps), steps, "Projecting, steps"):
        search.train_on_batch(one, wanted)
    found = ops.convert_to_numpy(held.constant)
    return found, gan.images_of_styles(found[None])[0]


def _nearest(gan, image):
    """Returns the style [D] of the sample whose pixels are nearest to an image's."""
    styles = gan.styles_of(gan.latents_of(range(STARTS)))
    differences = np.square(gan.images_of_styles(styles) - image)
    return styles[differences.mean(axis=(1, 2, 3)).argmin()]
