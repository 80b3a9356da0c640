"""Sequences of a random LSTM, which gives the exact likelihood of any other sequence too."""

import numpy as np

from kgan.data._source import MADE_BY_KGAN, Source
from kgan.errors import InputError, check_whole
from kgan.registry import SOURCES
from kgan.types import Array

register = SOURCES.register

_CHUNK = 256  # sequences at once: their probabilities of a step stay near the processor
_START = 0  # the token that is read before the first


class Oracle:
    """An LSTM language model all of whose weights are drawn from N(0, 1).

    p(token t | those before) = softmax(W h_t + b), where h_t has read the start token 0 and the
    tokens before t.

    Args:
        vocabulary: how many tokens there are, ≥ 2.
        embedding: length of a token's vector, ≥ 1.
        hidden: length of the LSTM's state, ≥ 1.
        seed: of the weights, ≥ 0.

    Raises:
        InputError: for a size or seed out of range.

    Example:
        >>> oracle = Oracle()
        >>> tokens = oracle.sample(1000, length=20, seed=1)     # [1000, 20] int32
        >>> round(oracle.negative_log_likelihood(tokens), 1)    # its entropy, in nats a token
        5.9

    Reference: Section 5.1, Yu et al. 2017, arXiv:1609.05473.
    """

    def __init__(
        self, vocabulary: int = 5000, embedding: int = 32, hidden: int = 32, seed: int = 0
    ) -> None:
        check_whole(2, vocabulary=vocabulary)
        check_whole(1, embedding=embedding, hidden=hidden)
        check_whole(0, seed=seed)
        self.vocabulary = vocabulary
        self.hidden = hidden
        random = np.random.default_rng([seed, 0])

        def normal(*shape):
            return random.standard_normal(shape).astype(np.float32)

        self.embeddings = normal(vocabulary, embedding)
        # Columns of four gates: input, forget, candidate, output; the last row is the bias.
        self.gates = normal(embedding + hidden + 1, 4 * hidden)
        self.readout = normal(hidden + 1, vocabulary)  # the last row is the bias
        self._seed = seed

    def sample(self, count: int, length: int = 20, seed: int = 0) -> Array:
        """Returns tokens [count, length] int32, a pure function of the arguments.

        Args:
            count: sequences, ≥ 1.
            length: tokens of each, ≥ 1.
            seed: of the draws, ≥ 0; the weights have their own.
        """
        check_whole(1, count=count, length=length)
        check_whole(0, seed=seed)
        random = np.random.default_rng([self._seed, 1, seed])
        uniforms = random.random((count, length), np.float32)
        starts = range(0, count, _CHUNK)
        return np.concatenate([self._sample(uniforms[i : i + _CHUNK]) for i in starts])

    def log_probabilities(self, tokens: Array) -> Array:
        """Returns log p of each token given those before it, float32 [N, T], in nats.

        Args:
            tokens: [N, T] whole numbers in [0, vocabulary).

        Raises:
            InputError: for tokens out of range.
        """
        tokens = np.asarray(tokens)
        whole = tokens.ndim == 2 and np.issubdtype(tokens.dtype, np.integer)
        if not whole or tokens.size == 0 or tokens.min() < 0 or tokens.max() >= self.vocabulary:
            raise InputError(
                f"Expected whole tokens [N, T] in [0, {self.vocabulary}). Received: "
                f"{tokens.dtype.name} {tokens.shape}. Score samples of a run on this oracle."
            )
        starts = range(0, len(tokens), _CHUNK)
        return np.concatenate([self._score(tokens[i : i + _CHUNK]) for i in starts])

    def negative_log_likelihood(self, tokens: Array) -> float:
        """Returns the mean of −log p a token, in nats: lower is likelier."""
        return -float(self.log_probabilities(tokens).mean(dtype=np.float64))

    def entropy(self, count: int = 10_000, length: int = 20, seed: int = 1) -> float:
        """Returns the entropy in nats a token: the mean −log p of its own samples."""
        return self.negative_log_likelihood(self.sample(count, length, seed))

    def _score(self, tokens):
        rows = np.arange(len(tokens))
        scores = np.empty(tokens.shape, np.float32)
        read, state = np.full(len(tokens), _START), self._initial_state(len(tokens))
        for step, column in enumerate(tokens.T):
            state, logits = self._read(read, state)
            scores[:, step] = logits[rows, column] - np.log(np.exp(logits).sum(axis=1))
            read = column
        return scores

    def _sample(self, uniforms):
        tokens = np.empty(uniforms.shape, np.int32)
        read, state = np.full(len(uniforms), _START), self._initial_state(len(uniforms))
        for step, column in enumerate(uniforms.T):
            state, logits = self._read(read, state)
            read = tokens[:, step] = _choose(np.exp(logits, out=logits), column)
        return tokens

    def _initial_state(self, count):
        return (np.zeros((count, self.hidden), np.float32),) * 2

    def _read(self, tokens, state):
        """Reads a token [N] each; returns the state and logits [N, V], the largest of a row 0."""
        hidden, memory = state
        one = np.ones((len(tokens), 1), np.float32)
        read = np.concatenate([self.embeddings[tokens], hidden, one], axis=1)
        enter, forget, candidate, output = np.split(read @ self.gates, 4, axis=1)
        memory = _sigmoid(forget) * memory + _sigmoid(enter) * np.tanh(candidate)
        hidden = _sigmoid(output) * np.tanh(memory)
        logits = np.concatenate([hidden, one], axis=1) @ self.readout
        logits -= logits.max(axis=1, keepdims=True)
        return (hidden, memory), logits


@register("oracle")
def oracle(
    vocabulary: int = 5000, length: int = 20, count: int = 10_000, oracle_seed: int = 0
) -> Source:
    """Sequences of a random LSTM, which can tell how likely a generated one is (SeqGAN's).

    Args:
        vocabulary: tokens there are, ≥ 2.
        length: tokens of a sequence, ≥ 1.
        count: sequences, ≥ 1.
        oracle_seed: of the LSTM's weights and of the sequences, ≥ 0.

    Returns:
        A `Source` of `tokens` [length] int32; its `vocabulary` is a number, as tokens have no
        names.

    Raises:
        InputError: an argument out of range.
    """
    tokens = Oracle(vocabulary, seed=oracle_seed).sample(count, length)
    return Source.from_arrays(
        "oracle", {"tokens": tokens}, vocabulary=vocabulary, licence=MADE_BY_KGAN
    )


def _choose(odds, uniforms):
    """Returns indices [N] drawn with probabilities in proportion to odds [N, V].

    By inverse cumulative distribution in two steps, first a block and then a place in it: the
    sums of blocks of √V are much cheaper than V running sums.
    """
    count, width = odds.shape
    block = int(np.ceil(np.sqrt(width)))
    starts = np.arange(0, width, block)
    sums = np.cumsum(np.add.reduceat(odds, starts, axis=1), axis=1)  # [N, blocks]
    wanted = uniforms * sums[:, -1]
    chosen = np.minimum((sums <= wanted[:, None]).sum(axis=1), len(starts) - 1)
    rows = np.arange(count)
    before = np.where(chosen > 0, sums[rows, chosen - 1], np.float32(0.0))
    places = np.minimum(starts[chosen][:, None] + np.arange(block), width - 1)  # [N, block]
    inner = np.cumsum(np.take_along_axis(odds, places, axis=1), axis=1)
    within = np.minimum((inner <= (wanted - before)[:, None]).sum(axis=1), block - 1)
    return places[rows, within].astype(np.int32)


def _sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))
