"""A trained WGAN-GP critic against its closed form, on a generator that stands still."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.models.wgan_gp import WGANGP


@pytest.mark.parametrize("distance, weight", [(1.0, 10.0), (2.0, 1.0)])
def test_the_gap_of_the_best_critic_between_two_points(distance, weight):
    """Real at 0, fake at distance d: a slope s along the line pays −s·d + λ(s − 1)².

    The best is s = 1 + d / 2λ, and the gap D(real) − D(fake) is s·d: 1.05 and 4 here.
    """
    away = distance * np.array([0.6, 0.8], "float32")
    generator = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2)])
    generator.set_weights([np.zeros((1, 2)), away])
    gan = WGANGP(
        image_shape=(2,),
        latent_size=1,
        network="mlp_points",
        width=16,
        generator=generator,
        discriminator_steps=1,
        regularizers={"gradient_penalty": {"weight": weight}},
    )
    rate = keras.optimizers.schedules.CosineDecay(1e-2, 600)
    gan.compile(
        {"discriminator": keras.optimizers.Adam(rate), "generator": keras.optimizers.SGD(0.0)},
        steps_per_execution=100,
    )
    real = tf.data.Dataset.from_tensors(tf.zeros((32, 2))).repeat()
    gan.fit(real, steps_per_epoch=600, shuffle=False, verbose=0)
    scores = gan.discriminator(np.stack([np.zeros(2), away])).numpy()[:, 0]
    slope = 1 + distance / (2 * weight)
    np.testing.assert_allclose(scores[0] - scores[1], slope * distance, rtol=0.01)
    np.testing.assert_array_equal(generator.get_weights()[1], away)
