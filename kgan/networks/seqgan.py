"""Networks of token sequences: an LSTM that writes, and a convolutional critic that reads.

Reference: Section 4.1 and Appendix, Yu et al. 2017, arXiv:1609.05473.
"""

import keras
from keras import layers

from kgan.layers import LSTMLanguageModel

WINDOWS = (1, 2, 3, 4, 5)  # tokens that a filter sees at once


def generator(length, vocabulary, embedding=32, hidden=32):
    """Builds latents [B, length] → tokens [B, length] int32, one latent for each token.

    Args:
        length: tokens of a sequence.
        vocabulary: how many tokens there are.
        embedding: length of a token's vector.
        hidden: length of the LSTM's state.

    Returns:
        A `keras.Model`, whose layer `language_model` is the `LSTMLanguageModel`.
    """
    latents = keras.Input((length,), name="latents")
    model = LSTMLanguageModel(vocabulary, embedding, hidden, name="language_model")
    return keras.Model(latents, model(latents), name="generator")


def discriminator(length, vocabulary, width=64):
    """Builds tokens [B, length] int32 → raw scores [B, 1].

    Filters of several windows slide over the tokens' vectors, the largest response of each counts
    wherever it is, and a highway layer mixes them.

    Args:
        length: tokens of a sequence.
        vocabulary: how many tokens there are.
        width: length of a token's vector, and filters of each window.

    Returns:
        A `keras.Model`.

    Reference: Kim 2014, arXiv:1408.5882; Srivastava et al. 2015, arXiv:1505.00387.
    """
    tokens = keras.Input((length,), dtype="int32", name="tokens")
    vectors = layers.Embedding(vocabulary, width)(tokens)
    seen = [
        layers.GlobalMaxPooling1D()(layers.Conv1D(width, window, activation="relu")(vectors))
        for window in WINDOWS
        if window <= length
    ]
    x = layers.Concatenate()(seen) if len(seen) > 1 else seen[0]
    scores = layers.Dense(1, dtype="float32", name="scores")(_highway(x))
    return keras.Model(tokens, scores, name="discriminator")


def _highway(x):
    """Returns g·relu(W x) + (1 − g)·x, whose gate g at first lets most of x through."""
    units = x.shape[-1]
    closed = keras.initializers.Constant(-2.0)
    gate = layers.Dense(units, activation="sigmoid", bias_initializer=closed)(x)
    changed = layers.Dense(units, activation="relu")(x)
    return x + gate * (changed - x)
