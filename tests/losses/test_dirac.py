"""The Dirac-GAN played with kgan's own losses and penalties: fields, eigenvalues, radii.

Near (0, 0) a pair acts by three numbers only, derived by hand below from its formulas: its losses'
slopes g and d in a fake score of 0, −∂L_G/∂s and ∂L_D/∂s, and the curvature c of L_D in all scores
together, ∂²L_D/∂r² + ∂²L_D/∂s². The Jacobian is then [[0, −g], [d, −c σ² − γ]] under instance
noise σ and a zero-centred penalty γ, for −ψx moves with ψ where x is not 0: at θ or in the noise.
"""

import functools
import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.losses import adversarial, regularizers, second_order
from kgan.random import RandomStream
from kgan.theory import dirac
from kgan.theory.drawings import dynamics

E = math.exp(-1)
# name: g, d, c. Softplus has slope ½ and curvature ¼ at 0.
AT_ZERO = {
    "minimax": (0.5, 0.5, 0.5),
    "non_saturating": (0.5, 0.5, 0.5),
    "label_smoothing": (0.5, 0.5, 0.5),  # 0.9/4 + 0.1/4 + 1/4: smoothing bends what is straight
    "least_squares": (1.0, 0.0, 2.0),  # a score of 0 is what it asks of a fake: d = 0
    "hinge": (1.0, 1.0, 0.0),  # kinks at ±1, straight at 0
    "wasserstein": (1.0, 1.0, 0.0),
    "relativistic": (0.5, 0.5, 0.5),  # softplus of s − r: ¼ for each, the noises independent
    "relativistic_average": (1.0, 1.0, 0.5),  # twice that slope, but the inner means feel no noise
    "kl": (E, E, E),  # its own equilibrium score is 1; a linear critic has 0 at the data
    "reverse_kl": (1.0, 1.0, 1.0),
    "pearson": (1.0, 1.0, 0.5),
    "neyman": (1.0, 1.0, 0.5),  # 1 of −g_f, −½ of f*(g_f)
    "squared_hellinger": (1.0, 1.0, 2.0),
    "jeffrey": (1.0, 1.0, 0.5),  # (f*)″ = 1/f″(1)
    "jensen_shannon": (0.5, 0.5, 0.5),
    "gan": (0.5, 0.5, 0.5),
    "total_variation": (0.5, 0.5, 0.0),  # tanh is straight at 0
}
SMOOTH = {
    "none": dirac.NONE,
    "zero_centred_penalty": dirac.zero_centred_penalty(0.3),
    "instance_noise": dirac.instance_noise(0.5),
    "weight_clipping": dirac.weight_clipping(0.5),
    "consensus": dirac.consensus(0.4),
}


@functools.cache
def gradient_function(loss):
    @tf.function(input_signature=[tf.TensorSpec([None]), tf.TensorSpec([None])])
    def gradients(real, fake):
        with tf.GradientTape() as tape:
            tape.watch((real, fake))
            value = loss(real, fake)
        zero = tf.UnconnectedGradients.ZERO
        return tape.gradient(value, (real, fake), unconnected_gradients=zero)

    return gradients


def score_gradients(loss, real_scores, fake_scores):
    scores = (tf.constant(scores, tf.float32) for scores in (real_scores, fake_scores))
    return [np.asarray(part, np.float64) for part in gradient_function(loss)(*scores)]


def objective(name):
    pair = adversarial.PAIRS[name]
    return dirac.Objective(pair.discriminator, pair.generator, score_gradients)


