"""Phases, rewards and the slower copy of SeqGAN; what a language model takes and refuses."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.models.language_model import LanguageModel, language_model_of
from kgan.models.seqgan import SeqGAN
from kgan.runs.build import compile_model
from kgan.runs.checkpoints import Checkpoints
from kgan.runs.config import Training
from tests.games import assert_same, batch_for, dataset_for, fit, weights


def seqgan(**options):
    return SeqGAN.example(**{"pretraining_steps": 2, "critic_pretraining_steps": 1, **options})


def eager(gan, learning_rate=1e-4):
    """Compiles with steps along the gradient, untraced: tracing takes longer than a few rounds."""
    optimizers = {p.name: keras.optimizers.SGD(learning_rate) for p in gan.players()}
    gan.compile(optimizers, run_eagerly=True)
    return gan


def obstinate(generator, token):
    """Makes a generator write one token only."""
    model = language_model_of(generator)
    model.kernel.assign(tf.zeros_like(model.kernel))
    model.bias.assign(100.0 * tf.one_hot(token, model.vocabulary))


def test_phases_switch_at_their_rounds():
    gan = eager(seqgan())
    moved, logs = [], []
    for part in range(5):
        before = weights([gan.generator]), weights([gan.discriminator])
        logs.append(fit(gan, batches=1, seed=part))
        after = weights([gan.generator]), weights([gan.discriminator])
        moved.append(
            [
                any((a != b).any() for a, b in zip(one, other, strict=True))
                for one, other in zip(before, after, strict=True)
            ]
        )
    assert moved == [[True, False], [True, False], [False, True], [True, True], [True, True]]
    likelihood, reward, judged = (
        [log[name][0] for log in logs]
        for name in ("generator_loss", "policy_loss", "discriminator_loss")
    )
    np.testing.assert_allclose(likelihood, [np.log(7)] * 2 + [0.0] * 3, rtol=0.1)
    np.testing.assert_allclose(judged, [0.0] * 2 + [2 * np.log(2)] * 3, rtol=0.2)
    np.testing.assert_allclose(reward, [0.0] * 3 + [-0.5] * 2, rtol=0.2)  # −sigmoid(about 0)
    moves = {name: int(one.iterations.value) for name, one in gan.optimizers.items()}
    assert (moves["discriminator"], moves["policy"]) == (3, 2)  # of 5 rounds


def test_the_data_stand_for_what_is_written_while_the_generator_learns_them():
    gan = seqgan()
    batch = gan.name_batch(batch_for(gan, 8))
    for step, learning in enumerate([True, True, False, False]):
        gan.step.assign(step)
        made = gan.generate(batch, gan.random_stream()).numpy()
        assert (made == batch["tokens"].numpy()).all() == learning


def test_the_first_phase_is_the_language_model():
    gan, model = eager(seqgan()), eager(LanguageModel.example())
    for one in (gan, model):
        fit(one, batches=2)
    assert_same(weights([gan.generator]), weights([model.generator]), rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_gradients_may_be_accumulated_in_every_phase():
    gan = seqgan()
    compile_model(gan, Training(gradient_accumulation=2), rounds=7)
    phases = [weights([gan.generator])]
    for _ in range(7):  # likelihood in rounds 0 and 1, the critic alone in 2, then both
        gan.train_step(batch_for(gan, 4))
        phases.append(weights([gan.generator]))
    assert_same(phases[1], phases[0])
    assert_same(phases[3], phases[2])
    moved = [
        any((new != old).any() for old, new in zip(*pair, strict=True))
        for pair in itertools.pairwise(phases)
    ]
    assert moved[1] and sum(moved[2:]) == 2


def trained(gan):
    # The means that are logged begin again with each fit.
    groups = (group for role, group in gan.state().items() if role != "mean_losses")
    return [variable.numpy() for group in groups for variable in group]


@pytest.mark.slow
def test_a_resumed_run_goes_on_in_its_phase(tmp_path):
    for done in (1, 3):
        straight, stopped, resumed = (eager(seqgan()) for _ in range(3))
        data = dataset_for(straight, 4, 5)
        straight.fit(data, shuffle=False, verbose=0)
        stopped.fit(data.take(done), shuffle=False, verbose=0)
        Checkpoints(tmp_path / str(done), stopped).save()
        assert Checkpoints(tmp_path / str(done), resumed).restore() == done
        resumed.fit(data.skip(done), shuffle=False, verbose=0)
        assert_same(trained(straight), trained(resumed), rtol=1e-5, atol=1e-6)


def test_a_token_is_paid_what_the_copys_texts_from_there_are_worth(monkeypatch):
    """The critic counts threes; the copy writes twos alone, the generator threes alone."""
    gan = seqgan(rollouts=3)
    obstinate(gan.generator, 3)
    obstinate(gan.rollout_generator, 2)

    def judge(texts, batch):
        return {"scores": tf.reduce_sum(tf.cast(texts == 3, tf.float32), axis=1, keepdims=True)}

    monkeypatch.setattr(gan, "judge", judge)
    tokens = np.array([[3, 1, 3, 0], [0, 0, 0, 3]], "int32")
    threes = np.cumsum(np.pad(tokens == 3, ((0, 0), (1, 0))), axis=1)
    got = gan.rewards(tf.constant(tokens), gan.random_stream())
    np.testing.assert_allclose(got, 1.0 / (1.0 + np.exp(-threes.astype(float))), rtol=1e-5)


def test_rewards_are_means_over_rollouts(monkeypatch):
    gan = seqgan(length=2, vocabulary=2, rollouts=3)
    model = language_model_of(gan.rollout_generator)
    model.kernel.assign(tf.zeros_like(model.kernel))
    model.bias.assign(np.log([0.25, 0.75]))

    def judge(texts, batch):
        return {"scores": 4.0 * tf.cast(texts[:, 1:], tf.float32)}

    monkeypatch.setattr(gan, "judge", judge)
    got = gan.rewards(tf.zeros((4000, 2), tf.int32), gan.random_stream()).numpy()
    one = 1.0 / (1.0 + np.exp(-4.0))
    np.testing.assert_allclose(got[:, 2], 0.5)
    # No token and the first are worth a mean of three, of which binomially many wrote 1.
    means = 0.5 + (one - 0.5) * np.arange(4) / 3
    for kept in (0, 1):
        shares = [(np.abs(got[:, kept] - mean) < 1e-4).mean() for mean in means]
        np.testing.assert_allclose(shares, [1 / 64, 9 / 64, 27 / 64, 27 / 64], atol=0.03)


@pytest.mark.slow
def test_the_generator_learns_the_token_that_a_critic_rewards(monkeypatch):
    gan = SeqGAN.example(pretraining_steps=0, rollouts=1)

    def judge(texts, batch):
        threes = tf.reduce_sum(tf.cast(texts == 3, tf.float32), axis=1, keepdims=True)
        return {"scores": threes + 0.0 * tf.reduce_sum(gan.discriminator(texts))}

    monkeypatch.setattr(gan, "judge", judge)
    gan.compile({"policy": keras.optimizers.Adam(0.2)}, run_eagerly=True)
    before = (gan.sample(range(64)) == 3).mean()
    fit(gan, batch_size=32, batches=12)
    assert before < 0.4
    assert (gan.sample(range(64)) == 3).mean() > 0.8


def test_the_copy_follows_at_its_rate():
    gan = eager(seqgan(rollout_keep=0.75))
    assert_same(weights([gan.rollout_generator]), weights([gan.generator]))
    start = weights([gan.generator])
    fit(gan, batches=1)
    expected = [
        new + 0.75 * (old - new) for old, new in zip(start, weights([gan.generator]), strict=True)
    ]
    assert_same(weights([gan.rollout_generator]), expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"vocabulary": 1}, "vocabulary >= 2. Received: vocabulary=1"),
        ({"vocabulary": ("a",)}, "vocabulary >= 2. Received: vocabulary=1"),
        ({"length": 0}, "length >= 1. Received: length=0"),
        ({"pretraining_steps": -1}, "pretraining_steps >= 0. Received: pretraining_steps=-1"),
        ({"critic_pretraining_steps": -5}, "Received: critic_pretraining_steps=-5"),
        ({"rollouts": 0}, "rollouts >= 1. Received: rollouts=0"),
        ({"rollout_keep": 1.0}, r"rollout_keep in \[0, 1\). Received: 1.0"),
    ],
)
def test_options_out_of_range_are_refused(wrong, message):
    with pytest.raises(InputError, match=message):
        seqgan(**wrong)


@pytest.mark.parametrize(
    "tokens, message",
    [
        (np.zeros((4, 6), "int32"), r"tokens of length 4. Received: int32 \(6,\). Cut or pad"),
        (np.zeros((4, 4), "float32"), r"Expected whole tokens of length 4. Received: float32"),
    ],
)
def test_data_that_do_not_fit_are_refused(tokens, message):
    with pytest.raises(InputError, match=message):
        seqgan().name_batch({"tokens": tokens})
    with pytest.raises(InputError, match="Expected data with tokens for SeqGAN"):
        seqgan().name_batch({"image": tokens})


@pytest.mark.parametrize("dtype", ["uint8", "int64"])
def test_tokens_may_be_any_whole_numbers(dtype):
    tokens = np.array([[0, 6, 2, 3]], dtype)
    np.testing.assert_array_equal(seqgan().name_batch({"tokens": tokens})["tokens"], tokens)


@pytest.mark.parametrize("token", [7, -1, 2**32 + 3])
def test_an_unknown_token_ends_training_in_a_line(token):
    model = LanguageModel.example()
    model.compile()
    data = tf.data.Dataset.from_tensors({"tokens": np.full((4, 4), token)})
    with pytest.raises(
        InputError, match=f"^Expected tokens from 0 to 6. Received: {token}. Choose data"
    ):
        model.fit(data, verbose=0)


def test_tokens_become_texts():
    gan = seqgan(vocabulary=("", "a", "b"))
    assert gan.texts_of([[1, 2, 0, 0]]) == ["ab"]
    assert seqgan().texts_of([[1, 2, 0, 0]]) == ["1 2 0 0"]
