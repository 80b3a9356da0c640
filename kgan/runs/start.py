"""Starting from another run: with its weights; its optimizers and its round are left behind."""

import itertools
from typing import NamedTuple

import keras
import numpy as np

from kgan.errors import InputError
from kgan.models.core.base import GAN
from kgan.models.core.conditions import Label
from kgan.runs.freezing import freeze_layers
from kgan.runs.load import load_run
from kgan.types import Array, PathLike

_AVERAGE = "ema_generator"


class Start(NamedTuple):
    """What a model was given of another run.

    Attributes:
        networks: names of what was taken, such as `generator`.
        rounds: that the other run has trained.
        new_classes: those that start anew, because the other run has no such class.
    """

    networks: tuple[str, ...]
    rounds: int
    new_classes: tuple[str, ...]


def start_from(gan: GAN, folder: PathLike, freeze: int | str | dict[str, int] = 0) -> Start:
    """Gives a new model the weights of a trained run: generator, critic, their averages and others.

    Optimizers and the round stay new. The run may be of another variant, size or number of
    channels as long as every weight has the shape that the model's has. Where only the number of
    classes differs, what belongs to a class is taken from the class of the same name; classes that
    the run does not have start anew.

    Args:
        gan: the model, not yet compiled where layers are to be frozen.
        folder: of the run.
        freeze: see `kgan.runs.freezing.freeze_layers`.

    Returns:
        What was taken, a `Start`.

    Raises:
        InputError: if there is no such run, or a weight has another shape. The model stays as it
            was.

    Example:
        >>> gan = kgan.models.DCGAN(image_shape=(32, 32, 1))
        >>> kgan.runs.start_from(gan, "runs/dcgan_digits", freeze=2)
        >>> gan.compile()

    Reference: Wang et al. 2018, arXiv:1805.01677, "Transferring GANs".
    """
    if freeze and gan.compiled:
        raise InputError(
            "Expected a model that is not yet compiled, to freeze layers of it. Received: a "
            "compiled one. Call start_from before compile."
        )
    return take_weights(gan, load_run(folder)[0], folder, freeze)


def take_weights(
    gan: GAN, other: GAN, folder: PathLike = "memory", freeze: int | str | dict[str, int] = 0
) -> Start:
    """Does the same from a model in memory; `folder` is how messages call it."""
    classes = _Classes(_list_classes(gan), _list_classes(other))
    ours, theirs = _list_networks(gan), _list_networks(other)
    if _AVERAGE not in theirs:
        theirs[_AVERAGE] = theirs["generator"]
    values = []
    for name, variables in ours.items():
        if name not in theirs:
            raise InputError(
                f"Expected weights of {name} to start from. Received: {folder}, which has "
                f"{', '.join(theirs)}. Start from a run of {type(gan).__name__}."
            )
        for one, other_one in itertools.zip_longest(variables, theirs[name]):
            values.append((one, _convert(name, one, other_one, classes, folder)))
    for name, networks in _list_places(gan).items():
        _check_places(name, networks, _list_places(other).get(name, networks), folder)
    freeze_layers(gan, freeze)
    for variable, value in values:
        variable.assign(value)
    new = [one for one in classes.ours if one not in classes.theirs] if classes.differ else []
    return Start(tuple(ours), other.rounds, tuple(new))


class _Classes(NamedTuple):
    """Names of the classes of both models."""

    ours: tuple[str, ...]
    theirs: tuple[str, ...]

    @property
    def differ(self):
        return bool(self.ours and self.theirs) and len(self.ours) != len(self.theirs)


def _list_classes(gan):
    return next((c.classes for c in gan.conditions if isinstance(c, Label)), ())


def _list_networks(gan: GAN) -> dict[str, list[keras.Variable]]:
    """Returns `{role: variables}` of the networks, and of what else a variant has learnt."""
    kept = {"step", "rollbacks"}
    roles = {}
    for role, variables in gan.state().items():
        owner = getattr(gan, role.partition(".")[0])
        if isinstance(owner, dict):
            owner = next(iter(owner.values()))
        if role not in kept and isinstance(owner, keras.Model | keras.Variable):
            roles[role] = variables
    return roles


def _list_places(gan):
    """Returns `{network: shapes}` between which maps of features and rows of numbers change."""
    networks = {"generator": gan.generator, "discriminator": gan.discriminator}
    return {
        name: [
            layer.output.shape[1:] if isinstance(layer, keras.layers.Reshape) else layer.input.shape
            for layer in network._flatten_layers(include_self=False)
            if isinstance(layer, keras.layers.Reshape | keras.layers.Flatten)
        ]
        for name, network in networks.items()
        if network is not None
    }


def _check_places(role, ours, theirs, folder):
    """Refuses rows of as many numbers that stand for maps of another height and width."""
    for one, other in zip(ours, theirs, strict=False):
        if one != other:
            raise InputError(
                f"Expected {role} maps of {one}. Received: {other} ({folder}). Their weights are "
                "as many, but lie elsewhere: choose a --data.size of that run's shape."
            )


def _convert(
    role: str,
    ours: keras.Variable | None,
    theirs: keras.Variable | None,
    classes: _Classes,
    folder: PathLike,
) -> Array:
    """Returns the value for one of our variables.

    Raises:
        InputError: where it cannot have the other's.
    """
    if ours is None or theirs is None or ours.name != theirs.name or ours.ndim != theirs.ndim:
        raise _refuse(role, ours, theirs, folder)
    if ours.shape == theirs.shape:
        return theirs.numpy()
    axes = [axis for axis in range(ours.ndim) if ours.shape[axis] != theirs.shape[axis]]
    lengths = tuple(map(len, classes))
    if not all((ours.shape[axis], theirs.shape[axis]) == lengths for axis in axes[:1]) or axes[1:]:
        raise _refuse(role, ours, theirs, folder)
    value, given = (np.moveaxis(one.numpy(), axes[0], 0) for one in (ours, theirs))
    for number, name in enumerate(classes.ours):
        if name in classes.theirs:
            value[number] = given[classes.theirs.index(name)]
    return np.moveaxis(value, 0, axes[0])


def _refuse(role, ours, theirs, folder):
    expected, received = (
        "none" if one is None else f"{one.name} of shape {tuple(one.shape)}"
        for one in (ours, theirs)
    )
    return InputError(
        f"Expected {role} weights {expected}. Received: {received} ({folder}). Give the --model "
        "options that run was made with, or start from another."
    )
