"""What an augmentation is: a change of images before the critic sees them."""

import dataclasses
from collections.abc import Callable

from kgan.random import RandomStream
from kgan.types import Tensor
from kgan.values import Stateful


@dataclasses.dataclass(frozen=True)
class Augmentation(Stateful):
    """A change of images before the critic sees them; gradients pass through to the generator.

    Attributes:
        function: `(images, rng) -> images`, of the same shape and dtype; of one with state,
            `(images, rng, *numbers) -> images`.
        adapt: `(real_scores, rng, *numbers) -> numbers`: its state after a move of the critic.
        labels: names of the first of its numbers, to log them.

    Example:
        >>> class MyGAN(GAN):
        ...     augmentations = (instance_noise(scale=0.1, steps=10_000),)
    """

    function: Callable
    adapt: Callable | None = None
    labels: tuple[str, ...] = ()

    def __call__(self, images: Tensor, rng: RandomStream) -> Tensor:
        """Returns changed images of the same shape and dtype."""
        return self.function(images, rng.purpose(self.name), *self.read_state())

    def update(self, real_scores: Tensor, rng: RandomStream) -> None:
        """Adapts the state to raw scores of real images as shown; nothing without a state."""
        if self.adapt is not None:
            self.write_state(self.adapt(real_scores, rng, *self.read_state()))

    def logs(self) -> dict[str, Tensor]:
        """Returns `{name: scalar}` to log."""
        numbers = self.read_state() if self.labels else ()
        return {
            f"{self.name}_{label}": number
            for label, number in zip(self.labels, numbers, strict=False)
        }
