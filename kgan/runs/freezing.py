"""Layers of a player that keep the weights that they have."""

import keras

from kgan.errors import InputError, UnknownNameError, check_whole
from kgan.layers.surgery import list_layers
from kgan.models.core.base import GAN


def freeze_layers(gan: GAN, freeze: int | str | dict[str, int]) -> None:
    """Freezes layers of a player's networks; call it before `compile`.

    Args:
        gan: the model.
        freeze: how many layers with weights of the critic, from the pictures on, as in FreezeD
            (Mo et al. 2020, arXiv:2002.10964); or of each player that is named, such as
            `{"generator": 8}`; or the name of a network inside one, such as `"encoder"`.

    Raises:
        InputError: for an unknown player or network, or as many layers as a network has.
    """
    if not freeze:
        return
    players = {player.name: player for player in gan.players()}
    if isinstance(freeze, str):
        inside = {
            layer.name: layer
            for player in players.values()
            for network in player.networks
            for layer in _list_networks(network)
        }
        if freeze not in inside:
            known = f"one of {', '.join(inside)}, or " if inside else ""
            raise InputError(
                f"Expected to freeze {known}a number of the critic's layers. Received: {freeze!r}."
            )
        inside[freeze].trainable = False
        return
    counts = freeze if isinstance(freeze, dict) else {"discriminator": freeze}
    for name, count in counts.items():
        check_whole(0, freeze=count)
        if name not in players:
            raise UnknownNameError("player to freeze", name, players)
        for network in players[name].networks:
            layers = list_layers(network)
            if count >= len(layers):
                raise InputError(
                    f"Expected to freeze fewer than the {len(layers)} layers with weights of "
                    f"{network.name}. Received: freeze={count}. Leave some to learn."
                )
            for layer in layers[:count]:
                layer.trainable = False


def _list_networks(network):
    """Yields the networks inside a network, at any depth."""
    for layer in network.layers if isinstance(network, keras.Model) else ():
        if isinstance(layer, keras.Model):
            yield layer
            yield from _list_networks(layer)
