"""Keras layers for GANs, and functions that change the layers of networks."""

from kgan.layers.lipschitz import (
    SpectralNormalization,
    WeightClip,
    apply_spectral_norm,
    clip_weights,
    normalize_kernels,
)
from kgan.layers.lstm_language_model import LSTMLanguageModel
from kgan.layers.minibatch import (
    MinibatchDiscrimination,
    MinibatchStandardDeviation,
    add_minibatch_discrimination,
)
from kgan.layers.normalization import synchronize_batch_norm
from kgan.layers.style_autoencoder import StyleAutoencoder
from kgan.layers.virtual_batch_normalization import (
    DropReference,
    ReferenceBatch,
    VirtualBatchNormalization,
    apply_virtual_batch_normalization,
)

__all__ = [
    "DropReference",
    "LSTMLanguageModel",
    "MinibatchDiscrimination",
    "MinibatchStandardDeviation",
    "ReferenceBatch",
    "SpectralNormalization",
    "StyleAutoencoder",
    "VirtualBatchNormalization",
    "WeightClip",
    "add_minibatch_discrimination",
    "apply_spectral_norm",
    "apply_virtual_batch_normalization",
    "clip_weights",
    "normalize_kernels",
    "synchronize_batch_norm",
]
