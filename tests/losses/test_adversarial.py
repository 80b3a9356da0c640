"""Every pair against formulas written independently, at fixed scores; gradients too."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import lambertw

from kgan.errors import InputError
from kgan.losses import adversarial

REAL = np.array([[1.5], [-0.3], [0.0]], "float32")
FAKE = np.array([[-2.0], [0.7], [4.0]], "float32")


def sigmoid(x):
    return 1 / (1 + np.exp(-x.astype("float64")))


# From the papers' formulas with D = sigmoid(score) or the score itself.
EXPECTED = {
    "minimax": (
        -np.log(sigmoid(REAL)).mean() - np.log(1 - sigmoid(FAKE)).mean(),
        np.log(1 - sigmoid(FAKE)).mean(),
    ),
    "non_saturating": (
        -np.log(sigmoid(REAL)).mean() - np.log(1 - sigmoid(FAKE)).mean(),
        -np.log(sigmoid(FAKE)).mean(),
    ),
    "label_smoothing": (
        -(0.9 * np.log(sigmoid(REAL)) + 0.1 * np.log(1 - sigmoid(REAL))).mean()
        - np.log(1 - sigmoid(FAKE)).mean(),
        -np.log(sigmoid(FAKE)).mean(),
    ),
    # ½(.25 + 1.69 + 1)/3 + ½(4 + .49 + 16)/3 and ½(9 + .09 + 9)/3
    "least_squares": (0.5 * 2.94 / 3 + 0.5 * 20.49 / 3, 0.5 * 18.09 / 3),
    # (0 + 1.3 + 1)/3 + (0 + 1.7 + 5)/3 and −(−2 + .7 + 4)/3
    "hinge": (2.3 / 3 + 6.7 / 3, -2.7 / 3),
    "wasserstein": (2.7 / 3 - 1.2 / 3, -2.7 / 3),
    "relativistic": (
        -np.log(sigmoid(REAL - FAKE)).mean(),
        -np.log(sigmoid(FAKE - REAL)).mean(),
    ),
    "relativistic_average": (
        -np.log(sigmoid(REAL - 0.9)).mean() - np.log(1 - sigmoid(FAKE - 0.4)).mean(),
        -np.log(sigmoid(FAKE - 0.4)).mean() - np.log(1 - sigmoid(REAL - 0.9)).mean(),
    ),
}
R, F = REAL.astype("float64"), FAKE.astype("float64")
W = np.real(lambertw(np.exp(1 - F)))
# g_f of the real scores and f*(g_f) of the fake ones, from Tables 2 and 6 of the f-GAN paper.
F_TERMS = {
    "kl": (R, np.exp(F - 1)),
    "reverse_kl": (-np.exp(-R), -1 - np.log(np.exp(-F))),
    "pearson": (R, F**2 / 4 + F),
    "neyman": (1 - np.exp(-R), 2 - 2 * np.sqrt(1 - (1 - np.exp(-F)))),
    "squared_hellinger": (1 - np.exp(-R), (1 - np.exp(-F)) / np.exp(-F)),
    "jeffrey": (R, W + 1 / W + F - 2),
    "jensen_shannon": (np.log(2 / (1 + np.exp(-R))), -np.log(2 - 2 / (1 + np.exp(-F)))),
    "gan": (np.log(sigmoid(REAL)), -np.log(1 - sigmoid(FAKE))),
    "total_variation": (np.tanh(R) / 2, np.tanh(F) / 2),
}
EXPECTED |= {name: (-g.mean() + c.mean(), -c.mean()) for name, (g, c) in F_TERMS.items()}


# What makes real examples would have them taken for generated ones: the generator's loss of
# 1 − D for a probability, ½ D² for the 0-1 coding, the bound's real term for an f-divergence.
ENCODER = {
    "minimax": np.log(sigmoid(REAL)).mean(),
    "non_saturating": -np.log(1 - sigmoid(REAL)).mean(),
    "label_smoothing": -np.log(1 - sigmoid(REAL)).mean(),
    "least_squares": 0.5 * (2.25 + 0.09) / 3,
    "hinge": 1.2 / 3,
    "wasserstein": 1.2 / 3,
    "relativistic": -np.log(sigmoid(FAKE - REAL)).mean(),
    "relativistic_average": EXPECTED["relativistic_average"][1],
    **{name: g.mean() for name, (g, _) in F_TERMS.items()},
}


def test_every_pair_has_a_golden_value():
    assert EXPECTED.keys() == ENCODER.keys() == adversarial.PAIRS.keys()


@pytest.mark.parametrize("name", ENCODER)
def test_an_encoder_makes_real_scores_look_generated(name):
    value = adversarial.PAIRS[name].encoder(REAL, FAKE)
    np.testing.assert_allclose(value, ENCODER[name], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("shape", [(3, 1), (3,), (1, 3, 1)])
def test_values(name, shape):
    pair = adversarial.PAIRS[name]
    real, fake = REAL.reshape(shape), FAKE.reshape(shape)
    seen = real if pair.generator_sees_real else None
    got = (
        pair.discriminator(real, fake),
        pair.generator(seen, fake),
    )
    np.testing.assert_allclose(got, EXPECTED[name], rtol=1e-6, atol=1e-6)


def _gradient(loss, scores):
    scores = tf.constant(scores)
    with tf.GradientTape() as tape:
        tape.watch(scores)
        value = loss(scores)
    return tape.gradient(value, scores).numpy()


def test_a_winning_critic_stops_minimax_but_not_the_others():
    """At score −20, D(G(z)) = 2e-9: minimax's slope is that, −log D's is −1."""
    at = np.array([-20.0], "float32")
    slopes = {
        name: _gradient(lambda scores, pair=pair: pair.generator(None, scores), at)[0]
        for name, pair in adversarial.PAIRS.items()
        if not pair.generator_sees_real and name not in F_TERMS
    }
    expected = {
        "minimax": -sigmoid(at)[0],
        "non_saturating": -1.0,
        "label_smoothing": -1.0,
        "least_squares": -21.0,
        "hinge": -1.0,
        "wasserstein": -1.0,
    }
    assert slopes == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", sorted(EXPECTED.keys() - F_TERMS.keys()))
def test_extreme_scores_stay_finite(name):
    pair = adversarial.PAIRS[name]
    for extreme in (1e4, -1e4):
        scores = np.full((2, 1), extreme, "float32")
        assert np.isfinite(pair.discriminator(scores, scores))
        assert np.isfinite(_gradient(lambda s, p=pair, r=-scores: p.generator(r, s), scores)).all()


@pytest.mark.parametrize("name", EXPECTED)
def test_gradients_at_a_zero_critic_are_finite(name):
    """A critic that knows nothing yet scores 0 everywhere."""
    pair = adversarial.PAIRS[name]
    zeros = tf.zeros((4, 1))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(zeros)
        losses = pair.discriminator(zeros, zeros), pair.generator(zeros, zeros)
    for loss in losses:
        assert np.isfinite(loss) and np.isfinite(tape.gradient(loss, zeros)).all()


def test_a_smoothed_target_is_where_the_discriminator_rests():
    """The best score for real images alone is log(α / (1 − α))."""
    pair = adversarial.label_smoothing(0.8)
    best = np.array([np.log(0.8 / 0.2)], "float32")
    slope = _gradient(lambda scores: pair.discriminator(scores, np.array([-50.0])), best)
    np.testing.assert_allclose(slope, 0.0, atol=1e-6)
    for target in (0.5, 1.1):
        with pytest.raises(InputError, match=f"target={target}"):
            adversarial.label_smoothing(target)


def test_half_precision_scores_are_reduced_in_float32():
    scores = tf.fill((4096, 1), tf.constant(40.0, tf.float16))  # their sum overflows float16
    loss = adversarial.WASSERSTEIN.generator(None, scores)
    assert loss.dtype == tf.float32 and float(loss) == -40.0
