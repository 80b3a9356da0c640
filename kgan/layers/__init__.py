"""Pieces of networks that Keras does not have."""

from kgan.layers.constraints import WeightClip, clip_weights

__all__ = ["WeightClip", "clip_weights"]
