"""Projection: the style whose picture is a given image."""

import keras
import numpy as np
from keras import ops

from kgan.errors import check_whole
from kgan.layers.modulation import LearnedConstant
from kgan.losses import auxiliary
from kgan.models.core import ema
from kgan.progress import track

RATE = 0.05  # Adam's at the start; it falls to 0 along a cosine
SAMPLES = 256  # of which the nearest are where searches begin
SEARCHES = 8  # beside each other, which takes little longer than one; the best is kept
LEAK = 0.02  # of a gradient, which passes where tanh is flat: a black picture would stay black


def project(gan, image, every_layer=False, steps=500):
    """Returns the style whose picture is nearest to an image, found from those of samples by Adam.

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
    trained on photographs; eight searches begin at the nearest of 256 samples, not one at the mean,
    which of digits in many colours is like none; the noise stays as it is, and none is added to w.

    Reference: Appendix D, Karras et al. 2020, arXiv:1912.04958; W+ of Abdal et al. 2019,
    arXiv:1904.03189.
    """
    check_whole(steps=steps, least=1)
    generator = ema.copy_of(gan.sampling_generator)  # of which nothing is to move
    starts = _nearest(gan, image)
    if every_layer:
        starts = np.repeat(starts[:, None], gan.style_layers, axis=1)
    anything = keras.Input((1,))
    held = LearnedConstant(starts.shape, name="styles")
    styles = held(anything)[0]
    if not every_layer:
        styles = keras.layers.RepeatVector(gan.style_layers)(styles)
    noise = generator.get_layer("fixed_noise")(anything)
    painter = generator.get_layer("synthesis")
    summing = keras.Model(painter.input, painter.get_layer("images").input)
    sums = summing({"styles": styles, "noise": noise})
    painted = ops.tanh(sums) + LEAK * (sums - ops.stop_gradient(sums))
    held.set_weights([starts])
    # Keras' own step: the styles are all that is trainable here.
    search = keras.Model(anything, painted)
    rate = keras.optimizers.schedules.CosineDecay(RATE, steps)
    search.compile(keras.optimizers.Adam(rate), loss=auxiliary.multi_scale_l2)
    wanted = np.repeat(np.asarray(image, np.float32)[None], SEARCHES, axis=0)
    rows = np.zeros((SEARCHES, 1), np.float32)
    for _ in track(range(steps), steps, "Projecting, steps"):
        search.train_on_batch(rows, wanted)
    found = ops.convert_to_numpy(held.constant)
    pictures = gan.images_of_styles(found)
    best = _differences(pictures, image).argmin()
    return found[best], pictures[best]


def _nearest(gan, image):
    """Returns the styles [SEARCHES, D] of the samples whose pixels are nearest to an image's."""
    styles = gan.styles_of(gan.latents_of(range(SAMPLES)))
    order = _differences(gan.images_of_styles(styles), image).argsort()
    return styles[order[:SEARCHES]]


def _differences(pictures, image):
    """Returns the mean squared difference [N] of pictures from an image."""
    return np.square(pictures - image).mean(axis=(1, 2, 3))
