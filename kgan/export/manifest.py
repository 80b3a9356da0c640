"""The manifest of an artefact: what it takes and makes, and what it was made with."""

import datetime

import keras
import tensorflow as tf

from kgan import __version__
from kgan.registry import MODELS

_SCORE = ("name", "value", "sd", "better", "ideal")
SEED_RULE = "Threefry-2x32-20, key = seed, counter = (pair, 0); Box-Muller on 24 bits"


def manifest(gan, functions, version, hashes, origin):
    """Returns the manifest, which JSON can hold.

    Args:
        gan: the `GAN`.
        functions: `{signature's name: concrete function}`.
        version: the artefact's.
        hashes: `{file: SHA-256}` of the version's folder.
        origin: the `Origin`.
    """
    return {
        "format": 1,
        "version": version,
        "variant": MODELS.get_name(type(gan)),
        "signatures": {
            name: _described(signature, functions[name])
            for name, signature in gan.signatures().items()
        },
        "seed_rule": SEED_RULE,
        "image_shape": list(gan.image_shape),
        "latent_size": gan.latent_size,
        **gan.metadata(origin.batch),
        "rounds_trained": gan.rounds,
        "data": origin.data and {**origin.data, "licence": origin.licence},
        "scores": {
            str(path): [{key: score.get(key) for key in _SCORE} for score in card["scores"]]
            for path, card in origin.cards.items()
        },
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "made_with": {
            "kgan": __version__,
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
        },
        "sha256": hashes,
    }


def _described(signature, function):
    """Returns the texts of a signature's inputs and outputs, and the inputs for machines."""
    return {
        "inputs": {
            name: _text(spec, signature.takes[name].text) for name, spec in signature.inputs.items()
        },
        "outputs": {
            name: _text(function.structured_outputs[name], text)
            for name, text in signature.gives.items()
        },
        "kinds": {
            name: {
                "dtype": taken.dtype.name,
                "shape": [None, *taken.shape],  # None for any number of examples
                "kind": taken.kind,
            }
            for name, taken in signature.takes.items()
        },
    }


def _text(spec, text):
    shape = ", ".join(["N", *map(str, spec.shape[1:])])
    return f"{spec.dtype.name} [{shape}]{text and ', '}{text}"
