"""An LSTM language model that generates token sequences from latents."""

import math

import keras
from keras import ops

from kgan.types import Shape, Tensor

_START = 0  # the token that is read before the first
_NEVER = -1e9  # logit of a token that is never chosen


@keras.saving.register_keras_serializable("kgan")
class LSTMLanguageModel(keras.layers.Layer):
    """The language model p(token t | earlier tokens) = softmax(W h_t + b), h_t an LSTM's state.

    Called on latents [N, T] from N(0, I) it generates tokens [N, T] int32: token t is the first at
    which the cumulative distribution exceeds Φ(latent t), so that a latent always gives the same
    text. Always in float32, also under mixed precision: in float16 neighbours in that distribution
    would coincide.

    Args:
        vocabulary: number of tokens, ≥ 2; token 0 is also read before the first.
        embedding: length of a token's vector.
        hidden: length of the LSTM's state.

    Example:
        >>> model = LSTMLanguageModel(vocabulary=5000)
        >>> tokens = model(keras.random.normal((64, 20)))       # [64, 20] int32
        >>> model.log_probabilities(tokens).shape
        TensorShape([64, 20])
    """

    def __init__(self, vocabulary: int, embedding: int = 32, hidden: int = 32, **options) -> None:
        super().__init__(**{**options, "dtype": "float32"})
        self.vocabulary = vocabulary
        self.embedding = embedding
        self.hidden = hidden
        # Of about √V tokens: see `_choose`.
        self._block = math.ceil(math.sqrt(vocabulary))
        self._blocks = math.ceil(vocabulary / self._block)

    def build(self, input_shape: Shape) -> None:
        del input_shape
        small = keras.initializers.RandomNormal(stddev=0.1)

        def table(width, initializer, name):
            return self.add_weight((self.vocabulary, width), initializer, name=name)

        self.embeddings = table(self.embedding, small, "embeddings")
        # Columns of four gates: input, forget, candidate, output.
        shape = self.embedding + self.hidden, 4 * self.hidden
        self.gates = self.add_weight(shape, "glorot_uniform", name="gates")
        self.gate_bias = self.add_weight((4 * self.hidden,), "zeros", name="gate_bias")
        self.kernel = table(self.hidden, small, "kernel")
        self.bias = self.add_weight((self.vocabulary,), "zeros", name="bias")

    def call(self, latents: Tensor) -> Tensor:
        uniforms = _to_uniforms(ops.cast(latents, "float32"))
        tokens, state = self._start(ops.shape(uniforms)[0])
        readout = self._readout()
        sequence = []
        for step in range(uniforms.shape[1]):
            state = self._read(tokens, state)
            tokens = self._choose(state[0], uniforms[:, step], readout)
            sequence.append(tokens)
        return ops.stack(sequence, axis=1)

    def log_probabilities(self, tokens: Tensor) -> Tensor:
        """Returns log p of each token given the earlier ones, float32 [N, T], in nats.

        Args:
            tokens: [N, T] int32 in [0, vocabulary).
        """
        tokens = ops.cast(tokens, "int32")
        read, state = self._start(ops.shape(tokens)[0])
        states = []
        for step in range(tokens.shape[1]):
            state = self._read(read, state)
            states.append(state[0])
            read = tokens[:, step]
        hidden = ops.reshape(ops.stack(states, axis=1), (-1, self.hidden))  # [N·T, hidden]
        # Keras' cross-entropy makes more passes over the logits: half of a step on a CPU.
        normalizers = ops.logsumexp(self._logits(hidden, self._readout()), axis=1)
        flat = ops.reshape(tokens, (-1,))
        own = ops.take(self.kernel, flat, axis=0), ops.take(self.bias, flat, axis=0)
        logits = ops.sum(own[0] * hidden, axis=1) + own[1]
        return ops.reshape(logits - normalizers, ops.shape(tokens))

    def roll_out(self, tokens: Tensor, latents: Tensor) -> Tensor:
        """Returns tokens [N, T, T] int32: row t keeps the first t tokens and generates the others.

        All rows are generated together, in T steps instead of T (T + 1) / 2.

        Args:
            tokens: [N, T] int32 in [0, vocabulary).
            latents: [N, T, T] from N(0, I); row t uses those from index t on.

        Reference: Eq. 3, Yu et al. 2017, arXiv:1609.05473.
        """
        tokens = ops.cast(tokens, "int32")
        count, length = ops.shape(tokens)[0], tokens.shape[1]
        uniforms = _to_uniforms(ops.transpose(ops.cast(latents, "float32"), (1, 2, 0)))
        read, state = self._start(count)
        readout = self._readout()
        columns = []  # [T, N] of each step
        for step in range(length):
            # Rows 0 … step, the last of which has read given tokens only.
            state = self._read(read, state)
            chosen = self._choose(state[0], ops.reshape(uniforms[: step + 1, step], (-1,)), readout)
            given = ops.tile(tokens[:, step], (length - step - 1,))
            columns.append(ops.reshape(ops.concatenate([chosen, given]), (length, count)))
            read = ops.reshape(columns[-1][: step + 2], (-1,))
            state = [ops.concatenate([part, part[-count:]]) for part in state]
        return ops.transpose(ops.stack(columns, axis=-1), (1, 0, 2))

    def _start(self, count):
        """Returns the tokens [N] that are read first, and the initial state."""
        zeros = ops.zeros((count, self.hidden))
        return ops.full((count,), _START, dtype="int32"), [zeros, zeros]

    def _read(self, tokens, state):
        """Returns the state after reading tokens [N]: output and memory, both [N, hidden]."""
        hidden, memory = state
        read = ops.concatenate([ops.take(self.embeddings, tokens, axis=0), hidden], axis=1)
        units = ops.matmul(read, self.gates) + self.gate_bias
        enter, keep, candidate, show = ops.split(units, 4, axis=1)
        memory = ops.sigmoid(keep) * memory + ops.sigmoid(enter) * ops.tanh(candidate)
        return [ops.sigmoid(show) * ops.tanh(memory), memory]

    def _readout(self):
        """Returns [blocks · block, hidden + 1]: the matrix and its bias, padded to whole blocks."""
        spare = self._blocks * self._block - self.vocabulary
        bias = ops.pad(ops.convert_to_tensor(self.bias), ((0, spare),), constant_values=_NEVER)
        kernel = ops.pad(ops.convert_to_tensor(self.kernel), ((0, spare), (0, 0)))
        return ops.concatenate([kernel, bias[:, None]], axis=1)

    def _logits(self, hidden, readout):
        """Returns [N, blocks · block] float32, those beyond the vocabulary at −10⁹."""
        joined = ops.concatenate([hidden, ops.ones_like(hidden[:, :1])], axis=1)
        return ops.matmul(joined, ops.transpose(readout))

    def _choose(self, hidden, uniforms, readout):
        """Returns tokens [N] by inverting the cumulative distribution at uniforms [N].

        First a block of tokens is chosen and then a token of the block: running sums over √V blocks
        and over one of them cost much less than over V tokens.
        """
        logits = self._logits(hidden, readout)
        odds = ops.exp(logits - ops.max(logits, axis=1, keepdims=True))
        odds = ops.reshape(odds, (-1, self._blocks, self._block))
        sums = ops.cumsum(ops.sum(odds, axis=2), axis=1)  # [N, blocks]
        level = uniforms[:, None] * sums[:, -1:]
        block = _find_first_above(sums, level)[:, None]  # [N, 1]
        before = ops.where(block > 0, ops.take_along_axis(sums, ops.maximum(block - 1, 0), 1), 0.0)
        inner = ops.cumsum(ops.take_along_axis(odds, block[:, :, None], axis=1)[:, 0], axis=1)
        place = _find_first_above(inner, level - before)
        return ops.minimum(block[:, 0] * self._block + place, self.vocabulary - 1)

    def get_config(self) -> dict:
        sizes = {
            "vocabulary": self.vocabulary,
            "embedding": self.embedding,
            "hidden": self.hidden,
        }
        return {**super().get_config(), **sizes}

    def compute_output_spec(self, latents: Tensor) -> keras.KerasTensor:
        return keras.KerasTensor(latents.shape, "int32")


