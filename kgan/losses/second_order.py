"""Losses that are computed from gradients, and so differentiated twice."""

import math
from collections.abc import Callable

import keras
import tensorflow as tf

from kgan.replicas import average_over_replicas
from kgan.types import Tensor


def consensus_penalty(
    losses: Callable[[], tuple[Tensor, ...]], variables: list[list[keras.Variable]]
) -> Tensor:
    """Returns ½ Σᵢ ‖∂Lᵢ/∂vᵢ‖², half the squared length of all players' gradients together.

    Minimising it leads to points at which no player moves: consensus optimization. Under a
    distribution strategy the gradients are those of the whole batch.

    Args:
        losses: called without arguments; returns each player's loss.
        variables: a list of variables for each player.

    Returns:
        float32 scalar.

    Example:
        >>> x, y = keras.Variable(3.0), keras.Variable(4.0)
        >>> float(consensus_penalty(lambda: (x * y, -x * y), [[x], [y]]))     # ½ (4² + 3²)
        12.5

    Reference: Mescheder et al. 2017, "The numerics of GANs", arXiv:1705.10461.
    """
    values = [[variable.value for variable in own] for own in variables]
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(values)
        with keras.StatelessScope():
            terms = losses()
    gradients = [tape.gradient(loss, own) for loss, own in zip(terms, values, strict=True)]
    squares = [tf.reduce_sum(tf.square(g)) for own in gradients for g in average_over_replicas(own)]
    return 0.5 * tf.add_n(squares)


def unroll(
    loss: Callable[[], Tensor], variables: list[keras.Variable], steps: int, step_size: float
) -> list[Tensor]:
    """Returns the values of `variables` after gradient steps on `loss`, differentiably.

    Args:
        loss: called without arguments; reads the variables and returns a scalar.
        variables: list of variables, which stay as they are.
        steps: gradient steps.
        step_size: of each.

    Returns:
        A list of tensors; `keras.StatelessScope(zip(variables, values))` reads them in place of
        the variables.

    Example:
        >>> x = keras.Variable(1.0)
        >>> float(unroll(lambda: x * x, [x], steps=2, step_size=0.25)[0])     # 1 → ½ → ¼
        0.25

    Reference: Section 2.2, Metz et al. 2017, arXiv:1611.02163.
    """
    values = [tf.convert_to_tensor(variable.value) for variable in variables]
    for _ in range(steps):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(values)
            with keras.StatelessScope(zip(variables, values, strict=True)):
                total = loss()
        gradients = average_over_replicas(tape.gradient(total, values))
        values = [v - step_size * g for v, g in zip(values, gradients, strict=True)]
    return values


def path_length_weight(size: float) -> float:
    """Returns γ_pl = ln 2 / (ln r − ln 2), with pixels of size 1/r.

    Args:
        size: r, the root of how many pixels an image has.

    Reference: Appendix B, Karras et al. 2020, arXiv:1912.04958.
    """
    return math.log(2.0) / (math.log(size) - math.log(2.0))


def path_lengths(
    synthesis: Callable[[Tensor], Tensor], styles: Tensor, directions: Tensor
) -> Tensor:
    """Returns ‖J_wᵀ y‖₂ of each sample, J_w = ∂g(w)/∂w the Jacobian of images g(w) by styles w.

    J_w is never formed: J_wᵀ y is the gradient of g(w) · y.

    Args:
        synthesis: styles [B, D] → images [B, ...]; no image may depend on another's style.
        styles: [B, D].
        directions: y, of the images' shape.

    Returns:
        [B] float32.

    Example:
        >>> one = tf.ones((1, 1))
        >>> path_lengths(lambda w: 3.0 * w, one, -one).numpy()
        array([3.], dtype=float32)

    Reference: Eq. 4, Karras et al. 2020, arXiv:1912.04958.
    """
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(styles)
        images = tf.cast(synthesis(styles), tf.float32)
        projection = tf.reduce_sum(images * directions)
    gradients = tf.cast(tape.gradient(projection, styles), tf.float32)
    # The root's derivative is infinite at 0, where an image may not depend on its style yet.
    return tf.sqrt(tf.reduce_sum(tf.square(gradients), axis=1) + 1e-12)
