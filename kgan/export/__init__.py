"""Writes a generator as artefacts for TensorFlow Serving, phones and browsers, checked first."""

from kgan.export.publish import publish
from kgan.export.verification import verify

__all__ = ["publish", "verify"]
