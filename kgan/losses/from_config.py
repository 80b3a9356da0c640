"""Builds values, such as penalties and augmentations, from their names in a config."""

import inspect
from collections.abc import Callable
from typing import Any

from kgan.errors import InputError, UnknownNameError


def build_values(
    kind: str, factories: dict[str, Callable], config: dict[str, dict[str, Any] | None]
) -> tuple:
    """Returns the values that a config names, in its order.

    Args:
        kind: what a name stands for, as error messages say it, e.g. `"penalty"`.
        factories: `{name: function that makes the value}`.
        config: `{name: {argument: value}}`, e.g. `{"r1": {"weight": 1.0, "every": 8}}`.

    Raises:
        InputError: for an unknown name or argument, or one that is missing.
    """
    values = []
    for name, arguments in config.items():
        if name not in factories:
            raise UnknownNameError(kind, name, factories)
        accepted = inspect.signature(factories[name]).parameters
        for argument in arguments or {}:
            if argument not in accepted:
                raise UnknownNameError(f"argument of {kind} {name}", argument, accepted)
        for argument, parameter in accepted.items():
            if parameter.default is parameter.empty and argument not in (arguments or {}):
                raise InputError(f"Expected {argument} for {kind} {name}. Received: {arguments}.")
        values.append(factories[name](**(arguments or {})))
    return tuple(values)
