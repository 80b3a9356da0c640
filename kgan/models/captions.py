"""From captions to tokens, and what to say of words nobody taught."""

import re
import sys

import keras
import numpy as np

from kgan.errors import InputError

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
        self._layer = keras.layers.TextVectorization(
            standardize="lower_and_strip_punctuation",
            output_sequence_length=length,
            vocabulary=list(words),
        )

    def __call__(self, captions):
        """Returns tokens [B, length] int32 of captions [B], inside a traced step too."""
        return keras.ops.cast(self._layer(captions), "int32")

    def checked(self, captions):
        """Returns the tokens, int32 NumPy, of a person's captions; unknown words are named.

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
        if unknown:
            print(
                f"Unknown words, passed over: {', '.join(unknown)}. Known: "
                f"{', '.join(self.words)}.",
                file=sys.stderr,
            )
        return np.asarray(self([str(caption) for caption in captions]))
