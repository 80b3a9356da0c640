"""The Dirac-GAN played with kgan's own losses: eigenvalues and radii of the published class."""

import numpy as np
import pytest
import tensorflow as tf

from kgan.losses import adversarial
from kgan.theory import dirac


def score_gradients(loss, real_scores, fake_scores):
    real, fake = (tf.constant(scores, tf.float32) for scores in (real_scores, fake_scores))
    with tf.GradientTape() as tape:
        tape.watch((real, fake))
        value = loss(real, fake)
    zero = tf.UnconnectedGradients.ZERO
    return [
        np.asarray(part, np.float64)
        for part in tape.gradient(value, (real, fake), unconnected_gradients=zero)
    ]


def objective(name):
    pair = adversarial.PAIRS[name]
    return dirac.Objective(pair.discriminator, pair.generator, score_gradients)


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


@pytest.mark.parametrize("name, slope", [("minimax", 0.5), ("non_saturating", 0.5)])
@pytest.mark.parametrize("weight", [0.0, 0.3, 2.0])
def test_eigenvalues_at_the_equilibrium(name, slope, weight):
    """−γ/2 ± √(γ²/4 − f′(0)²), which is ±i f′(0) without a penalty; f′(0) = ½ for the GAN."""
    penalty = dirac.zero_centred_penalty(weight) if weight else dirac.NONE
    jacobian = dirac.jacobian(objective(name), (0.0, 0.0), penalty, step=1e-2)
    root = np.sqrt(complex(weight**2 / 4 - slope**2))
    expected = np.array([-weight / 2 + root, -weight / 2 - root])
    got = np.linalg.eigvals(jacobian)
    distance = min(np.abs(got - expected).max(), np.abs(got[::-1] - expected).max())
    assert distance < 1e-6
