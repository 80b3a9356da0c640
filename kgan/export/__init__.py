"""Generator → what TensorFlow Serving loads; the manifest that says what it is."""

from kgan.export.saved_models import saved_model

__all__ = ["saved_model"]
