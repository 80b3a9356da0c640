"""Checks of a person's own networks, on 64 examples, when a model is made."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from kgan.errors import InputError
from kgan.models.core.sampling import read_inputs
from kgan.types import Array

EXAMPLES = 64
_LOUD = 100.0  # times the size of images: no raw score of these stays in (0, 1) by chance


def check_networks(
    gan: keras.Model, generator: keras.Model | None, critic: keras.Model | None
) -> None:
    """Refuses networks that cannot play the game of a model, and builds those that are not built.

    Args:
        gan: the `GAN`, whose conditions are bound.
        generator: a person's own, or None.
        critic: a person's own, or None.

    Raises:
        InputError: for a network that is not trainable, takes other inputs, makes images of another
            shape or in [0, 1], or gives probabilities.
    """
    for role, network in (("generator", generator), ("discriminator", critic)):
        if network is not None and not isinstance(network, keras.Model):
            raise InputError(f"Expected a keras.Model as {role}. Received: {network!r}.")
    random = np.random.default_rng(0)
    if generator is not None:
        images = _run(gan, "generator", generator, _make_inputs(gan, random))
        _check_images(gan, images)
    if critic is not None:
        judged = [_run(gan, "discriminator", critic, _show(gan, random, k)) for k in (1, _LOUD)]
        named = [name_outputs(one, gan.critic_outputs) for one in judged]
        scores = [np.ravel(outputs[gan.critic_outputs[0]]) for outputs in named]
        _check_scores(np.concatenate(scores))


def name_outputs(outputs: Any, names: Sequence[str]) -> dict[str, Any]:
    """Returns a critic's outputs by name.

    Args:
        outputs: of the critic, one tensor or a dict of several.
        names: that must be among them.

    Raises:
        InputError: for outputs that lack one of them.
    """
    if not isinstance(outputs, dict | list | tuple):
        outputs = {"scores": outputs}
    if not isinstance(outputs, dict) or not set(names) <= set(outputs):
        several = isinstance(outputs, dict)
        received = ", ".join(outputs) if several else f"{len(outputs)} in a list"
        raise InputError(
            f"Expected a discriminator with {', '.join(names)} in a dict of outputs. Received: "
            f"{received}. Name its outputs so."
        )
    return outputs


def _make_inputs(gan, random):
    """Returns `{name: [64, ...]}` of all that a generator may be given."""
    latents = random.standard_normal((EXAMPLES, gan.latent_size)).astype(np.float32)
    inputs = {"latents": latents}
    for condition in gan.conditions:
        inputs |= condition.make_examples(EXAMPLES, random)
    return inputs


def _show(gan, random, size):
    """Returns `{name: [64, ...]}` of all that a critic may be given, images of noise."""
    shape = (EXAMPLES, *gan.critic_shape)
    images = size * random.uniform(-1.0, 1.0, shape).astype(np.float32)
    return {**_make_inputs(gan, random), "images": images}


def _run(gan, role, network, inputs):
    """Returns what a network makes of the inputs that it names, or of its sole one."""
    sole = "images" if role == "discriminator" else "latents"
    names = read_inputs(network)
    if names is None and sole == "latents" and gan.image_conditions:
        sole = next(iter(gan.image_conditions))
    try:
        chosen = inputs[sole] if names is None else {name: inputs[name] for name in names}
        outputs = network(chosen, training=False)
    except KeyError as error:
        raise InputError(
            f"Expected a {role} with inputs out of {', '.join(sorted(inputs))}. Received: "
            f"{network.name} with {', '.join(names)}. Rename {error.args[0]}."
        ) from None
    except (ValueError, TypeError) as error:
        shapes = {name: (None, *value.shape[1:]) for name, value in inputs.items()}
        wanted = f"{sole} {shapes[sole]}" if names is None else shapes
        reason = str(error).strip().splitlines()[0]
        raise InputError(
            f"Expected a {role} of {wanted}. Received: {network.name}, which fails ({reason}). "
            "Build it for latent_size and image_shape of the model."
        ) from None
    if network.weights and not network.trainable_variables:
        raise InputError(
            f"Expected a {role} that can be trained. Received: {network.name} without trainable "
            "weights. Set trainable = True."
        )
    return outputs


def _check_images(gan, images: Array) -> None:
    if isinstance(images, dict) or len(gan.image_shape) != 3:
        return
    images = keras.ops.convert_to_numpy(images).astype(np.float32)
    if images.shape[1:] != gan.image_shape:
        raise InputError(
            f"Expected a generator of images {gan.image_shape}. Received: images of shape "
            f"{images.shape[1:]}. Build it for them, or give image_shape={images.shape[1:]}."
        )
    if images.min() >= 0.0 and 0.0 < images.max() <= 1.0:
        raise InputError(
            f"Expected a generator of images in [-1, 1]. Received: {EXAMPLES} images from "
            f"{images.min():.3g} to {images.max():.3g}. End it with tanh instead of sigmoid."
        )


def _check_scores(scores: Array) -> None:
    if scores.size and scores.min() >= 0.0 and scores.max() <= 1.0 and np.ptp(scores):
        raise InputError(
            f"Expected a discriminator of raw scores. Received: {scores.size} scores from "
            f"{scores.min():.3g} to {scores.max():.3g}, which look like probabilities. Leave out "
            "its sigmoid."
        )
