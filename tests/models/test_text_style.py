"""Text style: whose states the critic sees, when the decoder is paid, and what people type."""

import numpy as np
import pytest
import tensorflow as tf

from kgan.data import text_styles
from kgan.errors import InputError
from kgan.models.core.conditions import Label, Tokens
from kgan.models.text_style import TextStyle
from tests.games import batch_for, fit

NAMES = ("", "hey", "dear", "sam", "ann", "bring", "pass")
STYLES = ("curt", "polite")


def named(**options):
    return TextStyle.example(vocabulary=NAMES, classes=STYLES, **options)


def generated(gan, count=6):
    batch = gan.name_batch({**batch_for(gan, count), "label": tf.range(count) % gan.styles})
    return batch, gan.generate(batch, gan.random_stream())


def test_texts_are_rewritten_in_every_other_style():
    gan = TextStyle.example(classes=3)
    batch, fake = generated(gan, 300)
    moves = (fake["wanted"] - batch["label"]).numpy() % 3
    assert 0 not in moves
    np.testing.assert_allclose(np.bincount(moves)[1:] / 300, [0.5, 0.5], atol=0.1)


def test_the_critic_judges_states_in_the_style_that_they_have(monkeypatch):
    gan = named()
    batch, fake = generated(gan)
    seen = []

    def judge(states, told):
        seen.append((states.numpy(), told["label"].numpy()))
        return {"scores": tf.ones((len(states), 1)) * (2.0 if len(seen) % 2 else -1.0)}

    monkeypatch.setattr(gan, "judge", judge)
    loss = gan.discriminator_loss(batch, fake, gan.random_stream())
    for states, label in seen:
        style = gan.generator.get_layer("autoencoder").style_vectors.numpy()[label]
        np.testing.assert_array_equal(states[:, 0, :3], style)  # the first state begins with it
    np.testing.assert_array_equal(seen[0][1], 1 - seen[1][1])
    np.testing.assert_allclose(loss["adversarial"], np.log1p(np.exp(-2)) + np.log1p(np.exp(-1)))


@pytest.mark.parametrize("score, paid", [(2.0, np.log1p(np.exp(2.0))), (0.0, 0.0)])
def test_the_decoder_is_paid_by_a_critic_that_can_judge(score, paid, monkeypatch):
    gan = named(content_weight=0.5)
    batch, fake = generated(gan)
    signs = iter((score, -score))
    monkeypatch.setattr(gan, "judge", lambda *_: {"scores": tf.fill((6, 1), next(signs))})
    losses = gan.generator_loss(batch, fake, gan.random_stream())
    np.testing.assert_allclose(losses["adversarial"], paid, rtol=1e-6)  # 1.386 nats at 0
    np.testing.assert_allclose(losses["content"], 0.5 * tf.reduce_mean(fake["content"]))
    np.testing.assert_allclose(losses["reconstruction"], 4 * np.log(7), rtol=0.2)


def test_contents_agree_by_what_is_written_and_not_by_saying_nothing():
    gan = named()
    batch, _ = generated(gan)
    model = gan.generator.get_layer("autoencoder")
    with tf.GradientTape() as tape:
        fake = gan.generate(batch, gan.random_stream())
        loss = tf.reduce_mean(fake["content"])
    kernel = tape.gradient(loss, model.kernel.value)  # by which words are written
    assert np.abs(kernel).max() > 0
    content = model.encode(*model.look_up(batch["tokens"]))
    assert (fake["content"] > 0).numpy().any() and content.shape == (6, 5)


@pytest.mark.slow
def test_it_learns_to_write_what_it_has_read():
    gan = TextStyle.example(content_size=8)
    gan.compile(run_eagerly=True)
    for optimizer in gan.optimizers.values():
        optimizer.learning_rate = 0.02
    losses = fit(gan, batch_size=8, batches=1, epochs=12)["generator_reconstruction"]
    assert losses[-1] < 0.8 * losses[0]


def test_a_sentence_and_a_style_are_what_a_person_gives():
    gan = named()
    told = {"tokens": "hey sam bring", "label": "polite"}
    by_name = gan.sample([0], told)
    by_number = gan.sample([5], {"tokens": [[1, 3, 5, 0]], "label": [1]})
    np.testing.assert_array_equal(by_name, by_number)
    two = gan.sample([0, 1], {"tokens": ["hey sam bring", "dear ann pass"], "label": "curt"})
    assert len(gan.texts_of(two)) == 2
    with pytest.raises(InputError, match=r"Unknown word\. Received: 'bob'"):
        gan.sample([0], {"tokens": "hey bob", "label": 0})
    with pytest.raises(InputError, match=r"Expected texts of 1 to 4 words. Received: 5"):
        gan.sample([0], {"tokens": "hey sam sam sam sam", "label": 0})


def test_conditions_know_the_words_and_styles_of_the_data():
    source = text_styles(count=20)
    gan = TextStyle(**TextStyle.arguments_from(source), content_size=4, width=2)
    assert gan.condition(Label).classes == ("curt", "polite")
    assert gan.condition(Tokens).token_names == source.vocabulary
    assert gan.metadata()["token_names"] == list(source.vocabulary)
    shown = gan.preview(6, source.arrays(limit=9))
    assert shown.shape == (6, 12)
    np.testing.assert_array_equal(shown[::2], source.arrays(limit=3)["tokens"])


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"classes": 1}, "at least 2 styles. Received: classes=1"),
        ({"temperature": 0.0}, "temperature > 0. Received: 0.0"),
        ({"content_size": 0}, "content_size >= 1. Received: content_size=0"),
        ({"content_weight": -1.0}, "content_weight"),
    ],
)
def test_options_out_of_range_are_refused(wrong, message):
    with pytest.raises(InputError, match=message):
        TextStyle.example(**wrong)
