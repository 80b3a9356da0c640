"""What a Keras user expects of a model: each idiom works, or is refused in one line."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from kgan.errors import InputError
from kgan.layers import apply_spectral_norm
from kgan.losses import regularizers
from kgan.models.cgan import CGAN
from kgan.models.core.base import GAN
from kgan.models.dcgan import DCGAN
from kgan.models.pix2pix import Pix2Pix
from tests.games import (
    assert_same,
    batch_for,
    compiled,
    dataset_for,
    dense,
    fit,
    linear_gan,
    weights,
)

POINTS = np.random.default_rng(0).normal(size=(16, 2)).astype("float32")
callbacks = keras.callbacks


def data(points=POINTS, batch_size=4):
    return tf.data.Dataset.from_tensor_slices(points).batch(batch_size)


def game(**options):
    gan = linear_gan(**options)
    gan.compile()
    return gan


def play(gan, *others, epochs=2, **options):
    return gan.fit(data(), epochs=epochs, verbose=0, callbacks=list(others), **options).history


def everything(gan):
    """All that training changes, but for the means that are logged."""
    groups = (group for role, group in gan.state().items() if role != "mean_losses")
    return [variable.numpy() for group in groups for variable in group]


# ---- What works ------------------------------------------------------------------------------


def evaluates(tmp_path):
    gan = game()
    losses = gan.evaluate(data(), verbose=0)
    assert set(losses) == {"discriminator_loss", "generator_loss"}
    listed = gan.evaluate(data(), verbose=0, return_dict=False)
    assert listed == [losses["discriminator_loss"], losses["generator_loss"]]


def validates(tmp_path):
    history = play(game(), validation_data=data())
    assert {"val_discriminator_loss", "val_generator_loss"} < set(history)
    assert len(history["val_discriminator_loss"]) == 2


def splits_off_a_validation_set(tmp_path):
    gan = game()
    history = gan.fit(POINTS, validation_split=0.25, batch_size=4, verbose=0).history
    assert "val_generator_loss" in history and gan.rounds == 3


def schedules_by_epoch(tmp_path):
    gan = game()
    history = play(gan, callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5))
    for name, optimizer in gan.optimizers.items():
        np.testing.assert_allclose(float(optimizer.learning_rate), 2e-4 / 4, rtol=1e-6)
        np.testing.assert_allclose(history[f"learning_rate_{name}"], [1e-4, 5e-5], rtol=1e-6)


def reduces_on_a_plateau(tmp_path):
    gan = game()
    never_better = {"min_delta": 1e9, "patience": 1, "factor": 0.1, "mode": "min"}
    play(gan, callbacks.ReduceLROnPlateau("generator_loss", **never_better), epochs=3)
    rates = [float(optimizer.learning_rate) for optimizer in gan.optimizers.values()]
    np.testing.assert_allclose(rates, [2e-6, 2e-6], rtol=1e-5)


def stops_early(tmp_path):
    stop = callbacks.EarlyStopping(
        "val_generator_loss", mode="min", min_delta=1e9, restore_best_weights=True
    )
    gan = game()
    assert len(play(gan, stop, epochs=9, validation_data=data())["generator_loss"]) == 2
    assert gan.rounds == 4  # of the best epoch, the first


def keeps_checkpoints_of_weights(tmp_path):
    gan, path = game(ema_half_life=8), tmp_path / "best.weights.h5"
    play(gan, callbacks.ModelCheckpoint(path, save_weights_only=True))
    again = game(ema_half_life=8, seed=1)
    again.load_weights(path)
    assert_same(everything(gan), everything(again))
    assert [one.name for one in tmp_path.iterdir()] == ["best.weights.h5"]


def keeps_checkpoints_of_the_model(tmp_path):
    gan = game()
    keep = callbacks.ModelCheckpoint(
        tmp_path / "{epoch}.keras", "val_generator_loss", mode="min", save_best_only=True
    )
    play(gan, keep, epochs=1, validation_data=data())
    again = keras.models.load_model(tmp_path / "1.keras")
    assert_same(everything(gan), everything(again))


def resumes_from_a_backup(tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise KeyboardInterrupt

    whole, broken, again = game(), game(), game()
    play(whole)
    backup = callbacks.BackupAndRestore(tmp_path / "backup", delete_checkpoint=False)
    with pytest.raises(KeyboardInterrupt):
        play(broken, backup, Stop())
    play(again, callbacks.BackupAndRestore(tmp_path / "backup"))
    assert_same(everything(whole), everything(again))


def writes_tensorboard_and_csv(tmp_path):
    board = callbacks.TensorBoard(tmp_path / "board", write_graph=False)
    play(game(), board, callbacks.CSVLogger(tmp_path / "log.csv"), validation_data=data())
    assert "val_generator_loss" in (tmp_path / "log.csv").read_text().splitlines()[0]


def takes_names_of_optimizers(tmp_path):
    gan = linear_gan()
    gan.compile("adam")
    one, other = gan.optimizers.values()
    assert isinstance(one, keras.optimizers.Adam) and one is not other
    gan.compile({"generator": "sgd"})
    assert isinstance(gan.optimizers["generator"], keras.optimizers.SGD)
    assert isinstance(gan.optimizers["discriminator"], keras.optimizers.Adam)


def plays_single_batches(tmp_path):
    gan = game()
    before = gan.test_on_batch(POINTS, return_dict=True)
    trained = gan.train_on_batch(POINTS, return_dict=True)
    assert set(before) == set(trained) == {"discriminator_loss", "generator_loss"}
    assert gan.rounds == 1


def predicts_from_latents(tmp_path):
    gan = game()
    latents = gan.latents_of(range(6))
    for given in (latents, tf.data.Dataset.from_tensor_slices(latents).batch(4)):
        made = gan.predict(given, batch_size=None, verbose=0)
        np.testing.assert_allclose(made, gan.sample(range(6)), rtol=1e-6)


def predicts_from_latents_and_labels(tmp_path):
    gan = CGAN((16, 16, 1), 8, width=4)
    inputs = {"latents": gan.latents_of(range(3)), "label": np.array([2, 0, 1])}
    made = gan.predict(inputs, verbose=0)
    np.testing.assert_allclose(made, gan.sample(range(3), {"label": [2, 0, 1]}), atol=1e-6)


def predicts_translations_of_a_dataset(tmp_path):
    gan = Pix2Pix.example(noise=False)
    examples = batch_for(gan, 3)
    made = gan.predict(tf.data.Dataset.from_tensor_slices(examples).batch(2), verbose=0)
    expected = gan.sample(range(3), {"source": examples["source"].numpy()})
    np.testing.assert_allclose(made, expected, atol=1e-6)


def clones_and_summarizes(tmp_path):
    gan, lines = game(), []
    gan.summary(print_fn=lines.append)
    assert any("Total params" in line for line in lines)
    assert_same(weights([keras.models.clone_model(gan).generator]), weights([gan.generator]))
    assert gan.count_params() == sum(np.size(weight) for weight in gan.get_weights())


WORKS = (
    evaluates, validates, splits_off_a_validation_set, schedules_by_epoch, reduces_on_a_plateau,
    stops_early, keeps_checkpoints_of_weights, keeps_checkpoints_of_the_model,
    resumes_from_a_backup, writes_tensorboard_and_csv, takes_names_of_optimizers,
    plays_single_batches, predicts_from_latents, predicts_from_latents_and_labels,
    predicts_translations_of_a_dataset, clones_and_summarizes,
)  # fmt: skip


@pytest.mark.parametrize("idiom", WORKS, ids=lambda idiom: idiom.__name__)
def test_what_works(idiom, tmp_path):
    idiom(tmp_path)


# ---- What is refused, and what for -----------------------------------------------------------


def with_schedule():
    gan = linear_gan()
    rate = keras.optimizers.schedules.CosineDecay(1e-3, 100)
    gan.compile({"generator": keras.optimizers.Adam(rate)})
    return gan


def halving():
    return callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)


@pytest.mark.parametrize(
    "idiom, way",
    [
        (lambda: game().export("folder"), "kgan.export.publish"),
        (lambda: game().save("model.h5"), r"ends in \.keras"),
        (lambda: linear_gan().compile(keras.optimizers.Adam()), "'discriminator': …, 'generator'"),
        (lambda: linear_gan().compile(optimizer="adam"), r"optimizers=\{player: optimizer\}"),
        (lambda: linear_gan().compile(loss="mse", metrics=["mae"]), "Received: loss, metrics"),
        (lambda: linear_gan().compile("adamm"), "Received: 'adamm'"),
        (
            lambda: linear_gan().compile({"generator": keras.optimizers.Adam(use_ema=True)}),
            "ema_half_life",
        ),
        (lambda: play(game(), callbacks.SwapEMAWeights()), "ema_half_life"),
        (lambda: play(game(), callbacks.TerminateOnNaN()), "kgan.training.NaNGuard"),
        (lambda: play(with_schedule(), halving()), "training.schedule"),
        (
            lambda: play(with_schedule(), callbacks.ReduceLROnPlateau("generator_loss")),
            "training.schedule",
        ),
        (lambda: play(game(), class_weight={0: 1.0, 1: 2.0}), "no class_weight"),
        (lambda: game().fit(POINTS, sample_weight=np.ones(16), verbose=0), "no sample_weight"),
        (lambda: game().evaluate(POINTS, sample_weight=np.ones(16)), "no sample_weight"),
        (
            lambda: game().fit(data((POINTS, np.ones(16), np.ones(16))), verbose=0),
            "Weights of examples are not used",
        ),
        (lambda: game().train_on_batch(POINTS, sample_weight=np.ones(16)), "Weights of examples"),
        (lambda: game().train_on_batch({"image": POINTS}, y=np.ones(16)), "Received: 3 parts"),
        (
            lambda: game().predict(dataset_for(game(), 4, 2), verbose=0),
            r"latents for predict.*Received: image.*gan\.sample\(seeds",
        ),
        (lambda: game().predict(POINTS, verbose=0), r"latents \[N, 3\]\. Received.*\(2,\)"),
    ],
)
def test_what_is_refused_names_the_way(idiom, way, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=way) as caught:
        idiom()
    assert "\n" not in str(caught.value) and "\x1b" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@keras.saving.register_keras_serializable("tests")
class Failing(keras.layers.Layer):
    """Fails once the model is made, as Keras' own layers do: a `ValueError` or TensorFlow's."""

    error = None

    def call(self, inputs):
        if self.error is not None:
            raise self.error
        return inputs


def failing(error):
    layer = Failing()
    gan = own_game(layer)
    layer.error = error
    return gan


@pytest.mark.parametrize(
    "play",
    [
        lambda gan: gan(np.zeros((1, 3))),
        lambda gan: gan.sample([0]),
        lambda gan: gan.predict(np.zeros((1, 3)), verbose=0),
        lambda gan: fit(gan),
        lambda gan: gan.evaluate(data(), verbose=0),
        lambda gan: gan.train_on_batch(POINTS),
        lambda gan: gan.test_on_batch(POINTS),
        lambda gan: GAN((2,), 3, generator=gan.generator, discriminator=dense(2, 1)),
    ],
)
@pytest.mark.parametrize(
    "error", [ValueError("no room"), tf.errors.InvalidArgumentError(None, None, "no room")]
)
def test_errors_hold_no_colours(play, error):
    gan = failing(error)
    with pytest.raises(type(error)) as caught:
        play(gan)
    assert "\x1b" not in str(caught.value) and "call" in str(caught.value)
    with pytest.raises(type(error), match="\x1b"):
        gan.generator(np.zeros((1, 3)))  # Keras' own colours: else there is nothing to test


def test_a_layers_own_refusal_stays_one_line():
    gan = failing(InputError("Expected 7 columns. Received: 3. Widen it."))
    with pytest.raises(InputError, match=r"^Expected 7 columns. Received: 3. Widen it.$"):
        gan(np.zeros((1, 3)))


# ---- Held-out data ---------------------------------------------------------------------------


def test_held_out_losses_are_those_of_the_formula():
    gan = game()
    losses = gan.evaluate(POINTS, batch_size=16, verbose=0)
    rng = gan.random_stream()._replace(rollbacks=tf.constant(0, tf.int64)).purpose("held_out")
    latents = rng.purpose("generate").purpose("latents").normal((16, 3))
    real, fake = gan.discriminator(POINTS), gan.discriminator(gan.generator(latents))
    softplus = tf.math.softplus
    critic = float(tf.reduce_mean(softplus(-real)) + tf.reduce_mean(softplus(fake)))
    np.testing.assert_allclose(losses["discriminator_loss"], critic, rtol=1e-5)
    generator = float(tf.reduce_mean(softplus(-fake)))
    np.testing.assert_allclose(losses["generator_loss"], generator, rtol=1e-5)


def test_training_is_the_same_with_and_without_validation():
    """Normalization, averages, noise: nothing moves, and no later round is another one."""
    alone, watched = normalized_game(), normalized_game()
    histories = [play(alone), play(watched, validation_data=data())]
    assert_same(everything(alone), everything(watched))
    for name, values in histories[0].items():
        assert histories[1][name] == values


def normalized_game():
    normalize, size = keras.layers.BatchNormalization, {"latent_size": 3, "ema_half_life": 8}
    generator = keras.Sequential([keras.Input((3,)), dense(3, 2), normalize()])
    critic = keras.Sequential([keras.Input((2,)), normalize(), dense(2, 1)])
    return compiled(GAN((2,), generator=generator, discriminator=critic, **size))


def test_two_replicas_find_the_losses_of_one(two_replicas):
    alone = game().evaluate(data(batch_size=8), verbose=0)
    with two_replicas.scope():
        gan = game()
    both = gan.evaluate(data(batch_size=8), verbose=0)
    for name, value in alone.items():
        np.testing.assert_allclose(both[name], value, rtol=1e-5)


def test_noise_differs_from_batch_to_batch_and_not_from_time_to_time():
    gan = game()
    first = gan.evaluate(POINTS[:4], batch_size=4, verbose=0)
    twice = gan.evaluate(np.tile(POINTS[:4], (2, 1)), batch_size=4, verbose=0)
    assert first["generator_loss"] != twice["generator_loss"]
    assert gan.evaluate(POINTS[:4], batch_size=4, verbose=0) == first


def test_lazy_terms_are_paid_at_their_plain_weight():
    class Lazy(GAN):
        regularizers = (regularizers.r1(weight=2.0, every=5),)

    gan = linear_gan(Lazy)
    gan.compile()
    gan.step.assign(3)
    square = float(np.square(gan.discriminator.get_weights()[0]).sum())
    losses = gan.evaluate(POINTS, batch_size=4, verbose=0)
    np.testing.assert_allclose(losses["discriminator_r1"], square, rtol=1e-5)


# ---- Files -----------------------------------------------------------------------------------


class Doubling(keras.layers.Layer):
    """A person's own layer, registered with Keras by nobody."""

    def call(self, inputs):
        return 2.0 * inputs


