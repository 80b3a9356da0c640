"""Runs in one process: what they are made of, and when they stop, refuse or go on."""

import dataclasses
import json
import pathlib
import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tensorflow.python.summary.summary_iterator import summary_iterator

from kgan.errors import InputError, RunError
from kgan.models import DCGAN
from kgan.runs import RunConfig, Training, load_run
from kgan.runs.build import build_model, compile_model, open_data, record_examples
from kgan.runs.parse import parse
from kgan.training import loop, train
from tests.games import batch_for, linear_gan

SMALL = {
    "model": {"name": "dcgan", "width": 4, "latent_size": 8, "ema_half_life": 50},
    "data": {"source": "digits", "size": 16},
    "training": {"batch_size": 8, "epochs": 2, "steps_per_epoch": 3, "samples": 4},
}


def small(*arguments):
    return parse(list(arguments), [SMALL])


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "finished"
    train(small(), folder)
    return folder


@pytest.fixture
def copied(finished, tmp_path):
    return pathlib.Path(shutil.copytree(finished, tmp_path / "run"))


def newest(folder):
    return pathlib.Path(tf.train.latest_checkpoint(str(folder / "checkpoints"))).name


def test_a_run_leaves_pictures_logs_events_and_checkpoints(finished):
    with Image.open(finished / "samples" / "epoch_0002.png") as grid:
        assert grid.size == (33, 33)  # 2 by 2 of 16, and a gap
    lines = [json.loads(line) for line in (finished / "metrics.jsonl").read_text().splitlines()]
    assert [(line["epoch"], line["step"]) for line in lines] == [(1, 3), (2, 6)]
    assert {"discriminator_loss", "generator_loss", "seconds"} <= set(lines[0])
    assert newest(finished) == "ckpt-6"
    names = {path.name for path in finished.iterdir()}
    assert names == {
        ".lock", "checkpoints", "config.yaml", "metrics.jsonl", "samples", "tensorboard"
    }  # fmt: skip


def test_a_finished_run_says_so_and_stays(copied, capsys):
    before = {path: path.read_bytes() for path in copied.rglob("*") if path.is_file()}
    gan = train(small(), copied)
    assert capsys.readouterr().out == f"{copied} has trained its 2 epochs already.\n"
    assert {path: path.read_bytes() for path in copied.rglob("*") if path.is_file()} == before
    expected = load_run(copied)[0].sample(range(2))
    np.testing.assert_array_equal(gan.sample(range(2)), expected)


def test_more_epochs_go_on_and_fewer_are_refused(copied, capsys):
    train(small("--training.epochs", "3"), copied)
    assert "Resuming dcgan at step 6 of 9 on " in capsys.readouterr().out
    assert newest(copied) == "ckpt-9"
    steps = {}
    for path in sorted(copied.glob("tensorboard/train/*tfevents*")):
        for event in summary_iterator(str(path)):
            for value in event.summary.value:
                steps.setdefault(value.tag, []).append(event.step)
    assert steps["epoch_generator_loss"] == [0, 1, 2]
    with pytest.raises(InputError, match=r"epochs of at least 3, which .*\. Received: 2\."):
        train(small(), copied)
    assert load_run(copied)[1].training.epochs == 3


def test_a_run_samples_without_its_data(tmp_path, random):
    photos = tmp_path / "photos"
    photos.mkdir()
    for number in range(8):
        pixels = random.integers(0, 256, (16, 16, 3), np.uint8)
        Image.fromarray(pixels).save(photos / f"{number}.png")
    arguments = ["--data.source", str(photos), "--training.epochs", "1"]
    train(small(*arguments), tmp_path / "run")
    config = load_run(tmp_path / "run")[1]
    assert len(config.examples.pop("digest")) == 32
    assert config.examples == {
        "count": 8,
        "image_shape": [16, 16, 3],
        "licence": "that of your own data; kgan does not know it",
    }
    extra = Image.fromarray(np.zeros((16, 16, 3), np.uint8))
    extra.save(photos / "new.png")
    with pytest.raises(InputError, match=r"the data the run began with: .*'count': 8.*'count': 9"):
        train(small(*arguments), tmp_path / "run")
    shutil.rmtree(photos)
    assert load_run(tmp_path / "run")[0].sample([0]).shape == (1, 16, 16, 3)


def test_a_run_without_a_checkpoint_is_refused(copied, tmp_path):
    shutil.rmtree(copied / "checkpoints")
    with pytest.raises(InputError, match=r"a run with a checkpoint. Received: .*run, which has"):
        load_run(copied)
    with pytest.raises(
        InputError, match=r"the folder of a run, with config.yaml, or a packed run. Received"
    ):
        load_run(tmp_path)


