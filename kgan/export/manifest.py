"""The manifest of an artefact: its inputs and outputs, and what it was made with."""

import datetime
from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from kgan import __version__
from kgan.export.provenance import Provenance
from kgan.models.core.base import GAN
from kgan.registry import MODELS

_SCORE = ("name", "value", "sd", "better", "ideal")
SEED_RULE = "Threefry-2x32-20, key = seed, counter = (pair, 0); Box-Muller on 24 bits"


def build_manifest(
    gan: GAN,
    functions: Mapping[str, Any],
    version: int,
    hashes: Mapping[str, str],
    provenance: Provenance,
) -> dict[str, Any]:
    """Returns the manifest, which JSON can hold.

    Args:
        gan: the generator's.
        functions: `{signature's name: concrete function}`.
        version: the artefact's.
        hashes: `{file: SHA-256}` of the version's folder.
        provenance: of the generator.
    """
    return {
        "format": 1,
        "version": version,
        "variant": MODELS.get_name(type(gan)),
        "signatures": {
            name: _describe(signature, functions[name])
            for name, signature in gan.signatures().items()
        },
        "seed_rule": SEED_RULE,
        "image_shape": list(gan.image_shape),
        "latent_size": gan.latent_size,
        **gan.metadata(provenance.batch),
        "rounds_trained": gan.rounds,
        "data": provenance.data and {**provenance.data, "licence": provenance.licence},
        "scores": {
            str(path): [{key: score.get(key) for key in _SCORE} for score in card["scores"]]
            for path, card in provenance.cards.items()
        },
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "made_with": {
            "kgan": __version__,
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
        },
        "sha256": hashes,
    }


def _describe(signature, function):
    """Returns a signature's inputs and outputs for people, and its inputs for machines."""
    return {
        "inputs": {
            name: _to_text(spec, signature.takes[name].text)
            for name, spec in signature.inputs.items()
        },
        "outputs": {
            name: _to_text(function.structured_outputs[name], text)
            for name, text in signature.gives.items()
        },
        "kinds": {
            name: {
                "dtype": taken.dtype.name,
                "shape": [None, *taken.shape],  # None for any size, and any number of examples
                "kind": taken.kind,
                "key": taken.key or name,  # of the condition that it is of
            }
            for name, taken in signature.takes.items()
        },
    }


def _to_text(spec, text):
    letters = iter("HW")  # of sizes that may be any
    sizes = (next(letters) if size is None else str(size) for size in spec.shape[1:])
    shape = ", ".join(["N", *sizes])
    return f"{spec.dtype.name} [{shape}]{text and ', '}{text}"
