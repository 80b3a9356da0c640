"""Pure functions that say what each player is paid: adversarial pairs and critic penalties."""

from kgan.losses import adversarial, f_divergences, regularizers

__all__ = ["adversarial", "f_divergences", "regularizers"]
