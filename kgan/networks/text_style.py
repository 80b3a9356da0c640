"""Networks for the style of texts: an encoder and decoder, and a critic of the decoder's states.

Reference: Section 4.2, Shen et al. 2017, arXiv:1705.09655.
"""

import keras
from keras import layers, ops

from kgan.layers import StyleAutoencoder
from kgan.networks.seqgan import WINDOWS


def build_generator(
    length: int, vocabulary: int, styles: int, embedding: int, style_size: int, content_size: int
) -> keras.Model:
    """Builds tokens [B, T] and styles [B] → tokens [B, T] int32, the text in these styles.

    Args:
        length: T, tokens of a text.
        vocabulary: number of tokens.
        styles: number of styles.
        embedding: length of a token's vector.
        style_size: length of a style's vector.
        content_size: length of a content's vector.

    Returns:
        A `keras.Model` of inputs `tokens` and `label`; its layer `autoencoder` is a
        `StyleAutoencoder`.
    """
    inputs = {
        "tokens": keras.Input((length,), dtype="int32", name="tokens"),
        "label": keras.Input((), dtype="int32", name="label"),
    }
    sizes = vocabulary, styles, embedding, style_size, content_size
    return keras.Model(inputs, StyleAutoencoder(*sizes, name="autoencoder")(inputs), name="writer")


def build_discriminator(length: int, hidden: int, styles: int, width: int = 64) -> keras.Model:
    """Builds states [B, T, H] and styles [B] → raw scores [B, 1], one critic of all styles.

    Convolutions of several windows over the states, beside which the style stands, the maximum of
    each over places, and a linear layer.

    Args:
        length: T, states of a text.
        hidden: H, length of a state.
        styles: number of styles.
        width: filters of each window.

    Returns:
        A `keras.Model` of inputs `images`, the states, and `label`.

    Reference: Kim 2014, arXiv:1408.5882.
    """
    states = keras.Input((length, hidden), name="images")
    label = keras.Input((), dtype="int32", name="label")
    told = layers.RepeatVector(length)(ops.one_hot(label, styles))
    x = layers.Concatenate()([states, told])
    features = [
        layers.GlobalMaxPooling1D()(
            layers.LeakyReLU(negative_slope=0.2)(layers.Conv1D(width, window)(x))
        )
        for window in WINDOWS
        if window <= length
    ]
    scores = layers.Dense(1, dtype="float32")(layers.Concatenate()(features))
    return keras.Model({"images": states, "label": label}, scores, name="critic")
