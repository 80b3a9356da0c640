"""Language models: sequences of tokens by maximum likelihood, and what GANs of them share."""

import functools

import keras
import numpy as np
import tensorflow as tf

from kgan.data import detokenize
from kgan.errors import InputError, check_whole
from kgan.layers import LSTMLanguageModel
from kgan.models.core import batches
from kgan.models.core.base import GAN, register
from kgan.models.core.player import Player
from kgan.models.core.sampling import map_chunks
from kgan.models.core.signatures import Signature
from kgan.networks import seqgan
from kgan.types import Array


@register("language_model")
class LanguageModel(GAN):
    """Generating sequences with recurrent neural networks (Graves 2013): likelihood, no critic.

    The generator pays −log p of the data's tokens, each given those before it (Eq. 13).

    Differs from the paper: one layer of LSTM.

    Args:
        length: tokens of a sequence, ≥ 1.
        vocabulary: how many tokens there are, or the names of them, ≥ 2.
        embedding: length of a token's vector, ≥ 1.
        hidden: length of the LSTM's state, ≥ 1.
        ema_half_life: see `GAN`, in sequences.
        seed: see `GAN`.

    Raises:
        InputError: for a size out of range.

    Example:
        >>> model = kgan.models.LanguageModel(length=20, vocabulary=5000)
        >>> model.compile()
        >>> model.fit(kgan.data.open_source("oracle").dataset(batch_size=64), epochs=4)
        >>> tokens = model.sample(seeds=range(16))       # [16, 20] int32 in [0, 5000)

    Reference: arXiv:1308.0850.
    """

    # A short memory of squares: in SeqGAN each phase has gradients of a size of its own.
    default_optimizer = functools.partial(
        keras.optimizers.Adam, 1e-2, beta_2=0.99, global_clipnorm=5.0
    )
    real_key = output_kind = "tokens"
    output_dtype = "int32"

    def __init__(
        self,
        length: int = 20,
        vocabulary: int | tuple[str, ...] = 5000,
        embedding: int = 32,
        hidden: int = 32,
        ema_half_life: int = 0,
        seed: int = 0,
    ):
        self.token_names = None if isinstance(vocabulary, int) else tuple(vocabulary)
        self.vocabulary = vocabulary if self.token_names is None else len(vocabulary)
        check_whole(1, length=length, embedding=embedding, hidden=hidden)
        check_whole(2, vocabulary=self.vocabulary)
        self.embedding = embedding
        self.hidden = hidden
        super().__init__(
            image_shape=(length,), latent_size=length, ema_half_life=ema_half_life, seed=seed
        )

    @classmethod
    def data_arguments(cls):
        return ("length", "vocabulary")

    @classmethod
    def arguments_from(cls, source):
        names = source.vocabulary
        vocabulary = list(names) if isinstance(names, tuple) else names
        return {"length": source.spec["tokens"].shape[0], "vocabulary": vocabulary}

    @property
    def image_shapes(self):
        return {}

    @property
    def length(self) -> int:
        """Tokens of a sequence."""
        return self.latent_size

    def build_generator(self, network, width):
        return seqgan.build_generator(self.length, self.vocabulary, self.embedding, self.hidden)

    def build_discriminator(self, network, width):
        """Returns None: nobody judges but the likelihood."""

    def players(self):
        return (Player("generator", (self.generator,), self.generator_loss),)

    def generator_loss(self, batch, fake, rng):
        log_probabilities = language_model_of(self.generator).log_probabilities(batch["tokens"])
        return {"likelihood": -tf.reduce_mean(log_probabilities)}

    def name_batch(self, data):
        batch = super().name_batch(data)
        tokens = batch["tokens"]
        if tuple(tokens.shape[1:]) != self.image_shape or not tokens.dtype.is_integer:
            raise InputError(
                f"Expected whole tokens of length {self.length}. Received: {tokens.dtype.name} "
                f"{tuple(tokens.shape[1:])}. Cut or pad the data, or build the model with another "
                "length."
            )
        tokens = batches.check_range("tokens", tokens, self.vocabulary)
        return {**batch, "tokens": tokens}

    def log_probabilities(self, tokens: Array) -> Array:
        """Returns log p of texts [N, T] as it samples them, in nats, float32 [N]."""

        def score(rows):
            model = language_model_of(self.sampling_generator)
            return tf.reduce_sum(model.log_probabilities(rows["tokens"]), axis=1)

        rows = {"tokens": np.asarray(tokens, np.int32)}
        return map_chunks(score, rows, np.zeros((0,), np.float32))

    def texts_of(self, tokens: Array) -> list[str]:
        """Returns a list of texts for tokens [N, T]; see `kgan.data.detokenize`."""
        return detokenize(tokens, self.token_names or self.vocabulary)

    def signatures(self):
        """Adds `sample_text`, `seed` → `text`, where tokens have names."""
        asked = super().signatures()
        if self.token_names is None:
            return asked
        sample = asked["sample"]

        def sample_text(seed):
            return {"text": _join_names(sample.function(seed=seed)["tokens"], self.token_names)}

        text = Signature(sample_text, sample.takes, {"text": "tokens by name"})
        return {**asked, "sample_text": text}

    def metadata(self, batch=None):
        names = self.vocabulary if self.token_names is None else list(self.token_names)
        return {**super().metadata(batch), "vocabulary": names}

    @classmethod
    def example(cls, **options):
        sizes = {"length": 4, "vocabulary": 7, "embedding": 4, "hidden": 6}
        return cls(**{**sizes, **options})


def _join_names(tokens, names):
    """Returns texts [N], strings, of tokens [N, T], joined as `kgan.data.detokenize` does."""
    between = "" if max(map(len, names)) <= 1 else " "
    # Each name with what stands before it; the first one's is then cut off.
    pieces = tf.constant([f"{between}{name}" if name else "" for name in names])
    text = tf.strings.reduce_join(tf.gather(pieces, tokens), axis=1)
    return tf.strings.regex_replace(text, "^ ", "") if between else text


def language_model_of(generator: keras.Model) -> LSTMLanguageModel:
    """Returns the `LSTMLanguageModel` of a generator of `networks.seqgan`."""
    return generator.get_layer("language_model")
