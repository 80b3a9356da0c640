"""A model's configuration: what it was made with, and what a person chose by name."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import keras

from kgan import augmentation
from kgan.errors import InputError, UnknownNameError, check_whole
from kgan.losses.adversarial import PAIRS
from kgan.registry import arguments_of
from kgan.values import build_values


class Configured:
    """Keeps the constructor's arguments, which are the model's config; mixed into `GAN`."""

    unused_options = ()  # names of the constructor's options that the variant refuses

    def __new__(cls, *arguments, **options):
        model = super().__new__(cls, *arguments, **options)
        known = {name: parameter.default for name, parameter in arguments_of(cls).items()}
        model._config = known | dict(zip(known, arguments, strict=False)) | options
        if model._config.get("width") is not None:  # 0 is none, and not the default
            check_whole(1, width=model._config["width"])
        seed = model._config.get("seed", 0)
        if isinstance(seed, int) and seed >= 2**63:  # of which numbers are drawn by int64 keys
            raise InputError(f"Expected a seed from 0 to 2^63 - 1. Received: seed={seed}.")
        return model

    def get_config(self) -> dict[str, Any]:
        """Returns every argument of the constructor, defaults too; networks as Keras' configs.

        And `dtype`, the precision that its layers compute in.
        """
        config = {
            name: keras.saving.serialize_keras_object(value)
            if isinstance(value, keras.Model)
            else value
            for name, value in self._config.items()
        }
        return {**config, "dtype": self.dtype_policy.name}

    def check_options(self) -> None:
        """Refuses options that the variant does not use, where a person gives them."""
        for name in self.unused_options:
            if self._config[name] is not None:
                raise InputError(
                    f"Expected no {name} for {type(self).__name__}, which does not use it. "
                    f"Received: {name}={self._config[name]!r}. Leave it out."
                )

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Configured":
        """Returns a new model of what `get_config` returned, also after a journey through JSON."""
        arguments = {name: _revive(value) for name, value in config.items()}
        dtype = arguments.pop("dtype", None)
        with use_precision(dtype) if dtype else contextlib.nullcontext():
            return cls(**arguments)


def _revive(value):
    """Returns an argument as it was: networks from Keras' configs, tuples from JSON's lists."""
    if isinstance(value, dict) and "class_name" in value:
        return keras.saving.deserialize_keras_object(value)
    return tuple(value) if isinstance(value, list) else value


@contextlib.contextmanager
def use_precision(name: str) -> Iterator[None]:
    """Has layers that are made in this block compute in a precision.

    Layers take Keras' policy when they are made; left set, it would reach the next model too.

    Args:
        name: of a policy, such as `"mixed_bfloat16"`.
    """
    before = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.mixed_precision.set_dtype_policy(before)


def choose_values(
    adversarial: str | None,
    regularizer_config: dict | None,
    augmentation_config: dict | None,
    discriminator_steps: int | None,
    known_regularizers: dict[str, Callable],
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
    if regularizer_config is not None:
        values["regularizers"] = build_values("regularizer", known_regularizers, regularizer_config)
    if augmentation_config is not None:
        values["augmentations"] = augmentation.build_augmentations(augmentation_config)
    if discriminator_steps is not None:
        check_whole(discriminator_steps=discriminator_steps, least=1)
        values["discriminator_steps"] = discriminator_steps
    return values
