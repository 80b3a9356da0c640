"""Text style transfer by cross-alignment."""

import dataclasses
import functools

import keras
import numpy as np
import tensorflow as tf

from kgan.data import detokenize
from kgan.errors import InputError, check_not_negative, check_whole
from kgan.losses.adversarial import NON_SATURATING
from kgan.models.core import batches
from kgan.models.core.base import GAN, register
from kgan.models.core.conditions import Label, Tokens
from kgan.networks import text_style
from kgan.replicas import average_over_replicas
from kgan.types import Array


@register("text_style")
class TextStyle(GAN):
    """Style transfer from non-parallel text by cross-alignment (Shen et al. 2017).

    A text is a style and a content. The decoder writes the content of a text in its own style, by
    likelihood (Eq. 4), and in another: the critic sees the decoder's states while it reads texts
    of a style, and while it writes others in it (Eq. 8, professor forcing).

    Differs from the paper: one critic, which is told the style, as the encoder is not; the content
    of what is written in another style shall be what it was; no dropout.

    Args:
        length: tokens of a text, ≥ 1.
        vocabulary: how many tokens there are, or the names of them, ≥ 2.
        embedding: length of a token's vector, ≥ 1.
        style_size: length of a style's vector, ≥ 1.
        content_size: length of a content's vector, ≥ 1.
        width: filters of each of the critic's windows, ≥ 1.
        temperature: of the softmax by which tokens are chosen in training, > 0.
        noise: scale of Gumbel's noise on these choices, ≥ 0; the paper's is 1. Without any, texts
            can only be as varied as contents are.
        adversarial_weight: λ of Eq. 9, ≥ 0.
        content_weight: of the squared difference of contents, ≥ 0; the paper has none.
        critic_limit: loss of the critic, in nats, above which the decoder is not paid by it: who
            cannot judge yet does not teach.
        classes: names of the styles, or how many there are.
        seed: see `GAN`.

    Raises:
        InputError: for a size out of range, or fewer than two styles.

    Example:
        >>> source = kgan.data.text_styles()
        >>> options = kgan.models.TextStyle.arguments_from(source)
        >>> model = kgan.models.TextStyle(**options)
        >>> model.compile()
        >>> model.fit(source.dataset(batch_size=128), epochs=20)
        >>> told = {"tokens": "hey sam bring the red cup", "label": "polite"}
        >>> model.texts_of(model.sample([0], told))
        ['dear sam would you please bring the red cup']

    Reference: arXiv:1705.09655.
    """

    conditions = (Tokens(), Label())
    adversarial = NON_SATURATING
    real_key = output_kind = "tokens"
    output_dtype = "int32"
    default_optimizer = functools.partial(
        keras.optimizers.Adam, 5e-4, beta_1=0.5, beta_2=0.999, global_clipnorm=30.0
    )

    def __init__(
        self,
        length: int = 16,
        vocabulary: int | tuple[str, ...] = 1000,
        embedding: int = 64,
        style_size: int = 16,
        content_size: int = 112,
        width: int = 64,
        temperature: float = 0.1,
        noise: float = 1.0,
        adversarial_weight: float = 1.0,
        content_weight: float = 0.1,
        critic_limit: float = 1.2,
        classes: tuple[str, ...] | int = 2,
        seed: int = 0,
    ):
        self.token_names = None if isinstance(vocabulary, int) else tuple(vocabulary)
        self.vocabulary = vocabulary if self.token_names is None else len(vocabulary)
        check_whole(2, vocabulary=self.vocabulary)
        check_whole(1, length=length, embedding=embedding, style_size=style_size)
        check_whole(1, content_size=content_size, width=width)
        check_not_negative(adversarial_weight=adversarial_weight, content_weight=content_weight)
        check_not_negative(critic_limit=critic_limit, noise=noise)
        if not temperature > 0:
            raise InputError(f"Expected temperature > 0. Received: {temperature}.")
        self.length = length
        self.embedding = embedding
        self.style_size = style_size
        self.content_size = content_size
        self.width = width
        self.temperature = temperature
        self.noise = noise
        self.adversarial_weight = adversarial_weight
        self.content_weight = content_weight
        self.critic_limit = critic_limit
        super().__init__(image_shape=(length,), latent_size=1, classes=classes, seed=seed)
        if self.styles < 2:
            raise InputError(f"Expected at least 2 styles. Received: classes={classes!r}.")

    def bind_conditions(self, *given):
        tokens, *others = super().bind_conditions(*given)
        names = self.token_names
        return dataclasses.replace(
            tokens, length=self.length, vocabulary=self.vocabulary, token_names=names
        ), *others

    @classmethod
    def data_arguments(cls):
        return ("length", "vocabulary", "classes")

    @classmethod
    def arguments_from(cls, source):
        names = source.vocabulary
        return {
            "length": source.spec["tokens"].shape[0],
            "vocabulary": list(names) if isinstance(names, tuple) else names,
            "classes": list(source.classes or ()),
        }

    @property
    def image_shapes(self):
        return {}

    @property
    def styles(self) -> int:
        """How many styles there are."""
        return self.condition(Label).count

    @property
    def critic_shape(self):
        return (self.length + 1, self.style_size + self.content_size)

    def build_generator(self, network, width):
        sizes = self.embedding, self.style_size, self.content_size
        return text_style.build_generator(self.length, self.vocabulary, self.styles, *sizes)

    def build_discriminator(self, network, width):
        return text_style.build_discriminator(*self.critic_shape, self.styles, self.width)

    def generate(self, batch, rng):
        """Returns the decoder's states, and the losses of a text [B], as a dict."""
        model = self.generator.get_layer("autoencoder")
        tokens, styles = batch["tokens"], batch["label"]
        content = model.encode(*model.look_up(tokens))
        read, log_probabilities = model.reconstruct(model.begin(content, styles), tokens)
        count = batches.count_examples(batch)
        drawn = rng.purpose("styles").uniform((count,)) * float(self.styles - 1)
        wanted = (styles + 1 + tf.cast(drawn, tf.int32)) % self.styles
        first = model.begin(content, wanted)
        noise = rng.purpose("words").uniform((count, self.length, self.vocabulary))
        noise = -self.noise * tf.math.log(-tf.math.log(noise + 1e-9) + 1e-9)
        written, *soft = model.write_softly(first, noise, self.temperature)
        # Held still: two contents would agree soonest where they say nothing.
        moved = tf.square(model.encode(*soft) - tf.stop_gradient(content))
        return {
            "read": read,
            "written": written,
            "wanted": wanted,
            "reconstruction": -tf.reduce_sum(log_probabilities, axis=1),
            "content": tf.reduce_sum(moved, axis=1),
        }

    def _score(self, batch, fake):
        """Returns the raw scores of states that read a style, and of those that wrote in it."""
        real = self.judge(fake["read"], batch)["scores"]
        return real, self.judge(fake["written"], {"label": fake["wanted"]})["scores"]

    def discriminator_loss(self, batch, fake, rng):
        return {"adversarial": self.adversarial.discriminator(*self._score(batch, fake))}

    def generator_loss(self, batch, fake, rng):
        real, written = self._score(batch, fake)
        (critic,) = average_over_replicas([self.adversarial.discriminator(real, written)])
        able = tf.cast(tf.stop_gradient(critic) < self.critic_limit, tf.float32)
        paid = self.adversarial_weight * able * self.adversarial.generator(None, written)
        return {
            "reconstruction": tf.reduce_mean(fake["reconstruction"]),
            "adversarial": paid,
            "content": self.content_weight * tf.reduce_mean(fake["content"]),
        }

    def texts_of(self, tokens: Array) -> list[str]:
        """Returns a list of texts for tokens [N, T]; see `kgan.data.detokenize`."""
        return detokenize(tokens, self.token_names or self.vocabulary)

    def preview(self, count, batch=None):
        """Returns texts [N, T], each followed by the same in the next style."""
        if batch is None:
            return super().preview(count, batch)
        batch = {key: rows[: max(count // 2, 1)] for key, rows in self.name_batch(batch).items()}
        wanted = (np.asarray(batch["label"]) + 1) % self.styles
        tokens = np.asarray(batch["tokens"])
        made = self.sample(range(len(tokens)), {"tokens": tokens, "label": wanted})
        return np.stack([tokens, made], axis=1).reshape(-1, self.length)

    @classmethod
    def example(cls, **options):
        sizes = {"length": 4, "vocabulary": 7, "embedding": 4, "style_size": 3, "content_size": 5}
        return cls(**{**sizes, "width": 4, "classes": 10, **options})
