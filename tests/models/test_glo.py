"""GLO: a latent for each image, kept in a ball; its losses; the Gaussian of its samples."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.data import arrays
from kgan.errors import InputError
from kgan.models import GLO
from tests.games import batch_for, fit


def test_only_the_latents_of_the_batch_move_and_stay_in_the_ball():
    gan = GLO.example()
    gan.compile({"generator": keras.optimizers.SGD(50.0)})
    before = gan.table.embeddings.numpy()
    batch = {key: rows[:3] for key, rows in batch_for(gan, 4).items()}
    gan.train_on_batch({**batch, "index": np.int32([7, 0, 7])})
    after = gan.table.embeddings.numpy()
    moved = np.abs(after - before).max(axis=1) > 1e-6
    assert np.flatnonzero(moved).tolist() == [0, 7]
    assert np.linalg.norm(after, axis=1).max() <= 1.0 + 1e-6


def test_the_loss_is_of_a_pyramid_and_of_squares():
    gan = GLO.example(l2_weight=3.0)
    batch = gan.name_batch(batch_for(gan, 2))
    losses = gan.generator_loss(batch, batch["image"] + 0.5, gan.random_stream())
    np.testing.assert_allclose(losses["pyramid"], 0.5, rtol=1e-5)  # a constant is in the last level
    np.testing.assert_allclose(losses["squares"], 3.0 * 0.25, rtol=1e-5)


def test_samples_are_of_the_gaussian_that_is_fitted_to_the_table():
    gan = GLO.example(examples=200, latent_size=4)
    gan.compile()
    fit(gan)
    table = gan.table.embeddings.numpy().astype(np.float64)
    np.testing.assert_allclose(gan.mean, table.mean(axis=0), atol=1e-6)
    root = gan.spread.numpy()
    np.testing.assert_allclose(root @ root.T, np.cov(table.T, bias=True), atol=2e-6)
    normals = gan.latents_of(range(3))
    made = gan.generator(gan.mean + normals @ root.T)
    np.testing.assert_allclose(gan.sample(range(3)), made, atol=1e-6)


def test_its_table_is_saved_and_numbers_beyond_it_are_refused():
    gan = GLO.example()
    roles = {role: [v.shape for v in values] for role, values in gan.state().items()}
    assert roles["table"] == [(40, 8)] and roles["spread"] == [(8, 8)]
    batch = gan.name_batch(batch_for(gan, 4))
    with pytest.raises(InputError, match=r"numbers of examples from 0 to 39\. Received: 40"):
        gan.generate({**batch, "index": tf.constant([0, 1, 2, 40])}, gan.random_stream())


def test_it_takes_numbered_examples_of_a_source():
    source = arrays(np.zeros((12, 16, 16, 1), np.uint8)).number()
    gan = GLO.example(**{"examples": GLO.arguments_from(source)["examples"]})
    gan.compile()
    gan.fit(source.dataset(4), epochs=1, verbose=0)
    assert gan.table.embeddings.shape == (12, 8)
