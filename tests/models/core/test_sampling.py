"""What a generator makes is what its layers make, to the last bit, however many rows there are."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.models import DCGAN
from kgan.models.core.sampling import without_graph_rewrites


def reordered(large, small):
    """TensorFlow sums in another order where it may; 1e8 + (−1e8 + 1) is 0 in float32."""
    return large + (-large + small)


@pytest.fixture
def traced():
    rows = tf.TensorSpec((None, 4), tf.float32), tf.TensorSpec((4,), tf.float32)
    return tf.function(reordered).get_concrete_function(*rows)


def test_graphs_run_as_they_are_written(traced):
    large, small = tf.fill((2, 4), 1e8), tf.ones(4)
    assert not reordered(large, small).numpy().any()
    assert traced(large, small).numpy().any()  # or else there is nothing to show
    with without_graph_rewrites():
        assert not traced(large, small).numpy().any()
    assert traced(large, small).numpy().any()


def test_a_run_that_is_left_by_an_error_leaves_tensorflow_as_it_was(traced):
    with pytest.raises(RuntimeError), without_graph_rewrites():
        raise RuntimeError
    assert traced(tf.fill((2, 4), 1e8), tf.ones(4)).numpy().any()


class Reordering(keras.Layer):
    def call(self, latents):
        large = 1e8 * keras.ops.ones_like(latents)
        return keras.ops.reshape(reordered(large, keras.ops.ones(4)), (-1, 2, 2, 1))

    def compute_output_shape(self, shape):
        return (shape[0], 2, 2, 1)


def test_samples_are_what_the_layers_make_one_by_one():
    latents = keras.Input((4,), name="latents")
    generator = keras.Model(latents, Reordering()(latents))
    gan = DCGAN((2, 2, 1), latent_size=4, generator=generator, discriminator=critic())
    assert not gan.sample(range(3)).any()


def critic():
    images = keras.Input((2, 2, 1))
    return keras.Model(images, keras.layers.Dense(1)(keras.layers.Flatten()(images)))


def test_one_trace_serves_any_number_of_rows():
    traces = []

    class Counted(DCGAN):
        def call(self, inputs, training=False):
            traces.append(1)
            return super().call(inputs, training)

    gan = Counted.example()
    traces.clear()
    found = [gan.sample(range(count)) for count in (3, 1, 300)]
    assert len(traces) == 1
    np.testing.assert_allclose(found[0], found[2][:3], rtol=0, atol=1e-6)
