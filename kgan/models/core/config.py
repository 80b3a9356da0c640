"""A model's configuration: what it was made with, and what a person chose by name."""

from typing import Any

import keras

from kgan import augmentation
from kgan.errors import InputError, UnknownNameError, check_whole
from kgan.losses import regularizers
from kgan.losses.adversarial import PAIRS
from kgan.registry import arguments_of


class Configured:
    """Keeps the constructor's arguments, which are the model's config; mixed into `GAN`."""

    def __new__(cls, *arguments, **options):
        model = super().__new__(cls, *arguments, **options)
        known = {name: parameter.default for name, parameter in arguments_of(cls).items()}
        model._config = known | dict(zip(known, arguments, strict=False)) | options
        return model

    def get_config(self) -> dict[str, Any]:
        """Returns every argument of the constructor, defaults too; networks as Keras' configs."""
        return {
            name: keras.saving.serialize_keras_object(value)
            if isinstance(value, keras.Model)
            else value
            for name, value in self._config.items()
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Configured":
        """Returns a new model of what `get_config` returned."""
        return cls(
            **{
                name: keras.saving.deserialize_keras_object(value)
                if name in ("generator", "discriminator") and value is not None
                else value
                for name, value in config.items()
            }
        )


def choose_values(
    adversarial: str | None,
    penalty_config: dict | None,
    augmentation_config: dict | None,
    discriminator_steps: int | None,
) -> dict[str, Any]:
    """Returns `{attribute of a GAN: its value}` for what is not None; see `GAN` for each.

    Raises:
        InputError: for an unknown name or a value out of range.
    """
    values = {}
    if adversarial is not None:
        if adversarial not in PAIRS:
            raise UnknownNameError("adversarial loss", adversarial, PAIRS)
        values["adversarial"] = PAIRS[adversarial]
    if penalty_config is not None:
        values["penalties"] = regularizers.build_penalties(penalty_config)
    if augmentation_config is not None:
        values["augmentations"] = augmentation.build_augmentations(augmentation_config)
    if discriminator_steps is not None:
        check_whole(discriminator_steps=discriminator_steps, least=1)
        values["discriminator_steps"] = discriminator_steps
    return values


def check_critic(gan: keras.Model, values: dict[str, Any]) -> None:
    """Refuses what `choose_values` returned for a game without a critic, which it is about.

    Raises:
        InputError: if there are any.
    """
    if gan.discriminator is None and values:
        raise InputError(
            f"Expected no {next(iter(values))} for {type(gan).__name__}, which has no critic. "
            f"Received: {', '.join(values)}. Leave it out."
        )
