"""All that training changes in a model, found by what its attributes hold."""

from collections.abc import Iterator
from typing import Any

import keras

from kgan.values import Stateful


def collect(model: keras.Model) -> dict[str, list[keras.Variable]]:
    """Returns `{attribute: variables}` of a model, each variable once, under its first attribute.

    Roles are attributes rather than layers' names, which depend on how many layers a process has
    made before.

    Args:
        model: layers, variables, optimizers and metrics are looked for in its public attributes,
            and in lists, tuples and dicts that these hold.
    """
    state, known = {}, set()
    for name, value in vars(model).items():
        if name.startswith("_"):
            continue
        for role, variables in _walk(name, value):
            fresh = [variable for variable in variables if id(variable) not in known]
            known.update(map(id, fresh))
            if fresh:
                state[role] = fresh
    return state


def _walk(role: str, value: Any) -> Iterator[tuple[str, list[keras.Variable]]]:
    """Yields `(role, variables)` of what an attribute holds."""
    if isinstance(value, keras.Variable):
        yield role, [value]
    elif isinstance(value, keras.Layer):
        yield role, value.weights
    elif isinstance(value, keras.optimizers.Optimizer | keras.metrics.Metric):
        yield role, list(value.variables)
    elif isinstance(value, Stateful):
        yield role, list(value.state)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _walk(f"{role}.{key}", item)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _walk(f"{role}.{index}", item)