def test_a_checkpoint_of_other_networks_is_refused(copied):
    text = (copied / "config.yaml").read_text()
    (copied / "config.yaml").write_text(text.replace("width: 4", "width: 8"))
    for use in (load_run, lambda folder: train(small("--model.width", "8"), folder)):
        with pytest.raises(InputError, match=r"Expected a .*checkpoint.*ckpt-6") as caught:
            use(copied)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("--data.size", "20"), r"8 to 256 in steps of 8 .* image_shape=\(20, 20, 1\)"),
        (("--training.batch_size", "5000"), r"from 1 to 1437.*Received: batch_size=5000"),
        (("--data.source", "/nonexistent"), r"folder='/nonexistent'"),
        (("--model.network", "nope"), r"Unknown network. Received: 'nope'"),
        (("--model.regularizers", '{"r9": {}}'), r"Unknown regularizer. Received: 'r9'"),
        (
            ("--model.regularizers", '{"r1": {"weight": "x"}}'),
            "Expected numbers for regularizer r1",
        ),
    ],
)
def test_a_refused_run_leaves_no_folder(tmp_path, arguments, message):
    with pytest.raises(InputError, match=message):
        train(small(*arguments), tmp_path / "runs" / "new")
    assert not list(tmp_path.iterdir())


def test_a_config_from_python_trains_twice_in_one_folder(tmp_path, capsys):
    model = {"name": "gan", "width": 8, "network": "mlp", "augmentations": {}}
    data, training = {"source": "digits", "size": 16}, Training(8, epochs=1, steps_per_epoch=2)
    config = RunConfig(model, data, training)
    train(config, tmp_path / "run")
    train(
        dataclasses.replace(config, training=dataclasses.replace(training, epochs=2)),
        tmp_path / "run",
    )
    assert "Resuming gan at step 2 of 4" in capsys.readouterr().out


def test_folders_of_classes_are_hinted_at(tmp_path):
    for name in ("cats", "dogs"):
        (tmp_path / name).mkdir()
        Image.new("RGB", (16, 16)).save(tmp_path / name / "a.png")
    config = small("--model.name", "cgan", "--data.source", str(tmp_path))
    with pytest.raises(InputError, match=r"Subfolders are classes with --data.labels true\."):
        train(config, tmp_path / "run")


def test_pictures_that_change_between_stop_and_resume_are_told(tmp_path, capsys):
    for number in range(4):
        Image.new("L", (16, 16), 50 * number).save(tmp_path / f"{number}.png")
    config = small("--data.source", str(tmp_path))

    def start(earlier):
        return record_examples(config, open_data(config), earlier), capsys.readouterr().err

    first, told = start(None)
    assert told == "" == start(first)[1]
    Image.new("L", (16, 16), 7).save(tmp_path / "2.png")
    second, told = start(first)
    assert f"images:{tmp_path} has changed since the run was last started" in told
    assert start(second)[1] == ""


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("name: dcgan", "name: cgan", "with examples without classes"),
        ("width: 4", "widht: 4", "with the option widht"),
    ],
)
def test_a_config_of_another_variant_is_a_line(copied, old, new, message):
    text = (copied / "config.yaml").read_text()
    (copied / "config.yaml").write_text(text.replace(old, new))
    with pytest.raises(InputError, match=message) as caught:
        load_run(copied)
    assert "\n" not in str(caught.value)


class Poison(keras.callbacks.Callback):
    """Puts NaN into the generator after a step."""

    def __init__(self, step):
        super().__init__()
        self.poisoned_step = step

    def on_train_batch_end(self, batch, logs=None):
        if self.model.rounds == self.poisoned_step:
            kernel = self.model.generator.trainable_variables[0]
            kernel.assign(kernel * np.nan)


@pytest.mark.parametrize("step", [4, 6])
def test_nan_stops_the_run_before_anything_is_written(tmp_path, step):
    # After step 4 the losses of step 5 show it; after step 6, the epoch's last, only weights do.
    with pytest.raises(RunError, match=rf"from the \w+ at step {min(step + 1, 6)}\."):
        train(small(), tmp_path / "run", callbacks=[Poison(step)])
    assert newest(tmp_path / "run") == "ckpt-3"
    assert not (tmp_path / "run" / "samples" / "epoch_0002.png").exists()
    lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [1]
    assert np.isfinite(load_run(tmp_path / "run")[0].sample(range(4))).all()


