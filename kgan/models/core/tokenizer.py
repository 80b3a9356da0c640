"""From captions to the tokens that networks read."""

import re
from collections.abc import Iterable

import keras
import numpy as np

from kgan.errors import InputError
from kgan.log import warn
from kgan.types import Array, Tensor

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

    def __init__(self, words: tuple[str, ...], length: int) -> None:
        if not words or length < 1:
            raise InputError(
                "Expected at least one word and a caption_length >= 1. Received: "
                f"{len(words)} words, caption_length={length}. Choose data with captions."
            )
        self.words = tuple(words)
        self.length = length
        self.count = len(words) + 2
        self._told = set()  # unknown words that were told
        self._layer = keras.layers.TextVectorization(
            standardize="lower_and_strip_punctuation",
            output_sequence_length=length,
            vocabulary=list(words),
        )

    def __call__(self, captions: Tensor | list[str]) -> Tensor:
        """Returns tokens [B, length] int32 of captions [B], inside a traced step too."""
        return keras.ops.cast(self._layer(captions), "int32")

    def read(self, captions: Iterable[str]) -> Array:
        """Returns the tokens, int32 NumPy, of a person's captions; unknown words are told, once.

        Raises:
            InputError: for an empty caption, or one without a known word.
        """
        unknown = {}
        for caption in captions:
            words = _PUNCTUATION.sub("", str(caption).lower()).split()
            strange = [word for word in words if word not in self.words]
            unknown |= dict.fromkeys(strange)
            if len(strange) == len(words):
                raise InputError(
                    f"Expected a prompt of words such as {', '.join(self.words[:8])}. "
                    f"Received: {str(caption)!r}."
                )
        news = [word for word in unknown if word not in self._told]
        if news:
            self._told.update(news)
            warn(f"Unknown words, passed over: {', '.join(news)}. Known: {', '.join(self.words)}.")
        return np.asarray(self([str(caption) for caption in captions]))
