"""The autoencoder of styles: what it reads, what it writes, and of what gradients pass."""

import numpy as np
import pytest
import tensorflow as tf

from kgan.layers import StyleAutoencoder


@pytest.fixture
def model():
    layer = StyleAutoencoder(vocabulary=6, styles=2, embedding=3, style_size=2, content_size=4)
    layer({"tokens": np.zeros((1, 5), "int32"), "label": np.zeros(1, "int32")})
    layer.kernel.assign(10.0 * layer.kernel)  # so that words differ
    return layer


def tokens():
    return tf.constant([[1, 2, 3, 0, 0], [4, 4, 5, 1, 2]])


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def step(gates, vector, state):
    """A GRU in NumPy."""
    kernel, bias, new_kernel, new_bias = (weight.numpy() for weight in gates)
    keep, reset = np.split(sigmoid(np.concatenate([vector, state]) @ kernel + bias), 2)
    new = np.tanh(np.concatenate([vector, reset * state]) @ new_kernel + new_bias)
    return keep * state + (1 - keep) * new


def test_contents_are_what_a_gru_reads_to_the_end(model):
    content = model.encode(*model.look_up(tokens()))
    state = np.zeros(4)
    for word in (1, 2, 3):  # and nothing after the end
        state = step(model.reader, model.embeddings.numpy()[word], state)
    np.testing.assert_allclose(content[0], state, rtol=1e-4)


def test_log_probabilities_are_those_of_a_gru(model):
    state = model.begin(model.encode(*model.look_up(tokens())), tf.constant([0, 1]))
    states, logs = model.reconstruct(state, tokens())
    read, expected = np.asarray(state[1]), []
    for before, word in zip((0, 4, 4, 5, 1), (4, 4, 5, 1, 2), strict=True):
        read = step(model.writer, model.embeddings.numpy()[before], read)
        logits = read @ model.kernel.numpy() + model.bias.numpy()
        expected.append(logits[word] - np.log(np.exp(logits).sum()))
    np.testing.assert_allclose(logs[1], expected, rtol=1e-4)
    np.testing.assert_allclose(states[1, -1], read, rtol=1e-4)
    np.testing.assert_array_equal(states[:, 0], state)


def test_it_writes_the_likeliest_words_and_nothing_after_the_end(model):
    label = tf.constant([1, 0])
    written = model({"tokens": tokens(), "label": label}).numpy()
    state = model.begin(model.encode(*model.look_up(tokens())), label)
    for row in range(2):
        read, before, over = np.asarray(state[row]), 0, False
        for word in written[row]:
            read = step(model.writer, model.embeddings.numpy()[before], read)
            best = int((read @ model.kernel.numpy() + model.bias.numpy()).argmax())
            before = 0 if over else best
            assert word == before
            over = over or word == 0


def test_soft_words_are_the_likeliest_ones_where_it_is_cold(model):
    label = tf.constant([1, 0])
    state = model.begin(model.encode(*model.look_up(tokens())), label)
    states, vectors, present = model.write_softly(state, tf.zeros((2, 5, 6)), 1e-3)
    written = model({"tokens": tokens(), "label": label})
    there = (np.cumprod(written != 0, axis=1) * 1.0)[..., None]
    hard = model.look_up(written)[0]
    np.testing.assert_allclose(vectors * there, hard * there, atol=1e-4)
    np.testing.assert_allclose(present, there[..., 0], atol=1e-4)
    assert states.shape == (2, 6, 6)


def test_gradients_pass_through_what_it_writes_softly(model):
    with tf.GradientTape() as tape:
        content = model.encode(*model.look_up(tokens()))
        state = model.begin(content, tf.constant([1, 0]))
        _, *soft = model.write_softly(state, tf.zeros((2, 5, 6)), 1.0)
        loss = tf.reduce_sum(tf.square(model.encode(*soft)))
    read, style = tape.gradient(loss, [model.reader[0].value, model.style_vectors.value])
    assert np.abs(read).max() > 0 and np.abs(tf.convert_to_tensor(style)).max() > 0
