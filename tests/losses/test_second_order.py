"""The two terms that look through a gradient: consensus and unrolling, against hand derivatives."""

import keras
import numpy as np
import tensorflow as tf

from kgan.losses import second_order


def scalars(*values):
    return [keras.Variable(np.float32(value)) for value in values]


def test_joint_gradients_of_a_game_and_their_own_gradient():
    """L₁ = x²y, L₂ = −xy: v = (2xy, −x), ½‖v‖² = 2x²y² + ½x²; ∂/∂x = 4xy² + x, ∂/∂y = 4x²y."""
    x, y = scalars(3.0, 2.0)
    with tf.GradientTape() as tape:
        value = second_order.consensus_penalty(lambda: (x * x * y, -x * y), [[x], [y]])
    np.testing.assert_allclose(value, 2 * 9 * 4 + 4.5, rtol=1e-6)
    np.testing.assert_allclose(tape.gradient(value, [x.value, y.value]), [51.0, 72.0], rtol=1e-6)


def test_consensus_circles_no_more():
    """In the Dirac-GAN's bilinear game, plain steps grow; with consensus they shrink."""
    radius = {}
    for weight in (0.0, 1.0):
        x, y = scalars(1.0, 1.0)
        for _ in range(50):
            with tf.GradientTape(persistent=True) as tape:
                game = x * y
                both = second_order.consensus_penalty(lambda x=x, y=y: (x * y, -x * y), [[x], [y]])
                first, second = game + weight * both, -game + weight * both
            moves = tape.gradient(first, x.value), tape.gradient(second, y.value)
            x.assign_sub(0.1 * moves[0])
            y.assign_sub(0.1 * moves[1])
        radius[weight] = float(np.hypot(x, y))
    # Each plain step stretches by √(1 + h²); with weight 1 the factor is √((1 − h)² + h²).
    np.testing.assert_allclose(radius[0.0], np.sqrt(2) * 1.01**25, rtol=1e-4)
    np.testing.assert_allclose(radius[1.0], np.sqrt(2) * 0.82**25, rtol=1e-3)


def test_unrolled_steps_and_the_gradient_through_them():
    """Descent on ½a(x − b)² with step h: x_k = b + (1 − ha)^k (x₀ − b), so dx_k/db is known."""
    (x,) = scalars(5.0)
    b, a, h, k = tf.constant(2.0), 0.5, 0.4, 3
    with tf.GradientTape() as tape:
        tape.watch(b)
        (ahead,) = second_order.unroll(lambda: 0.5 * a * (x - b) ** 2, [x], k, h)
    shrink = (1 - h * a) ** k
    np.testing.assert_allclose(ahead, 2.0 + shrink * 3.0, rtol=1e-6)
    np.testing.assert_allclose(tape.gradient(ahead, b), 1 - shrink, rtol=1e-5)
    assert float(x) == 5.0


def test_neither_moves_batch_statistics():
    layer = keras.layers.BatchNormalization()
    points = tf.constant([[1.0], [3.0]])
    layer(points)
    before = [weight.numpy() for weight in layer.weights]

    def loss():
        return tf.reduce_sum(tf.square(layer(points, training=True) - 1.0))

    second_order.consensus_penalty(lambda: (loss(),), [layer.trainable_variables])
    second_order.unroll(loss, layer.trainable_variables, 2, 0.1)
    for old, new in zip(before, layer.weights, strict=True):
        np.testing.assert_array_equal(old, new)


def test_path_lengths_of_a_linear_synthesis_and_their_gradient(random):
    """g(w) = A w: the length is |Aᵀ y|, and its gradient y (yᵀ A) / |Aᵀ y|."""
    matrix, y = (random.normal(size=shape).astype("float32") for shape in ((6, 3), (4, 6)))
    a = tf.constant(matrix)
    with tf.GradientTape() as tape:
        tape.watch(a)
        lengths = second_order.path_lengths(lambda w: w @ tf.transpose(a), tf.ones((4, 3)), y)
        total = tf.reduce_sum(lengths)
    pulled = y @ matrix
    wanted = np.linalg.norm(pulled, axis=1)
    np.testing.assert_allclose(lengths, wanted, rtol=1e-5)
    slopes = np.einsum("bi,bj,b->ij", y, pulled, 1 / wanted)
    np.testing.assert_allclose(tape.gradient(total, a), slopes, rtol=1e-4, atol=1e-5)


def test_a_path_of_no_length_has_a_finite_gradient():
    a = tf.constant(0.0)
    with tf.GradientTape() as tape:
        tape.watch(a)
        length = second_order.path_lengths(lambda w: a * w, tf.ones((1, 1)), tf.ones((1, 1)))
    assert np.isfinite(tape.gradient(length, a)) and float(length[0]) < 1e-5