def test_the_portraits_are_of_these_very_losses(random):
    assert list(dynamics.OBJECTIVES) == list(adversarial.PAIRS)
    scores = random.normal(size=(2, 6))
    for name, drawn in dynamics.OBJECTIVES.items():
        pair = adversarial.PAIRS[name]
        for ours, theirs in zip((pair.discriminator, pair.generator), drawn[:2], strict=True):
            np.testing.assert_allclose(ours(*scores), theirs(*scores), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("regularization", SMOOTH)
@pytest.mark.parametrize("name", adversarial.PAIRS)
def test_eigenvalues_at_the_equilibrium(name, regularization):
    added = SMOOTH[regularization]
    generator, discriminator, curvature = AT_ZERO[name]
    plain = np.array([[0.0, -generator], [discriminator, -curvature * added.noise**2]])
    plain[1, 1] -= added.penalty
    by_hand = plain - added.consensus * plain.T @ plain
    closed = dirac.equilibrium_jacobian(discriminator, -curvature / 2, added, generator)
    found = dirac.jacobian(objective(name), regularization=added, step=3e-2)
    np.testing.assert_allclose(closed, by_hand, rtol=0, atol=1e-15)
    np.testing.assert_allclose(found, by_hand, rtol=0, atol=1e-6)
    np.testing.assert_allclose(
        dirac.eigenvalues(found), dirac.eigenvalues(by_hand), rtol=0, atol=1e-6
    )


@pytest.mark.parametrize("name", adversarial.PAIRS)
def test_a_penalty_with_a_target_has_a_kink_there_and_pushes_the_critic_away(name):
    kinked = dirac.gradient_penalty(1.5, target=0.8)
    for refused in (
        lambda: dirac.jacobian(objective(name), regularization=kinked),
        lambda: dirac.equilibrium_jacobian(AT_ZERO[name][1], 0.0, kinked),
    ):
        with pytest.raises(InputError, match=r"kink at ψ = 0\. Received: target=0\.8"):
            refused()
    pushes = [dirac.vector_field(objective(name), (0.0, psi), kinked)[1] for psi in (-1e-9, 1e-9)]
    np.testing.assert_allclose(pushes, [-1.5 * 0.8, 1.5 * 0.8], rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", adversarial.PAIRS)
def test_clipping_holds_psi_and_converges_no_better(name):
    path = dirac.trajectory(
        objective(name), (0.1, 0.1), steps=60, regularization=dirac.weight_clipping(0.15)
    )
    assert np.abs(path[:, 1]).max() <= 0.15
    assert dirac.radius(path)[-1] > 0.1


@pytest.mark.parametrize("psi", [-2.0, 0.4, 3.0])
@pytest.mark.parametrize(
    "penalty, theory",
    [
        (regularizers.r1(0.6), dirac.zero_centred_penalty(0.6)),
        (regularizers.r2(0.6), dirac.zero_centred_penalty(0.6)),
        (regularizers.gradient_penalty(0.6), dirac.gradient_penalty(1.2)),
        (regularizers.gradient_penalty(0.6, target=0.0), dirac.zero_centred_penalty(1.2)),
        (regularizers.dragan(0.6), dirac.gradient_penalty(1.2)),
    ],
    ids=["r1", "r2", "gradient_penalty", "gradient_penalty_0", "dragan"],
)
def test_the_penalties_are_the_theorys(penalty, theory, psi):
    """The force on ψ of a linear critic −ψx is −γψ of R1, −2λ(|ψ| − 1)·sign ψ of WGAN-GP."""
    weight, theta = tf.Variable(psi), 0.7
    stream = RandomStream(0, tf.constant(0, tf.int64))
    with tf.GradientTape() as tape:
        seen = regularizers.run_critic(
            lambda x: {"scores": -weight * x}, tf.zeros((8, 1)), tf.fill((8, 1), theta)
        )
        paid = penalty(regularizers.Context(stream, seen))
    free = dirac.vector_field(objective("wasserstein"), (theta, psi))
    force = dirac.vector_field(objective("wasserstein"), (theta, psi), theory) - free
    np.testing.assert_allclose([0.0, -tape.gradient(paid, weight)], force, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", ["minimax", "kl", "relativistic"])
def test_consensus_is_the_theorys(name):
    pair, point = adversarial.PAIRS[name], (0.7, -1.3)
    theta, psi = (keras.Variable(value) for value in point)

    def losses():
        scores = tf.zeros((1,)), tf.reshape(-psi * theta, (1,))
        return pair.generator(*scores), pair.discriminator(*scores)

    with tf.GradientTape() as tape:
        paid = 0.8 * second_order.consensus_penalty(losses, [[theta], [psi]])
    pulls = tape.gradient(paid, [theta.value, psi.value])
    fields = (
        dirac.vector_field(dynamics.OBJECTIVES[name], point, added)
        for added in (dirac.consensus(0.8), dirac.NONE)
    )
    force = np.subtract(*fields)
    np.testing.assert_allclose(np.negative(pulls), force, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "name, regularization, low, high",
    [
        ("minimax", dirac.NONE, 3.05, 3.15),  # published 3.10
        ("non_saturating", dirac.NONE, 0.60, 0.68),  # 0.64
        ("wasserstein", dirac.weight_clipping(1.0), 0.9, 1.1),  # about 1
        ("minimax", dirac.zero_centred_penalty(0.3), 2.4e-6, 2.8e-6),  # 2.6e-6
        ("minimax", dirac.zero_centred_penalty(1.0), 0.0, 1e-20),  # about 1e-21
    ],
)
def test_radius_after_500_rounds(name, regularization, low, high):
    path = dirac.trajectory(objective(name), regularization=regularization)
    assert low <= dirac.radius(path)[-1] <= high
