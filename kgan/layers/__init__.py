"""Pieces of networks that Keras does not have."""

from kgan.layers.constraints import WeightClip, clip_weights
from kgan.layers.lipschitz import SpectralNormalization, normalize_kernels, spectral_norm
from kgan.layers.lstm_language_model import LSTMLanguageModel
from kgan.layers.minibatch import (
    MinibatchDiscrimination,
    MinibatchStandardDeviation,
    with_minibatch_discrimination,
)
from kgan.layers.normalization import synchronized_batch_norm
from kgan.layers.virtual_batch_normalization import (
    DropReference,
    ReferenceBatch,
    VirtualBatchNormalization,
    with_virtual_batch_normalization,
)

__all__ = [
    "DropReference",
    "LSTMLanguageModel",
    "MinibatchDiscrimination",
    "MinibatchStandardDeviation",
    "ReferenceBatch",
    "SpectralNormalization",
    "VirtualBatchNormalization",
    "WeightClip",
    "clip_weights",
    "normalize_kernels",
    "spectral_norm",
    "synchronized_batch_norm",
    "with_minibatch_discrimination",
    "with_virtual_batch_normalization",
]
