"""WaveGAN."""

import functools

import keras
import tensorflow as tf

from kgan.errors import check_whole
from kgan.losses import regularizers
from kgan.models.core import batches
from kgan.models.core.base import GAN, register
from kgan.models.core.signatures import Signature
from kgan.networks import wavegan
from kgan.random import RandomStream
from kgan.types import Batch, Tensor


@register("wavegan")
class WaveGAN(GAN):
    """Adversarial audio synthesis (Donahue et al. 2019): waveforms, sample by sample.

    DCGAN in one dimension, with 25 taps that step by four. Phase shuffle: after each level but the
    last the critic sees feature maps shifted by a few places, so that it cannot tell generated
    signals by the phase of what transposed convolutions leave in them.

    Differs from the paper: the non-saturating game with R1 and one move of the critic a round; the
    paper's is `adversarial: wasserstein`, `regularizers: {gradient_penalty: {}}` and
    `discriminator_steps: 5`. Latents from N(0, I); shifts are drawn for each example; no filter
    behind the generator.

    Args:
        rate: samples a second, ≥ 1; of WAV files.
        phase_shuffle: the largest shift, in places, ≥ 0; 0 for none.
        options: see `GAN`; `image_shape` is `(T, C)`, samples and channels, and `width` the
            channels of the longest feature maps, 64 unless told otherwise.

    Raises:
        InputError: for a number out of range, or a length that cannot be.

    Example:
        >>> gan = kgan.models.WaveGAN(image_shape=(16384, 1), rate=16000)    # the paper's

    Reference: arXiv:1802.04208.
    """

    real_key, output_kind = "signal", "signals"
    regularizers = (regularizers.r1(weight=1.0),)
    unused_options = ("network",)
    default_optimizer = functools.partial(keras.optimizers.Adam, 2e-4, beta_1=0.0, beta_2=0.99)

    def __init__(
        self,
        image_shape: tuple[int, int] = (16384, 1),
        rate: int = 16000,
        phase_shuffle: int = 2,
        **options,
    ):
        check_whole(1, rate=rate)
        check_whole(0, phase_shuffle=phase_shuffle)
        self.rate = rate
        self.phase_shuffle = phase_shuffle
        super().__init__(image_shape=image_shape, **options)

    @classmethod
    def data_arguments(cls):
        return (*super().data_arguments(), "rate")

    @classmethod
    def arguments_from(cls, source):
        return {**super().arguments_from(source), "rate": source.rate}

    def build_generator(self, network, width):
        return wavegan.build_generator(self.image_shape, self.latent_size, width or 64)

    def build_discriminator(self, network, width):
        return wavegan.build_discriminator(self.image_shape, width or 64, self.phase_shuffle)

    def discriminator_loss(self, batch, fake, rng):
        return super().discriminator_loss(self.draw_phases(batch, rng), fake, rng)

    def generator_loss(self, batch, fake, rng):
        return super().generator_loss(self.draw_phases(batch, rng), fake, rng)

    def draw_phases(self, batch: Batch, rng: RandomStream) -> Batch:
        """Returns the batch with `phases` [B, shuffles] from U[0, 1), by which the critic shifts.

        Example i of the data and generated signal i are shifted alike.
        """
        shape = (batches.count_examples(batch), wavegan.count_shuffles(self.image_shape[0]))
        return {**batch, "phases": rng.purpose("phases").uniform(shape)}

    def signatures(self):
        """Adds `sample_wav`: `seed` → `audio_bytes`, WAV files of 16 bits."""
        asked = super().signatures()
        sample = asked["sample"]

        def sample_wav(**inputs):
            return {"audio_bytes": encode_wav(sample.function(**inputs)["signals"], self.rate)}

        return {**asked, "sample_wav": Signature(sample_wav, sample.takes, {"audio_bytes": "WAV"})}

    def metadata(self, batch=None):
        return {**super().metadata(batch), "rate": self.rate}

    @classmethod
    def example(cls, **options):
        return super().example(**{"image_shape": (128, 1), "rate": 1000, **options})


def encode_wav(signals: Tensor, rate: int) -> Tensor:
    """Returns WAV files of 16 bits, strings [N], of signals [N, T, C] in [-1, 1]."""
    text = tf.TensorSpec((), tf.string)
    return tf.map_fn(lambda one: tf.audio.encode_wav(one, rate), signals, fn_output_signature=text)
