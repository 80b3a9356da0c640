"""WaveGAN: the paper's sizes, phases from the run's own numbers, WAV files."""

import numpy as np
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.models import WaveGAN
from kgan.networks import wavegan
from tests.games import batch_for, fit, plain


def test_the_papers_layers():
    generator = wavegan.build_generator((16384, 1), 100, 64)
    assert [t.shape[1:] for t in (layer.output for layer in generator.layers) if len(t.shape) > 2][
        1:-1
    ] == [(16, 1024), (64, 512), (256, 256), (1024, 128), (4096, 64), (16384, 1)]
    critic = wavegan.build_discriminator((16384, 1), 64)
    convolutions = [layer for layer in critic.layers if layer.name.startswith("conv1d")]
    assert [one.filters for one in convolutions] == [64, 128, 256, 512, 1024]
    assert critic.input["phases"].shape == (None, 4)  # after each level but the last


@pytest.mark.parametrize("length", [16, 33, 1030, 4 * 101])
def test_a_length_that_cannot_be_is_refused(length):
    with pytest.raises(InputError, match=f"Received: length={length}"):
        WaveGAN(image_shape=(length, 1))


def test_the_critic_is_shifted_by_what_the_round_draws():
    """The same round twice shifts alike, another one otherwise; none without phase shuffle."""
    gan = WaveGAN.example()
    batch = gan.name_batch(batch_for(gan, 8))
    fake = gan.generate(batch, gan.random_stream())

    def scores():
        shown = gan.draw_phases(batch, gan.random_stream())
        return gan.judge(fake, shown)["scores"].numpy()

    first = scores()
    np.testing.assert_array_equal(scores(), first)
    gan.step.assign(1)
    assert np.abs(scores() - first).max() > 0
    without = WaveGAN.example(phase_shuffle=0)
    assert list(without.discriminator.input) == ["images"]
    assert set(fit(plain(without), 4)) >= {"discriminator_r1", "generator_loss"}


def test_the_papers_own_game():
    gan = WaveGAN.example(
        adversarial="wasserstein", regularizers={"gradient_penalty": {}}, discriminator_steps=5
    )
    losses = fit(plain(gan), 20, 1)
    assert np.isfinite(losses["discriminator_gradient_penalty"]).all()


@pytest.mark.parametrize("channels", [1, 2])
def test_wav_files_are_the_samples_to_16_bits(channels):
    gan = WaveGAN.example(image_shape=(128, channels), rate=4000)
    asked, seeds = gan.signatures(), tf.constant([[0, 0], [7, 0]])
    signals = asked["sample"].function(seed=seeds)["signals"]
    np.testing.assert_allclose(signals, gan.sample([0, 7]), atol=1e-6)
    files = asked["sample_wav"].function(seed=seeds)["audio_bytes"]
    for file, signal in zip(files, signals, strict=True):
        decoded, rate = tf.audio.decode_wav(file)
        assert rate == 4000
        np.testing.assert_allclose(decoded, signal, atol=2.0**-15)
    assert gan.metadata()["rate"] == 4000
