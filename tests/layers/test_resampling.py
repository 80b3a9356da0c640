"""Filters against zeros put between pixels and a sum over taps, written out in NumPy."""

import numpy as np
import pytest
import tensorflow as tf

from kgan.layers.resampling import (
    Blur,
    CropLike,
    Downsample,
    JoinStyle,
    PadToMultiple,
    ReflectionPadding,
    Upsample,
    reflect_places,
)

FILTER = np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 64.0


def upfirdn(x, up, down, before, after):
    """Zeros between, zeros around, the filter at each place, every `down`-th of them: [H, W]."""
    height, width = x.shape
    wide = np.zeros((height * up, width * up))
    wide[::up, ::up] = x
    wide = np.pad(wide, (before, after))
    rows, columns = (size - 3 for size in wide.shape)
    out = [
        [(wide[i : i + 4, j : j + 4] * FILTER).sum() for j in range(columns)] for i in range(rows)
    ]
    return np.array(out)[::down, ::down]


WANTED = {
    Blur: lambda x: upfirdn(x, 1, 1, 2, 2),
    Downsample: lambda x: upfirdn(x, 1, 2, 1, 1),
    Upsample: lambda x: 4 * upfirdn(np.pad(x, 1, "edge"), 2, 1, 2, 1)[2:-2, 2:-2],
}


@pytest.mark.parametrize("layer", WANTED)
def test_each_channel_is_filtered_by_itself(layer, random):
    x = random.normal(size=(2, 6, 8, 3)).astype("float32")
    got = layer()(x)
    for sample in range(2):
        for channel in range(3):
            wanted = WANTED[layer](x[sample, ..., channel])
            np.testing.assert_allclose(got[sample, ..., channel], wanted, atol=1e-5)


def test_impulse_responses():
    impulse = np.zeros((1, 8, 8, 1), "float32")
    impulse[0, 4, 4] = 1.0
    np.testing.assert_allclose(Blur()(impulse)[0, 3:7, 3:7, 0], FILTER, atol=1e-7)
    np.testing.assert_allclose(Upsample()(impulse)[0, 7:11, 7:11, 0], 4 * FILTER, atol=1e-7)
    down = Downsample()(impulse)[0, :, :, 0].numpy()
    np.testing.assert_allclose(down[1:3, 1:3], np.outer([1, 3], [1, 3]) / 64, atol=1e-7)


@pytest.mark.parametrize("layer", WANTED)
def test_a_flat_picture_keeps_its_mean_away_from_the_border(layer):
    flat = np.full((1, 8, 8, 2), 0.7, "float32")
    np.testing.assert_allclose(layer()(flat)[:, 2:-2, 2:-2], 0.7, rtol=1e-6)


def test_flat_colours_are_doubled_without_a_frame():
    flat = np.full((1, 4, 4, 3), 0.7, "float32")
    np.testing.assert_allclose(Upsample()(flat), np.full((1, 8, 8, 3), 0.7), rtol=1e-6)


@pytest.mark.parametrize("layer", WANTED)
def test_gradients_are_the_same_weights_the_other_way(layer, random):
    """Of first and second order, against the layer as a matrix."""
    layer = layer()
    cells = np.eye(24, dtype="float32").reshape(24, 4, 6, 1)
    matrix = np.reshape(layer(cells), (24, -1)).T.astype("float64")
    x = random.normal(size=(1, 4, 6, 1)).astype("float32")
    value = tf.Variable(x)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            cubes = tf.reduce_sum(layer(value) ** 3)
        first = inner.gradient(cubes, value)
        squares = tf.reduce_sum(first**2)
    second = outer.gradient(squares, value)
    resampled = matrix @ x.ravel()
    wanted = matrix.T @ (3.0 * resampled**2)
    np.testing.assert_allclose(np.ravel(first), wanted, rtol=1e-4, atol=1e-5)
    wanted = 2.0 * matrix.T @ (6.0 * resampled * (matrix @ wanted))
    np.testing.assert_allclose(np.ravel(second), wanted, rtol=1e-4, atol=1e-4)


def test_a_chequerboard_does_not_alias():
    board = np.indices((8, 8)).sum(axis=0) % 2 * 2.0 - 1.0
    halved = Downsample()(board[None, :, :, None].astype("float32"))
    np.testing.assert_allclose(halved[0, 1:-1, 1:-1], 0.0, atol=1e-6)


def test_reflection_does_not_repeat_the_edge(random):
    x = random.normal(size=(2, 4, 5, 3)).astype("float32")
    layer = ReflectionPadding(2)
    wanted = np.pad(x, ((0, 0), (2, 2), (2, 2), (0, 0)), "reflect")
    np.testing.assert_array_equal(layer(x), wanted)
    assert layer.compute_output_shape(x.shape) == wanted.shape
    assert ReflectionPadding.from_config(layer.get_config()).width == 2


def test_mirroring_goes_on_where_a_row_is_shorter_than_its_padding():
    np.testing.assert_array_equal(reflect_places(3, 2, 5), [2, 1, 0, 1, 2, 1, 0, 1, 2, 1])
    np.testing.assert_array_equal(reflect_places(1, 1, 2), [0, 0, 0, 0])
    row = np.arange(7)
    np.testing.assert_array_equal(reflect_places(7, 3, 4), np.pad(row, (3, 4), "reflect"))


def test_padding_to_a_multiple_and_cutting_back(random):
    x = random.normal(size=(2, 5, 9, 3)).astype("float32")
    pad = PadToMultiple(4, least=8)
    padded = pad(x)
    np.testing.assert_array_equal(
        padded, np.pad(x, ((0, 0), (0, 3), (0, 3), (0, 0)), mode="reflect")
    )
    assert pad.compute_output_shape(x.shape) == padded.shape
    np.testing.assert_array_equal(CropLike()([padded, x]), x)

    traced = tf.function(pad, input_signature=[tf.TensorSpec((None, None, None, 3))])
    np.testing.assert_array_equal(traced(x), padded)


def test_pictures_of_a_size_that_fits_are_handed_on():
    x = tf.zeros((1, 8, 12, 2))
    trace = tf.function(lambda x: CropLike()([PadToMultiple(4)(x), x])).get_concrete_function(x)
    kinds = {operation.type for operation in trace.graph.get_operations()}
    assert kinds <= {"Placeholder", "Identity", "NoOp", "Const"}  # the shape is looked at


def test_a_style_is_joined_at_each_place():
    x, style = np.ones((2, 3, 5, 4), np.float32), np.float32([[1, 2], [3, 4]])
    joined = JoinStyle()([x, style]).numpy()
    assert joined.shape == JoinStyle().compute_output_shape((x.shape, style.shape)) == (2, 3, 5, 6)
    np.testing.assert_array_equal(joined[..., :4], x)
    np.testing.assert_array_equal(
        joined[..., 4:], np.broadcast_to(style[:, None, None], (2, 3, 5, 2))
    )