def _to_uniforms(normals):
    """Returns Φ(normals), below 1."""
    uniforms = 0.5 * (1.0 + _erf(normals * math.sqrt(0.5)))
    return ops.minimum(uniforms, 1.0 - 2.0**-24)


# Numerator and denominator of erf(x) / x in x², from the highest power down: the rational
# approximation of erf in float32 by TensorFlow's XLA.
_NUMERATOR = (
    0.00022905065861350646,
    0.0034082910107109506,
    0.050955695062380861,
    0.18520832239976145,
    1.128379143519084,
)
_DENOMINATOR = (
    -1.1791602954361697e-7,
    0.000023547966471313185,
    0.0010179625278914885,
    0.014070470171167667,
    0.11098505178285362,
    0.49746925110067538,
    1.0,
)
_ONE_FROM = 3.7439211627767994  # from here on erf rounds to 1


def _erf(x):
    """Returns erf(x) to 4e-7 by products and sums: LiteRT has no erf, and all must agree."""
    x = ops.clip(x, -_ONE_FROM, _ONE_FROM)
    square = x * x
    return x * _polynomial(_NUMERATOR, square) / _polynomial(_DENOMINATOR, square)


def _polynomial(coefficients, x):
    value = coefficients[0] * ops.ones_like(x)
    for coefficient in coefficients[1:]:
        value = value * x + coefficient
    return value


def _find_first_above(sums, level):
    """Returns the first index [N] at which running sums [N, K] exceed a level [N, 1]."""
    index = ops.sum(ops.cast(sums <= level, "int32"), axis=1)
    return ops.minimum(index, sums.shape[1] - 1)
