"""An encoder and a decoder of token sequences, with the style of a text beside its content."""

import keras
from keras import ops

from kgan.types import Shape, Tensor

_START = 0  # the token that is read before the first, and that fills what follows the end


@keras.saving.register_keras_serializable("kgan")
class StyleAutoencoder(keras.layers.Layer):
    """E(x) = z and p(x | y, z): a text is a style y and a content z, read and written by two GRUs.

    z is the state after the last token. The decoder begins with style and content. Called on
    tokens and styles it writes the content in these styles, each time the likeliest token. Always
    in float32.

    Args:
        vocabulary: number of tokens, ≥ 2; token 0 is read before the first, and ends a text.
        styles: number of styles, ≥ 1.
        embedding: length of a token's vector.
        style_size: length of y.
        content_size: length of z.

    Example:
        >>> model = StyleAutoencoder(vocabulary=50, styles=2)
        >>> model({"tokens": np.ones((4, 9), "int32"), "label": np.ones(4, "int32")}).shape
        TensorShape([4, 9])

    Reference: Sections 4.1 and 4.2, Shen et al. 2017, arXiv:1705.09655.
    """

    def __init__(
        self,
        vocabulary: int,
        styles: int,
        embedding: int = 64,
        style_size: int = 16,
        content_size: int = 112,
        **options,
    ) -> None:
        super().__init__(**{**options, "dtype": "float32"})
        self.vocabulary = vocabulary
        self.styles = styles
        self.embedding = embedding
        self.style_size = style_size
        self.content_size = content_size

    @property
    def hidden(self) -> int:
        """Length of the decoder's state."""
        return self.style_size + self.content_size

    def build(self, input_shape: dict[str, Shape]) -> None:
        del input_shape
        small = keras.initializers.RandomNormal(stddev=0.1)
        wide = keras.initializers.RandomNormal(stddev=1.0)
        self.embeddings = self.add_weight((self.vocabulary, self.embedding), wide, name="words")
        self.style_vectors = self.add_weight((self.styles, self.style_size), wide, name="styles")
        self.reader = self._add_gates("reader", self.content_size)
        self.writer = self._add_gates("writer", self.hidden)
        self.kernel = self.add_weight((self.hidden, self.vocabulary), small, name="kernel")
        self.bias = self.add_weight((self.vocabulary,), "zeros", name="bias")

    def _add_gates(self, name, size):
        """Returns matrices and biases of a GRU: of both gates, and of the candidate."""
        rows = self.embedding + size
        return [
            self.add_weight(shape, initializer, name=f"{name}_{role}")
            for shape, initializer, role in (
                ((rows, 2 * size), "glorot_uniform", "gates_kernel"),
                ((2 * size,), "zeros", "gates_bias"),
                ((rows, size), "glorot_uniform", "kernel"),
                ((size,), "zeros", "bias"),
            )
        ]

    def call(self, inputs: dict[str, Tensor]) -> Tensor:
        tokens = ops.cast(inputs["tokens"], "int32")
        state = self.begin(self.encode(*self.look_up(tokens)), inputs["label"])
        read = ops.zeros_like(tokens[:, 0])
        alive = ops.ones_like(read)
        written = []
        for _ in range(tokens.shape[1]):
            state = _step(self.writer, ops.take(self.embeddings, read, axis=0), state)
            read = alive * ops.cast(ops.argmax(self._logits(state), axis=1), "int32")
            alive = alive * ops.cast(read != _START, "int32")
            written.append(read)
        return ops.stack(written, axis=1)

    def look_up(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Returns the vectors [N, T, E] of tokens [N, T], and which are there, [N, T], 0 or 1."""
        tokens = ops.cast(tokens, "int32")
        present = ops.cast(tokens != _START, "float32")
        return ops.take(self.embeddings, tokens, axis=0), present

    def encode(self, vectors: Tensor, present: Tensor) -> Tensor:
        """Returns the contents z [N, C] of texts.

        Args:
            vectors: [N, T, E] of tokens, or means of such.
            present: [N, T] in [0, 1], by how much there is a token; what is not there is not read.
        """
        state = ops.zeros((ops.shape(vectors)[0], self.content_size))
        for step in range(vectors.shape[1]):
            moved = _step(self.reader, vectors[:, step], state)
            state = state + present[:, step : step + 1] * (moved - state)
        return state

    def begin(self, content: Tensor, styles: Tensor) -> Tensor:
        """Returns the decoder's first state [N, H] for contents [N, C] and styles [N] int32."""
        return ops.concatenate([ops.take(self.style_vectors, styles, axis=0), content], axis=1)

    def reconstruct(self, state: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Returns the decoder's states as it reads a text, and what it thinks of each token.

        Args:
            state: [N, H], the first.
            tokens: [N, T] int32, the text.

        Returns:
            States [N, T + 1, H], and log p [N, T] of each token given those before it, in nats.
        """
        vectors = ops.take(self.embeddings, tokens, axis=0)
        start = ops.broadcast_to(self.embeddings[_START], ops.shape(vectors[:, 0]))
        states, read = [state], start
        for step in range(tokens.shape[1]):
            states.append(_step(self.writer, read, states[-1]))
            read = vectors[:, step]
        logits = self._logits(ops.stack(states[1:], axis=1))
        own = ops.take_along_axis(logits, tokens[:, :, None], axis=2)[:, :, 0]
        return ops.stack(states, axis=1), own - ops.logsumexp(logits, axis=2)

    def write_softly(
        self, state: Tensor, noise: Tensor, temperature: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Writes a text of which gradients pass: each token is a mean of all of them.

        Args:
            state: [N, H], the first.
            noise: [N, T, V], from Gumbel's distribution, which is added to the logits.
            temperature: of the softmax, > 0; the lower, the nearer is a mean to one token.

        Returns:
            States [N, T + 1, H]; and as `encode` takes them vectors [N, T, E] and presence [N, T].

        Reference: Jang et al. 2017, arXiv:1611.01144.
        """
        states, vectors, present = [state], [], []
        read = ops.broadcast_to(self.embeddings[_START], (ops.shape(state)[0], self.embedding))
        alive = ops.ones_like(state[:, 0])
        for step in range(noise.shape[1]):
            states.append(_step(self.writer, read, states[-1]))
            shares = ops.softmax((self._logits(states[-1]) + noise[:, step]) / temperature)
            read = ops.matmul(shares, self.embeddings)
            alive = alive * (1.0 - shares[:, _START])
            vectors.append(read)
            present.append(alive)
        return ops.stack(states, axis=1), ops.stack(vectors, axis=1), ops.stack(present, axis=1)

    def _logits(self, states):
        return ops.matmul(states, self.kernel) + self.bias

    def get_config(self) -> dict:
        sizes = {
            "vocabulary": self.vocabulary,
            "styles": self.styles,
            "embedding": self.embedding,
            "style_size": self.style_size,
            "content_size": self.content_size,
        }
        return {**super().get_config(), **sizes}

    def compute_output_spec(self, inputs: dict[str, Tensor]) -> keras.KerasTensor:
        return keras.KerasTensor(inputs["tokens"].shape, "int32")


def _step(gates, vectors, state):
    """Returns the next state [N, H] of a GRU that reads vectors [N, E]."""
    kernel, bias, new_kernel, new_bias = gates
    units = ops.matmul(ops.concatenate([vectors, state], axis=1), kernel) + bias
    keep, reset = ops.split(ops.sigmoid(units), 2, axis=1)
    read = ops.concatenate([vectors, reset * state], axis=1)
    return keep * state + (1.0 - keep) * ops.tanh(ops.matmul(read, new_kernel) + new_bias)
