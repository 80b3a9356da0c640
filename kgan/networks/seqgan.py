"""Networks for token sequences: an LSTM generator and a convolutional critic.

Reference: Section 4.1 and Appendix, Yu et al. 2017, arXiv:1609.05473.
"""

import keras
from keras import layers

from kgan.layers import LSTMLanguageModel

WINDOWS = (1, 2, 3, 4, 5)  # tokens that a filter sees at once


def build_generator(
    length: int, vocabulary: int, embedding: int = 32, hidden: int = 32
) -> keras.Model:
    """Builds latents [B, length] → tokens [B, length] int32, one latent for each token.

    Args:
        length: tokens of a sequence.
        vocabulary: number of tokens.
        embedding: length of a token's vector.
        hidden: length of the LSTM's state.

    Returns:
        A `keras.Model`; its layer `language_model` is an `LSTMLanguageModel`.
    """
    latents = keras.Input((length,), name="latents")
    model = LSTMLanguageModel(vocabulary, embedding, hidden, name="language_model")
    return keras.Model(latents, model(latents), name="generator")


def build_discriminator(length: int, vocabulary: int, width: int = 64) -> keras.Model:
    """Builds tokens [B, length] int32 → raw scores [B, 1].

    Convolutions of several window sizes over the tokens' vectors, the maximum of each over
    positions, and a highway layer.

    Args:
        length: tokens of a sequence.
        vocabulary: number of tokens.
        width: length of a token's vector, and filters of each window size.

    Returns:
        A `keras.Model`.

    Reference: Kim 2014, arXiv:1408.5882; Srivastava et al. 2015, arXiv:1505.00387.
    """
    tokens = keras.Input((length,), dtype="int32", name="tokens")
    vectors = layers.Embedding(vocabulary, width)(tokens)
    features = [
        layers.GlobalMaxPooling1D()(layers.Conv1D(width, window, activation="relu")(vectors))
        for window in WINDOWS
        if window <= length
    ]
    x = layers.Concatenate()(features) if len(features) > 1 else features[0]
    scores = layers.Dense(1, dtype="float32", name="scores")(_highway(x))
    return keras.Model(tokens, scores, name="discriminator")


def _highway(x):
    """Returns g·relu(W x) + (1 − g)·x; the gate g is small at first, so that x passes unchanged."""
    units = x.shape[-1]
    nearly_closed = keras.initializers.Constant(-2.0)
    gate = layers.Dense(units, activation="sigmoid", bias_initializer=nearly_closed)(x)
    transformed = layers.Dense(units, activation="relu")(x)
    return x + gate * (transformed - x)
