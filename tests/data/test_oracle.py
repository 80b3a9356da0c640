"""The oracle's probabilities against an LSTM written out, and its samples against these."""

import math

import numpy as np
import pytest

from kgan.data import open_source
from kgan.data._oracle import Oracle, _choose
from kgan.errors import InputError


def sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x))


def log_probabilities(oracle, tokens):
    """Returns log p of each token, one number at a time."""
    hidden, memory = [0.0] * oracle.hidden, [0.0] * oracle.hidden
    found, read = [], 0
    for token in tokens:
        entered = [*oracle.embeddings[read], *hidden, 1.0]
        units = [
            sum(float(a) * float(b) for a, b in zip(entered, column, strict=True))
            for column in oracle.gates.T
        ]
        for k in range(oracle.hidden):
            i, f, c, o = (units[gate * oracle.hidden + k] for gate in range(4))
            memory[k] = sigmoid(f) * memory[k] + sigmoid(i) * math.tanh(c)
            hidden[k] = sigmoid(o) * math.tanh(memory[k])
        logits = [
            sum(float(a) * float(b) for a, b in zip([*hidden, 1.0], column, strict=True))
            for column in oracle.readout.T
        ]
        found.append(logits[token] - math.log(sum(map(math.exp, logits))))
        read = token
    return found


def test_probabilities_are_those_of_an_lstm_written_out():
    oracle = Oracle(vocabulary=9, embedding=3, hidden=4, seed=5)
    tokens = np.array([[1, 8, 0, 0, 3], [0, 2, 2, 7, 5]])
    expected = [log_probabilities(oracle, row) for row in tokens]
    np.testing.assert_allclose(oracle.log_probabilities(tokens), expected, rtol=1e-5)
    mean = -np.mean(expected)
    assert oracle.negative_log_likelihood(tokens) == pytest.approx(mean, rel=1e-5)


def test_samples_are_as_frequent_as_their_probability_says():
    oracle = Oracle(vocabulary=4, embedding=3, hidden=4, seed=2)
    tokens = oracle.sample(20_000, length=2, seed=3)
    every = np.stack(np.meshgrid(range(4), range(4), indexing="ij"), axis=-1).reshape(-1, 2)
    expected = np.exp(oracle.log_probabilities(every).sum(axis=1))
    np.testing.assert_allclose(expected.sum(), 1.0, rtol=1e-5)
    counts = np.array([(tokens == pair).all(axis=1).mean() for pair in every])
    np.testing.assert_allclose(counts, expected, atol=4 * np.sqrt(0.25 / len(tokens)))


@pytest.mark.parametrize("width", [2, 3, 10, 17])
def test_a_token_is_where_the_cumulative_distribution_passes(random, width):
    odds = random.random((500, width)).astype(np.float32)
    odds[:, 0] = 0.0  # never
    uniforms = random.random(500).astype(np.float32)
    cumulative = np.cumsum(odds, axis=1) / odds.sum(axis=1, keepdims=True)
    expected = (cumulative <= uniforms[:, None]).sum(axis=1)
    got = _choose(odds, uniforms)
    assert (got == expected).mean() > 0.99 and got.min() > 0  # rounding at an edge
    assert _choose(np.ones((2, width), np.float32), np.float32([0.0, 1.0 - 2**-24])).tolist() == [
        0,
        width - 1,
    ]


def test_the_default_is_the_papers_and_each_seed_is_another():
    oracle = Oracle()
    assert oracle.embeddings.shape == (5000, 32) and oracle.readout.shape == (33, 5000)
    for weights in (oracle.embeddings, oracle.gates, oracle.readout):
        assert abs(weights.mean()) < 0.05 and abs(weights.std() - 1.0) < 0.05
    tokens = oracle.sample(100)
    assert tokens.shape == (100, 20) and tokens.dtype == np.int32
    np.testing.assert_array_equal(tokens, Oracle().sample(100))
    assert (tokens != oracle.sample(100, seed=1)).any(axis=1).all()
    assert (Oracle(seed=1).embeddings != oracle.embeddings).all()
    # Its entropy is the same by two sets of samples, and far below that of chance, log 5000.
    entropy = oracle.entropy(100)
    assert entropy == pytest.approx(oracle.negative_log_likelihood(tokens), abs=0.2)
    assert 5.0 < entropy < 7.0
    chance = np.random.default_rng(0).integers(0, 5000, (100, 20))
    assert oracle.negative_log_likelihood(chance) > entropy + 3.0


def test_the_source_holds_the_oracles_sequences():
    source = open_source("oracle", {"vocabulary": 50, "length": 6, "count": 40, "oracle_seed": 3})
    assert (source.count, source.vocabulary) == (40, 50)
    tokens = source.arrays()["tokens"]
    np.testing.assert_array_equal(tokens, Oracle(50, seed=3).sample(40, 6))


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"vocabulary": 1}, "Expected a whole vocabulary >= 2. Received: vocabulary=1"),
        ({"length": 0}, "Expected a whole length >= 1. Received: length=0"),
        ({"count": 0}, "Expected a whole count >= 1"),
        ({"oracle_seed": -1}, "Expected a whole seed >= 0"),
    ],
)
def test_sizes_that_cannot_be_are_refused(wrong, message):
    with pytest.raises(InputError, match=message):
        open_source("oracle", {"vocabulary": 20, "count": 4, **wrong})


@pytest.mark.parametrize("tokens", [[[0, 20]], [[-1, 0]], [[0.5, 1.0]], [0, 1]])
def test_tokens_out_of_range_are_refused(tokens):
    with pytest.raises(InputError, match=r"Expected whole tokens \[N, T\] in \[0, 20\)"):
        Oracle(20).log_probabilities(tokens)
