"""Projection: the style whose picture is a given image."""

import keras
import numpy as np

from kgan.data.progress import reported
from kgan.errors import check_whole
from kgan.layers.modulation import LearnedConstant
from kgan.losses import auxiliary
from kgan.models import averaging

RATE = 0.1  # Adam's at the start; it falls to 0 along a cosine


def project(gan, image, every_layer=False, steps=500):
    """Returns the style whose picture is nearest to an image, found from the mean by Adam.

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
    trained on photographs; the noise stays as it is; no noise is added to w on the way.

    Reference: Appendix D, Karras et al. 2020, arXiv:1912.04958; W+ of Abdal et al. 2019,
    arXiv:1904.03189.
    """
    check_whole(steps=steps, least=1)
    generator = averaging.copy_of(gan.sampling_generator)  # of which nothing is to move
    start = gan.mean_style
    if every_layer:
        start = np.repeat(start[None], gan.style_layers, axis=0)
    anything = keras.Input((1,))
    held = LearnedConstant(start.shape, name="style")
    style = held(anything)
    styles = style if every_layer else keras.layers.RepeatVector(gan.style_layers)(style)
    noise = generator.get_layer("fixed_noise")(anything)
    painted = generator.get_layer("synthesis")({"styles": styles, "noise": noise})
    held.set_weights([start])
    # Keras' own step: the style is all that is trainable here.
    search = keras.Model(anything, painted)
    rate = keras.optimizers.schedules.CosineDecay(RATE, steps)
    search.compile(keras.optimizers.Adam(rate), loss=auxiliary.multi_scale_l2)
    wanted, one = np.asarray(image, np.float32)[None], np.zeros((1, 1), np.float32)
    for _ in reported(range(steps), steps, "Projecting, steps"):
        search.train_on_batch(one, wanted)
    found = keras.ops.convert_to_numpy(held.constant)
    return found, gan.images_of_styles(found[None])[0]