def test_a_file_gives_the_whole_model_back_and_it_trains_on_alike(tmp_path):
    gan = linear_gan(ema_half_life=8, seed=5)
    rate = keras.optimizers.schedules.CosineDecay(1e-3, 100)
    gan.compile({"generator": keras.optimizers.Adam(rate)}, steps_per_execution=2)
    play(gan)
    gan.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    assert (type(again), again.seed, again.rounds, again.ema_half_life) == (GAN, 5, 8, 8)
    assert again.steps_per_execution == 2
    assert_same(everything(gan), everything(again))
    assert_same([gan.sample(range(3))], [again.sample(range(3))])
    for one in (gan, again):
        play(one)
    assert_same(everything(gan), everything(again))
    assert [path.name for path in tmp_path.iterdir()] == ["m.keras"]


def test_a_failed_save_leaves_the_file_before_it(tmp_path, monkeypatch):
    gan, path = game(), tmp_path / "m.keras"
    gan.save(path)
    before = path.read_bytes()

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(keras.Variable, "numpy", fail)
    monkeypatch.setattr(keras.Model, "save", fail)
    with pytest.raises(OSError, match="disk full"):
        gan.save(path)
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_frozen_layers_and_half_precision_survive(tmp_path):
    before = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy("mixed_float16")
    try:
        gan = DCGAN((16, 16, 1), 8, width=4)
    finally:
        keras.mixed_precision.set_dtype_policy(before)
    gan.discriminator.layers[1].trainable = False
    gan.compile()
    gan.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    assert again.compute_dtype == "float16" and again.generator.compute_dtype == "float16"
    assert isinstance(again.optimizers["generator"], keras.optimizers.LossScaleOptimizer)
    assert not again.discriminator.layers[1].trainable
    assert_same(everything(gan), everything(again))
    assert keras.mixed_precision.dtype_policy() == before


