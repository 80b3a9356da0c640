"""Generator → what TensorFlow Serving, a phone or a browser loads, proven before it appears."""

from kgan.export.publish import publish, saved_model
from kgan.export.verification import verify

__all__ = ["publish", "saved_model", "verify"]
