"""Projected GAN: what is frozen stays, slopes go through it, and whom it names as its network."""

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.models import ProjectedGAN
from tests.games import compiled, fit


def test_the_frozen_network_stays_and_the_critics_learn():
    gan = compiled(ProjectedGAN.example(regularizers={"r1": {"weight": 1.0}}))
    gan.run_eagerly = True
    projection = gan.discriminator.get_layer("projection")
    before, started = projection.get_weights(), gan.discriminator.get_weights()
    losses = fit(gan, batches=1)
    assert np.isfinite(losses["discriminator_r1"]).all()  # slopes of slopes go through it
    for old, new in zip(before, projection.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    moved = [
        np.abs(a - b).max() > 0
        for a, b in zip(started, gan.discriminator.get_weights(), strict=True)
    ]
    assert any(moved)


def test_checkpoints_hold_the_mixtures():
    gan = ProjectedGAN.example()
    kept = {id(variable) for variable in gan.state()["discriminator"]}
    projection = gan.discriminator.get_layer("projection")
    assert {id(variable) for variable in projection.weights} <= kept


def test_it_names_the_network_that_it_looks_through():
    assert ProjectedGAN.example().critic_extractor == "random"


def test_features_smaller_than_the_coarsest_are_refused():
    with pytest.raises(InputError, match="Expected a whole feature_size >= 32"):
        ProjectedGAN.example(feature_size=16)
