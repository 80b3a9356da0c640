"""Networks built again with other layers in some places."""

import keras

from kgan.errors import InputError


def replace_layers(network, replacement):
    """Builds a network again, with the same values and names, and other layers in some places.

    Args:
        network: a built functional or sequential `keras.Model`; it stays as it is. Networks
            inside it are built again too.
        replacement: `layer -> new layer`, or None where the layer stays.

    Returns:
        `(copy, replaced)`: the new network, and a list of `(layer, new layer)`, whose values the
        caller copies.

    Raises:
        InputError: for a network whose layers Keras does not know, such as a subclass.
    """
    kept, replaced = [], []

    def clone(layer):
        new = replacement(layer)
        if new is None:
            new = type(layer).from_config(layer.get_config())
            kept.append((layer, new))
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
    for layer, new in kept:
        new.set_weights(layer.get_weights())
    return copy, replaced
