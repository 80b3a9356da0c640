"""A recurrent critic of token sequences, which scores them after each token.

Reference: Section 2 and Appendix, de Masson d'Autume et al. 2019, arXiv:1905.09922.
"""

import keras
from keras import layers, ops


def build_discriminator(length: int, vocabulary: int, width: int = 64) -> keras.Model:
    """Builds tokens [B, T] int32 → raw scores [B, T], each of the tokens so far.

    The vectors of tokens and of their places are added and read by an LSTM, whose state is
    normalised before it is scored.

    Args:
        length: T, tokens of a sequence.
        vocabulary: number of tokens.
        width: length of a token's vector and of the LSTM's state.

    Returns:
        A `keras.Model`.
    """
    tokens = keras.Input((length,), dtype="int32", name="tokens")
    places = ops.cumsum(ops.ones_like(tokens), axis=1) - 1
    x = layers.Embedding(vocabulary, width)(tokens) + layers.Embedding(length, width)(places)
    # Unrolled: a loop in the graph takes about twice as long on a CPU.
    x = layers.LSTM(width, return_sequences=True, unroll=True)(x)
    x = layers.LayerNormalization()(x)
    scores = layers.Dense(1, dtype="float32", name="scores")(x)
    return keras.Model(tokens, layers.Reshape((length,), dtype="float32")(scores), name="critic")
