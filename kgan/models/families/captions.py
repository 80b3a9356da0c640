"""GANs of captioned images: from captions to tokens, and what every such GAN shares."""

import re
import sys

import keras
import numpy as np
import tensorflow as tf

from kgan.errors import InputError
from kgan.models.core.base import GAN
from kgan.models.core.signatures import Input

_PUNCTUATION = re.compile(r"[^\w\s'-]")


class Tokenizer:
    """Maps captions to tokens: 0 pads, 1 is an unknown word, then the words in their order.

    Args:
        words: every word a caption may hold; at least one.
        length: tokens of a caption; shorter ones are padded, longer ones cut.

    Raises:
        InputError: without words.

    Example:
        >>> Tokenizer(("a", "red", "seven"), length=4)(["A red seven!"]).numpy()
        array([[2, 3, 4, 0]], dtype=int32)
    """

    def __init__(self, words, length):
        if not words or length < 1:
            raise InputError(
                "Expected at least one word and a caption_length >= 1. Received: "
                f"{len(words)} words, caption_length={length}. Choose data with captions."
            )
        self.words = tuple(words)
        self.length = length
        self.count = len(words) + 2
        self._named = set()  # unknown words that were told of
        self._layer = keras.layers.TextVectorization(
            standardize="lower_and_strip_punctuation",
            output_sequence_length=length,
            vocabulary=list(words),
        )

    def __call__(self, captions):
        """Returns tokens [B, length] int32 of captions [B], inside a traced step too."""
        return keras.ops.cast(self._layer(captions), "int32")

    def checked(self, captions):
        """Returns the tokens, int32 NumPy, of a person's captions; unknown words are named, once.

        Raises:
            InputError: for an empty caption, or one without a known word.
        """
        unknown = {}
        for caption in captions:
            found = _PUNCTUATION.sub("", str(caption).lower()).split()
            strange = [word for word in found if word not in self.words]
            unknown |= dict.fromkeys(strange)
            if len(strange) == len(found):
                raise InputError(
                    f"Expected a prompt of words such as {', '.join(self.words[:8])}. "
                    f"Received: {str(caption)!r}."
                )
        news = [word for word in unknown if word not in self._named]
        if news:
            self._named.update(news)
            print(
                f"Unknown words, passed over: {', '.join(news)}. Known: {', '.join(self.words)}.",
                file=sys.stderr,
            )
        return np.asarray(self([str(caption) for caption in captions]))


class CaptionConditionalGAN(GAN):
    """A GAN whose players are told a caption; its generator is one of `networks.captioned`.

    Args:
        words: every word a caption may hold.
        caption_length: words of a caption that are read, ≥ 1.
        options: see `GAN`.
    """

    batch_keys = ("image", "caption")
    data_arguments = (*GAN.data_arguments, "words")

    def __init__(self, words: tuple[str, ...] = (), caption_length: int = 16, **options):
        self.tokenizer = Tokenizer(words, caption_length)
        super().__init__(**options)

    @classmethod
    def arguments_from(cls, source):
        return {**super().arguments_from(source), "words": list(source.words or ())}

    def named_batch(self, data):
        batch = super().named_batch(data)
        return {**batch, "tokens": self.tokenizer(batch["caption"])}

    def generate(self, batch, rng):
        latents = rng.purpose("latents").normal((tf.shape(batch["tokens"])[0], self.latent_size))
        return self.generator({"latents": latents, "tokens": batch["tokens"]}, training=True)

    def critic(self, images, batch):
        inputs = {"images": images, "tokens": batch["tokens"]}
        return tf.cast(self.discriminator(inputs, training=True), tf.float32)

    def condition_inputs(self, condition, count):
        if condition is None or set(condition) != {"prompt"}:
            raise InputError(
                f"Expected a condition with prompt for {type(self).__name__}. "
                f"Received: {condition and sorted(condition)}."
            )
        prompts = np.ravel(np.asarray(condition["prompt"], object))
        if len(prompts) not in (1, count):
            raise InputError(
                f"Expected one prompt for all images, or {count}. Received: {len(prompts)}."
            )
        return {"tokens": self.tokenizer.checked(np.broadcast_to(prompts, (count,)))}

    def default_condition(self, count):
        raise InputError(
            "Expected what to paint. Received: no prompt. Give --prompt 'a red 7 on blue'."
        )

    def conditions(self):
        text = "words by their place in caption_words + 2; 1 for an unknown word, 0 pads"
        return {"tokens": Input(tf.int32, (self.tokenizer.length,), "caption", text)}

    def facts(self, batch=None):
        shown = [] if batch is None else dict.fromkeys(self.condition_of(batch)["prompt"])
        words = {
            "words": list(self.tokenizer.words),
            "examples": list(shown)[:8],
            "length": self.tokenizer.length,
            "rule": "lower case; without !\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'; split at white space; "
            "cut or padded with 0 to length; 1 for an unknown word, else place in words + 2",
        }
        return {**super().facts(batch), "caption_words": words}

    def condition_of(self, batch):
        return {"prompt": [caption.decode() for caption in batch["caption"].numpy()]}

    def images_along(self, latents, fractions, condition):
        """Returns images [N, H, W, C] on the way from one prompt's code to another's, or of one."""
        prompts = np.ravel(condition["prompt"])
        if len(prompts) != 2:
            return super().images_along(latents, fractions, condition)
        painter = self.sampling_generator.get_layer("code_generator")
        encoder = self.sampling_generator.get_layer("text_encoder")
        start, end = encoder(self.tokenizer.checked(prompts)).numpy()
        codes = start + np.asarray(fractions, np.float32)[:, None] * (end - start)
        return np.asarray(painter({"latents": latents, "code": codes}))

    def preview(self, count, batch):
        """Returns images for the first captions of the data."""
        captions = self.condition_of(batch)["prompt"][:count]
        return self.sample(range(len(captions)), {"prompt": captions})

    @classmethod
    def example(cls, **options):
        words = ("a", "red", "seven", "on", "blue")
        return super().example(**{"words": words, "caption_length": 6, **options})
