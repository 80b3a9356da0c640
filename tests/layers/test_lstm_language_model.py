"""One set of weights, two uses: what is written is as likely as it is said to be."""

import math

import keras
import numpy as np
import pytest

from kgan.layers import LSTMLanguageModel
from kgan.layers.lstm_language_model import _to_uniforms


@pytest.fixture
def model():
    model = LSTMLanguageModel(vocabulary=5, embedding=3, hidden=4)
    model.build(None)
    random = np.random.default_rng(3)
    for variable in model.trainable_variables:  # far from uniform
        variable.assign(random.normal(size=variable.shape))
    return model


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def probabilities(model, before):
    """Returns p [V] of the next token after those before it."""
    hidden, memory = np.zeros(4), np.zeros(4)
    for token in [0, *before]:
        read = [*model.embeddings.numpy()[token], *hidden]
        units = read @ model.gates.numpy() + model.gate_bias.numpy()
        i, f, c, o = np.split(units, 4)
        memory = sigmoid(f) * memory + sigmoid(i) * np.tanh(c)
        hidden = sigmoid(o) * np.tanh(memory)
    odds = np.exp(model.kernel.numpy() @ hidden + model.bias.numpy())
    return odds / odds.sum()


def normals(uniforms):
    """Returns the latents whose place in N(0, 1) is `uniforms`, by bisection."""
    low, high = np.full(np.shape(uniforms), -9.0), np.full(np.shape(uniforms), 9.0)
    for _ in range(60):
        middle = (low + high) / 2
        below = 0.5 * (1 + np.vectorize(math.erf)(middle / math.sqrt(2))) < uniforms
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return low.astype(np.float32)


def test_log_probabilities_are_those_of_an_lstm_written_out(model, random):
    tokens = random.integers(0, 5, (3, 6))
    expected = [[np.log(probabilities(model, row[:t])[row[t]]) for t in range(6)] for row in tokens]
    np.testing.assert_allclose(model.log_probabilities(tokens), expected, rtol=1e-4, atol=1e-5)


def test_each_token_is_where_the_cumulative_distribution_passes(model, random):
    """Teacher-forced and written probabilities are the same, step by step."""
    uniforms = random.random((40, 6))
    tokens = np.array(model(normals(uniforms)))
    assert tokens.dtype == np.int32 and len(np.unique(tokens)) == 5
    for row, drawn in zip(tokens, uniforms, strict=True):
        for step in range(6):
            cumulative = np.cumsum(probabilities(model, row[:step]))
            assert row[step] == (cumulative <= drawn[step]).sum()


@pytest.mark.parametrize("vocabulary", [2, 16, 5000])
def test_texts_are_as_frequent_as_their_softmax(vocabulary, random):
    model = LSTMLanguageModel(vocabulary, 4, 4)
    model.build(None)
    model.bias.assign(random.normal(size=vocabulary, scale=2.0))
    latents = random.normal(size=(20_000, 1)).astype("float32")
    parts = np.split(latents, 50)  # TensorFlow keeps for good what it once took at a time
    tokens = np.concatenate([np.array(model(part)) for part in parts])[:, 0]
    expected = np.exp(model.log_probabilities(np.arange(vocabulary)[:, None]))[:, 0]
    np.testing.assert_allclose(expected.sum(), 1.0, rtol=1e-4)
    likely = np.argsort(expected)[-5:]
    counts = np.bincount(tokens, minlength=vocabulary) / len(tokens)
    np.testing.assert_allclose(counts[likely], expected[likely], atol=0.015)
    assert tokens.max() < vocabulary


def test_extreme_latents_stay_in_the_vocabulary(model):
    tokens = np.array(model(np.full((2, 6), [[-40.0], [40.0]], "float32")))
    assert tokens[0].tolist() == [0] * 6 and tokens[1].tolist() == [4] * 6


def test_rollouts_keep_what_is_given_and_write_on_as_the_model_would(model, random):
    tokens = random.integers(0, 5, (30, 5)).astype("int32")
    uniforms = random.random((30, 5, 5))
    rolled = np.array(model.roll_out(tokens, normals(uniforms)))
    assert rolled.shape == (30, 5, 5) and rolled.dtype == np.int32
    for row in range(30):
        for start in range(5):
            text = rolled[row, start]
            np.testing.assert_array_equal(text[:start], tokens[row, :start])
            for step in range(start, 5):
                cumulative = np.cumsum(probabilities(model, text[:step]))
                assert text[step] == (cumulative <= uniforms[row, start, step]).sum()


def test_it_is_made_again_from_its_config(model):
    latents = keras.Input((6,))
    network = keras.Model(latents, model(latents))
    again = keras.models.clone_model(network)
    again.set_weights(network.get_weights())
    given = np.random.default_rng(0).normal(size=(8, 6)).astype("float32")
    np.testing.assert_array_equal(again(given), network(given))


def test_the_normal_distribution_of_products_and_sums_is_the_normal_distribution():
    given = np.linspace(-6.0, 6.0, 20_001, dtype=np.float32)
    expected = 0.5 * (1 + np.vectorize(math.erf)(given.astype(float) / math.sqrt(2)))
    places = np.array(_to_uniforms(given))
    np.testing.assert_allclose(places, expected, rtol=0, atol=2.5e-7)
    assert places.max() == 1.0 - 2.0**-24  # a place of 1 would be behind the last token