@pytest.mark.slow
def test_mixed_precision_trains_resumes_and_stays_in_its_run(tmp_path):
    options = ("--training.precision", "mixed_bfloat16")
    train(small(*options, "--training.epochs", "1"), tmp_path / "run")
    gan = train(small(*options), tmp_path / "run")
    assert gan.generator.compute_dtype == "bfloat16"
    assert gan.generator.variable_dtype == "float32"
    loaded = load_run(tmp_path / "run")[0]
    assert loaded.generator.compute_dtype == "bfloat16"
    images = loaded.sample(range(4))
    assert images.dtype == np.float32
    np.testing.assert_array_equal(images, gan.sample(range(4)))
    assert keras.mixed_precision.dtype_policy().name == "float32"


def test_a_model_that_cannot_be_built_leaves_the_precision_alone():
    config = small("--training.precision", "mixed_bfloat16", "--model.network", "nope")
    config = dataclasses.replace(config, examples={"image_shape": [16, 16, 1]})
    with pytest.raises(InputError):
        build_model(config)
    assert keras.mixed_precision.dtype_policy().name == "float32"


def compiled(**options):
    gan = DCGAN.example()
    compile_model(gan, Training(**options), rounds=10)
    return gan.optimizers


def test_the_papers_optimizers_unless_told_otherwise():
    for optimizer in compiled().values():
        assert isinstance(optimizer, keras.optimizers.Adam)
        assert (optimizer.beta_1, optimizer.beta_2) == (0.5, 0.999)
        np.testing.assert_allclose(optimizer.learning_rate, 2e-4, rtol=1e-6)


def test_options_reach_the_optimizers():
    def rates(optimizers):
        return {name: float(optimizer.learning_rate) for name, optimizer in optimizers.items()}

    got = compiled(learning_rate=1e-3, beta_1=0.0, beta_2=0.9)
    assert rates(got) == pytest.approx({"generator": 1e-3, "discriminator": 1e-3})
    one = compiled(learning_rate={"discriminator": 4e-3})  # the other has the paper's own
    assert rates(one) == pytest.approx({"generator": 2e-4, "discriminator": 4e-3})
    assert {(o.beta_1, o.beta_2) for o in got.values()} == {(0.0, 0.9)}


@pytest.mark.parametrize("schedule, halfway", [("constant", 1.0), ("linear", 0.5), ("cosine", 0.5)])
def test_schedules_end_with_the_run(schedule, halfway):
    optimizer = compiled(learning_rate=1e-3, schedule=schedule)["generator"]
    rates = []
    for step in (0, 5, 10):
        optimizer.iterations.assign(step)
        rates.append(float(optimizer.learning_rate) / 1e-3)
    end = 1.0 if schedule == "constant" else 0.0
    assert rates == pytest.approx([1.0, halfway, end], abs=1e-6)


def test_accumulated_gradients_move_the_players_as_their_mean_would():
    """Critic and generator of weights w and g·z: every gradient of a round is known beforehand."""
    gan = linear_gan(adversarial="wasserstein")
    options = Training(gradient_accumulation=3, learning_rate=0.1, beta_1=0.0)
    gan.default_optimizer = keras.optimizers.SGD
    with pytest.raises(InputError, match=r"no training\.beta_1 for SGD"):
        compile_model(gan, options, rounds=6)
    compile_model(gan, dataclasses.replace(options, beta_1=None), rounds=6)
    start = [variable.numpy() for variable in gan.discriminator.trainable_variables]
    batches = batch_for(gan, 4), batch_for(gan, 4, seed=1), batch_for(gan, 4, seed=2)
    means = []
    for number, batch in enumerate(batches):
        gan.step.assign(number)
        rng = gan.random_stream().purpose(0)
        fake = gan.generate(gan.name_batch(batch), rng.purpose("generate"))
        means.append(np.mean(fake, axis=0) - np.mean(gan.name_batch(batch)["image"], axis=0))
    gan.step.assign(0)
    for number, batch in enumerate(batches):
        still = [variable.numpy() for variable in gan.discriminator.trainable_variables]
        np.testing.assert_array_equal(still, start)
        assert gan.rounds == number
        gan.fit(tf.data.Dataset.from_tensors(batch), verbose=0)
    moved = gan.discriminator.trainable_variables[0].numpy() - start[0]
    np.testing.assert_allclose(moved[:, 0], -0.1 * np.mean(means, axis=0), rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize(
    "schedule, advice", [("constant", "the same line goes on"), ("cosine", "cannot go on")]
)
def test_a_short_run_is_told_whether_it_can_be_longer_later(schedule, advice, capsys):
    gan = DCGAN.example()
    loop._warn_of_short_run(gan, Training(epochs=1, schedule=schedule), 3)
    assert advice in capsys.readouterr().err