def own_game(layer):
    generator = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2), layer])
    return compiled(GAN((2,), 3, generator=generator, discriminator=dense(2, 1)))


def test_layers_of_your_own_are_given_as_keras_wants_them(tmp_path):
    gan, path = own_game(Doubling()), tmp_path / "m.keras"
    gan.save(path)
    with pytest.raises(TypeError, match="Doubling"):
        keras.models.load_model(path)
    again = keras.models.load_model(path, custom_objects={"Doubling": Doubling})
    assert_same([gan.sample(range(3))], [again.sample(range(3))])


def test_a_file_from_a_stranger_runs_no_code(tmp_path):
    path = tmp_path / "m.keras"
    own_game(keras.layers.Lambda(lambda x: x)).save(path)
    with pytest.raises(ValueError, match="lambda"):
        keras.models.load_model(path)
    keras.models.load_model(path, safe_mode=False)


def test_a_new_process_that_has_imported_kgan_reads_files(tmp_path):
    DCGAN((16, 16, 1), 8, width=4).save(tmp_path / "gan.keras")
    apply_spectral_norm(dense(2, 1)).save(tmp_path / "critic.keras")
    program = (
        "import sys, kgan, keras; "
        "first = [m for m in sys.modules if m.startswith(('kgan.models', 'kgan.layers'))]; "
        "names = [type(keras.models.load_model(p)).__name__ for p in sys.argv[1:]]; "
        "print(first, names, kgan.__name__)"
    )
    paths = [str(tmp_path / name) for name in ("gan.keras", "critic.keras")]
    done = subprocess.run(
        [sys.executable, "-c", program, *paths], capture_output=True, text=True, check=False
    )
    assert done.stdout == "[] ['DCGAN', 'Sequential'] kgan\n", done.stderr


def test_a_name_that_is_not_registered_leads_nowhere():
    known = keras.saving.get_custom_objects()
    assert "kgan>dcgan" in known and "kgan>GAN" in known and "kgan>WeightClip" in known
    assert keras.saving.get_registered_object("kgan>nothing") is None
    assert kgan.models.DCGAN is keras.saving.get_registered_object("kgan>dcgan")
