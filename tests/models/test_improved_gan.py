"""Historical averages and matched features of the improved GAN."""

import keras
import numpy as np

from kgan.models.improved_gan import ImprovedGAN
from tests.games import fit


def points_gan(**options):
    return ImprovedGAN(image_shape=(2,), latent_size=3, network="mlp_points", width=4, **options)


def test_the_past_is_the_mean_over_rounds():
    gan = points_gan()
    gan.compile(run_eagerly=True)
    seen = []
    record = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(gan.generator.get_weights())
    )
    fit(gan, batch_size=4, batches=5, callbacks=[record])
    for past, values in zip(gan.past["generator"].weights, zip(*seen, strict=True), strict=True):
        np.testing.assert_allclose(past, np.mean(values, axis=0), rtol=1e-4, atol=1e-6)


def test_terms_are_logged_and_weights_of_zero_switch_them_off():
    gan = points_gan(feature_matching_weight=0.0, history_weight=0.0)
    gan.compile()
    history = fit(gan, batch_size=4, batches=3)
    assert history["generator_feature_matching"] == history["generator_history"] == [0.0]
    gan = points_gan()
    gan.compile()
    history = fit(gan, batch_size=4, batches=3)
    assert history["generator_feature_matching"][0] > 0
    assert history["discriminator_history"][0] > 0


def test_a_generated_image_does_not_depend_on_its_batch_in_training():
    gan = ImprovedGAN.example()
    latents = gan.latents_of(range(4))
    together = gan.generator(latents, training=True)
    alone = gan.generator(latents[2:3], training=True)
    np.testing.assert_allclose(together[2:3], alone, atol=1e-6)
