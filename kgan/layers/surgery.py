"""Copies of networks in which some layers are replaced."""

from collections.abc import Callable

import keras

from kgan.errors import InputError


def replace_layers(
    network: keras.Model, replace: Callable[[keras.Layer], keras.Layer | None]
) -> tuple[keras.Model, list[tuple[keras.Layer, keras.Layer]]]:
    """Returns a copy of a network, with the same weights and names, in which layers are replaced.

    Args:
        network: a built functional or sequential `keras.Model`; it stays as it is. Networks
            inside it are copied too.
        replace: `layer -> new layer`, or None to copy the layer.

    Returns:
        `(copy, replaced)`: the new network, and a list of `(layer, new layer)`, whose weights the
        caller sets.

    Raises:
        InputError: for a subclassed network, whose layers Keras does not know.
    """
    copied, replaced = [], []

    def clone(layer):
        new = replace(layer)
        if new is None:
            new = type(layer).from_config(layer.get_config())
            copied.append((layer, new))
        else:
            replaced.append((layer, new))
        return new

    if not network.built:
        raise InputError(
            f"Expected a built network. Received: {network.name!r}. Start it with a keras.Input."
        )
    try:
        copy = keras.models.clone_model(network, clone_function=clone, recursive=True)
    except ValueError as error:  # what clone_model says of a subclass
        raise InputError(
            "Expected a functional or sequential network. Received: "
            f"{type(network).__name__} {network.name!r}. {error}"
        ) from error
    for layer, new in copied:
        if isinstance(layer, keras.Layer):  # and not one of keras.ops, which has no weights
            new.set_weights(layer.get_weights())
    return copy, replaced


def list_layers(network: keras.Layer) -> list[keras.Layer]:
    """Returns the layers of a network that have weights, in order, those of networks inside too.

    Args:
        network: a built `keras.Model`, or a layer, which is its own only one.
    """
    if not isinstance(network, keras.Model):
        return [network] if network.weights else []
    return [inner for layer in network.layers for inner in list_layers(layer)]
