"""One exported DCGAN for all tests of a file, and copies of it to damage."""

import pathlib
import shutil

import pytest

from kgan.export import publish
from kgan.models import DCGAN


def vivid(gan):
    """Makes the pictures of an untrained model, grey all over, reach from black to white."""
    for weight in gan.sampling_generator.variables:
        if weight.name == "kernel":
            weight.assign(weight * 20.0)
    return gan


@pytest.fixture(scope="module")
def gan():
    """A DCGAN whose averaged generator is another than its generator, and far from grey."""
    return vivid(DCGAN(image_shape=(16, 16, 1), latent_size=8, width=4, ema_half_life=16))


@pytest.fixture(scope="module")
def artefact(gan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved") / "digits"
    assert publish(gan, folder).path == folder / "1"
    return folder


@pytest.fixture
def copied(artefact, tmp_path):
    """A copy that a test may damage."""
    return pathlib.Path(shutil.copytree(artefact, tmp_path / "digits"))
