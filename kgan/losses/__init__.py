"""Losses as pure functions: adversarial pairs, regularizers of the critic, auxiliary terms."""

from kgan.losses import adversarial, regularizers

__all__ = ["adversarial", "regularizers"]
