"""Pure functions that say what each player is paid: adversarial pairs and critic penalties."""

from kgan.losses import adversarial, penalties

__all__ = ["adversarial", "penalties"]
