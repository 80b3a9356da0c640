"""An LSTM that says which token comes next, and writes by it."""

import math

import keras
from keras import ops

_START = 0  # the token that is read before the first
_NEVER = -1e9  # a logit


@keras.saving.register_keras_serializable("kgan")
class LSTMLanguageModel(keras.layers.Layer):
    """p(token t | those before) = softmax(W h_t + b), with h_t an LSTM's state.

    Called on latents [N, T] from N(0, I) it writes tokens [N, T] int32: token t is where the
    cumulative distribution passes Φ(latent t), so that one latent always gives one text. All of it
    is float32, in mixed precision too: neighbours in that distribution lie too near for less.

    Args:
        vocabulary: how many tokens there are, ≥ 2; token 0 is also what is read before the first.
        embedding: length of a token's vector.
        hidden: length of the LSTM's state.
        options: of `keras.layers.Layer`.

    Example:
        >>> model = LSTMLanguageModel(vocabulary=5000)
        >>> tokens = model(keras.random.normal((64, 20)))       # [64, 20] int32
        >>> model.log_probabilities(tokens).shape
        TensorShape([64, 20])
    """

    def __init__(self, vocabulary, embedding=32, hidden=32, **options):
        super().__init__(**{**options, "dtype": "float32"})
        self.vocabulary = vocabulary
        self.embedding = embedding
        self.hidden = hidden
        # Of about √V tokens: see `_chosen`.
        self._block = math.ceil(math.sqrt(vocabulary))
        self._blocks = math.ceil(vocabulary / self._block)

    def build(self, input_shape):
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

    def call(self, latents):
        uniforms = _uniforms(ops.cast(latents, "float32"))
        tokens, state = self._start(ops.shape(uniforms)[0])
        readout = self._readout()
        written = []
        for step in range(uniforms.shape[1]):
            state = self._read(tokens, state)
            tokens = self._chosen(state[0], uniforms[:, step], readout)
            written.append(tokens)
        return ops.stack(written, axis=1)

    def log_probabilities(self, tokens):
        """Returns log p of each token given those before it, float32 [N, T], in nats.

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
        # Keras' cross-entropy walks through the logits more often: half of a step on a CPU.
        every = ops.logsumexp(self._logits(hidden, self._readout()), axis=1)
        flat = ops.reshape(tokens, (-1,))
        own = ops.take(self.kernel, flat, axis=0), ops.take(self.bias, flat, axis=0)
        one = ops.sum(own[0] * hidden, axis=1) + own[1]
        return ops.reshape(one - every, ops.shape(tokens))

    def rollouts(self, tokens, latents):
        """Returns tokens [N, T, T] int32, of which row t keeps the first t and writes the others.

        All starts are written side by side, so that T steps do what T (T + 1) / 2 would.

        Args:
            tokens: [N, T] int32 in [0, vocabulary).
            latents: [N, T, T] from N(0, I), of which row t uses those from t on.

        Reference: Eq. 3, Yu et al. 2017, arXiv:1609.05473.
        """
        tokens = ops.cast(tokens, "int32")
        count, length = ops.shape(tokens)[0], tokens.shape[1]
        uniforms = _uniforms(ops.transpose(ops.cast(latents, "float32"), (1, 2, 0)))
        read, state = self._start(count)
        readout = self._readout()
        columns = []  # [T, N] of each step
        for step in range(length):
            # Rows 0 … step: the last of them has read the given tokens alone.
            state = self._read(read, state)
            chosen = self._chosen(state[0], ops.reshape(uniforms[: step + 1, step], (-1,)), readout)
            given = ops.tile(tokens[:, step], (length - step - 1,))
            columns.append(ops.reshape(ops.concatenate([chosen, given]), (length, count)))
            read = ops.reshape(columns[-1][: step + 2], (-1,))
            state = [ops.concatenate([part, part[-count:]]) for part in state]
        return ops.transpose(ops.stack(columns, axis=-1), (1, 0, 2))

    def _start(self, count):
        """Returns the tokens [N] that are read first, and the state before."""
        rest = ops.zeros((count, self.hidden))
        return ops.full((count,), _START, dtype="int32"), [rest, rest]

    def _read(self, tokens, state):
        """Returns the state, [N, hidden] shown and remembered, after reading tokens [N]."""
        hidden, memory = state
        read = ops.concatenate([ops.take(self.embeddings, tokens, axis=0), hidden], axis=1)
        units = ops.matmul(read, self.gates) + self.gate_bias
        entered, kept, candidate, shown = ops.split(units, 4, axis=1)
        memory = ops.sigmoid(kept) * memory + ops.sigmoid(entered) * ops.tanh(candidate)
        return [ops.sigmoid(shown) * ops.tanh(memory), memory]

    def _readout(self):
        """Returns [blocks · block, hidden + 1]: the matrix with its bias, filled up to blocks."""
        spare = self._blocks * self._block - self.vocabulary
        bias = ops.pad(ops.convert_to_tensor(self.bias), ((0, spare),), constant_values=_NEVER)
        kernel = ops.pad(ops.convert_to_tensor(self.kernel), ((0, spare), (0, 0)))
        return ops.concatenate([kernel, bias[:, None]], axis=1)

    def _logits(self, hidden, readout):
        """Returns [N, blocks · block] float32, of which those beyond the vocabulary never count."""
        joined = ops.concatenate([hidden, ops.ones_like(hidden[:, :1])], axis=1)
        return ops.matmul(joined, ops.transpose(readout))

    def _chosen(self, hidden, uniforms, readout):
        """Returns tokens [N] drawn by inverse cumulative distribution at uniforms [N].

        In two turns, first a block of tokens and then one of the block: sums of √V blocks and
        running sums in one of them cost much less than V running sums.
        """
        logits = self._logits(hidden, readout)
        odds = ops.exp(logits - ops.max(logits, axis=1, keepdims=True))
        odds = ops.reshape(odds, (-1, self._blocks, self._block))
        sums = ops.cumsum(ops.sum(odds, axis=2), axis=1)  # [N, blocks]
        wanted = uniforms[:, None] * sums[:, -1:]
        block = _place(sums, wanted)[:, None]  # [N, 1]
        before = ops.where(block > 0, ops.take_along_axis(sums, ops.maximum(block - 1, 0), 1), 0.0)
        inner = ops.cumsum(ops.take_along_axis(odds, block[:, :, None], axis=1)[:, 0], axis=1)
        place = _place(inner, wanted - before)
        return ops.minimum(block[:, 0] * self._block + place, self.vocabulary - 1)

    def get_config(self):
        sizes = {
            "vocabulary": self.vocabulary,
            "embedding": self.embedding,
            "hidden": self.hidden,
        }
        return {**super().get_config(), **sizes}

    def compute_output_spec(self, latents):
        return keras.KerasTensor(latents.shape, "int32")


def _uniforms(normals):
    """Returns Φ(normals), below 1."""
    below = 0.5 * (1.0 + _erf(normals * math.sqrt(0.5)))
    return ops.minimum(below, 1.0 - 2.0**-24)


# Numerator and denominator of erf(x) / x in x², from the highest power down: the rational
# approximation with which TensorFlow's XLA computes erf in float32.
_ABOVE = (
    0.00022905065861350646,
    0.0034082910107109506,
    0.050955695062380861,
    0.18520832239976145,
    1.128379143519084,
)
_BELOW = (
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
    """Returns erf(x) to 4e-7, in products and sums: LiteRT has no erf, and so all draw alike."""
    x = ops.clip(x, -_ONE_FROM, _ONE_FROM)
    square = x * x
    return x * _polynomial(_ABOVE, square) / _polynomial(_BELOW, square)


def _polynomial(coefficients, x):
    value = coefficients[0] * ops.ones_like(x)
    for coefficient in coefficients[1:]:
        value = value * x + coefficient
    return value


def _place(sums, wanted):
    """Returns the first place [N] at which running sums [N, K] pass what is wanted [N, 1]."""
    passed = ops.sum(ops.cast(sums <= wanted, "int32"), axis=1)
    return ops.minimum(passed, sums.shape[1] - 1)
