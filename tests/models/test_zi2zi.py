"""zi2zi: what its players pay, shuffled labels, and the way between two hands."""

import numpy as np
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.models.zi2zi import Zi2Zi
from kgan.runs.freezing import freeze_layers
from kgan.runs.start import take_weights
from tests.games import batch_for


@pytest.fixture(scope="module")
def gan():
    gan = Zi2Zi.example(classes=("a", "b", "c"))
    styles = gan.generator.get_layer("painter")
    for variable in styles.variables:  # styles count from the start
        if variable.name == "kernel" and variable.ndim == 2:
            variable.assign(np.random.default_rng(0).normal(0, 0.5, variable.shape))
    return gan


def prepare(gan, label):
    batch = batch_for(gan, len(label))
    return gan.name_batch({**batch, "label": tf.constant(label)})


def test_labels_are_shuffled_after_the_first_phase(gan):
    batch, rng = prepare(gan, [0, 1, 2, 0, 1, 2, 0, 1]), gan.random_stream()
    first = gan.generate(batch, rng)
    np.testing.assert_array_equal(first["label"], batch["label"])
    assert first["paired"].numpy().min() == 1
    gan.step.assign(1)
    try:
        later = gan.generate(batch, gan.random_stream())
    finally:
        gan.step.assign(0)
    np.testing.assert_array_equal(later["label"], [0, 1, 0, 2, 1, 2, 1, 0])
    np.testing.assert_array_equal(later["paired"], [1, 1, 0, 0, 1, 1, 0, 0])
    changed = np.abs(later["images"] - first["images"]).max(axis=(1, 2, 3)) > 1e-4
    np.testing.assert_array_equal(changed, later["paired"] == 0)


def test_what_is_paid_by_hand(gan):
    batch = prepare(gan, [0, 1, 2, 0])
    images = tf.zeros_like(batch["target"])
    fake = {"images": images, "label": tf.constant([0, 1, 0, 2]),
            "paired": tf.constant([1.0, 1.0, 0.0, 0.0])}  # fmt: skip
    logits = tf.constant([[9.0, 0.0, 0.0]] * 4)
    terms = gan.generator_terms(batch, fake, {"logits": logits})
    l1 = np.abs(batch["target"][:2]).mean()  # of those with a target alone
    np.testing.assert_allclose(terms["l1"], 100.0 * l1, rtol=1e-5)
    sure, unsure = -np.log(np.exp(9) / (np.exp(9) + 2)), np.log(np.exp(9) + 2)
    category = (2 * sure + 2 * unsure) / 4
    np.testing.assert_allclose(terms["category"], category, rtol=1e-5)
    encoder = gan.generator.get_layer("painter").get_layer("encoder")
    codes = [encoder(one)[-1].numpy() for one in (batch["source"], images)]
    constant = 15.0 * ((codes[0] - codes[1]) ** 2).mean()
    np.testing.assert_allclose(terms["constant"], constant, rtol=1e-4)


def test_the_critic_is_asked_for_the_hand_that_was_told(gan):
    batch = prepare(gan, [0, 0, 1, 1])
    fake = {"images": batch["target"], "label": tf.constant([2, 2, 2, 2])}
    critic_pass = type("Pass", (), {"outputs": {
        "real": {"logits": tf.one_hot([0, 0, 1, 1], 3) * 50.0},
        "fake": {"logits": tf.one_hot([2, 2, 2, 0], 3) * 50.0},
    }})  # fmt: skip
    terms = gan.discriminator_terms(batch, fake, critic_pass)
    np.testing.assert_allclose(terms["category"], 0.5 * 50.0 / 4, rtol=1e-5)


def test_the_way_between_two_hands_starts_and_ends_at_them(gan):
    source = np.random.default_rng(1).uniform(-1, 1, (1, 16, 16, 1)).astype("float32")
    latents, fractions = np.zeros((5, gan.latent_size), "float32"), np.linspace(0, 1, 5)
    walk = gan.interpolate(latents, fractions, {"source": source, "label": ("a", "c")})
    for frame, hand in ((walk[0], "a"), (walk[-1], "c")):
        expected = gan.sample([0], {"source": source, "label": hand})[0]
        np.testing.assert_allclose(frame, expected, atol=1e-5)
    steps = np.abs(np.diff(walk, axis=0)).mean(axis=(1, 2, 3))
    assert (steps > 0).all() and steps.max() < 4 * steps.min()


def test_a_new_hand_starts_from_known_ones_with_the_encoder_frozen(gan):
    new = Zi2Zi.example(classes=("b", "mine"))
    start = take_weights(new, gan, freeze="encoder")
    assert start.new_classes == ("mine",)
    old, own = (g.generator.get_layer("styles").get_weights()[0] for g in (gan, new))
    np.testing.assert_array_equal(own[0], old[1])
    new.compile()
    encoder = new.generator.get_layer("painter").get_layer("encoder")
    before = encoder.get_weights()
    data = {**batch_for(new, 4), "label": tf.constant([0, 1, 1, 0])}
    new.fit(tf.data.Dataset.from_tensors(data), verbose=0)
    for one, other in zip(before, encoder.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert np.abs(new.generator.get_layer("styles").get_weights()[0] - own).max() > 0
    with pytest.raises(InputError, match=r"freeze one of .*encoder.* layers\. Received: 'decoder'"):
        freeze_layers(gan, "decoder")


def test_it_learns_two_hands():
    gan = Zi2Zi.example(classes=2, width=8, shuffle_after=None)
    gan.compile()
    first = fit_two(gan, 1)
    assert fit_two(gan, 30) < 0.7 * first


def fit_two(gan, epochs):
    """Trains on the source as it is, and upside down; returns the last difference."""
    source = np.random.default_rng(0).choice([-1.0, 1.0], (8, 16, 16, 1)).astype("float32")
    source = np.repeat(np.repeat(source[:, ::4, ::4], 4, axis=1), 4, axis=2)
    label = np.array([0, 1] * 4, "int32")
    target = np.where(label[:, None, None, None] == 1, -source, source)
    data = {"source": source, "target": target, "label": label}
    data = tf.data.Dataset.from_tensors(data).repeat(1)
    return gan.fit(data, epochs=epochs, verbose=0).history["generator_l1"][-1]


@pytest.mark.parametrize("options", [{"l1_weight": -1.0}, {"shuffle_after": -1}, {"style_size": 0}])
def test_mistakes_are_named(options):
    with pytest.raises(InputError, match=next(iter(options))):
        Zi2Zi.example(**options)
