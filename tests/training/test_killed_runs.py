"""Whatever ends a run, the same line again ends with the weights of an undisturbed one."""

import json
import signal

import pytest
import tensorflow as tf

from kgan.system import count_cores
from tests.small_runs import digest, kgan, killed

LINE = ["train", "dcgan_digits", "--model.width", "4", "--model.ema_half_life", "20"]
LINE += ["--data.size", "16", "--training.batch_size", "8", "--training.samples", "4"]
LINE += ["--training.epochs", "3", "--training.steps_per_epoch", "4"]


def logged(folder):
    """Returns what was logged of each epoch, but for the time it took."""
    timed = dict.fromkeys(("seconds", "images_per_second", "waiting"))
    lines = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [{**line, **timed} for line in map(json.loads, lines)]


def epochs(folder):
    return [(line["epoch"], line["step"]) for line in logged(folder)]


def newest(folder):
    return tf.train.latest_checkpoint(str(folder / "checkpoints")).rpartition("/")[2]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "whole"
    done = kgan(*LINE, "--out", str(folder))
    assert done.returncode == 0, done.stderr
    return folder, done


def test_a_run_says_what_it_does(undisturbed):
    folder, done = undisturbed
    assert done.stdout == (
        "digits has labels, which dcgan does not use; see cgan, projection_gan.\n"
        f"Training dcgan for 12 steps on CPU ({count_cores()} cores), float32: {folder}\n"
        f"Trained: {folder} (pictures in {folder}/samples)\n"
    )
    short, *steps = done.stderr.splitlines()
    assert short.startswith("96 images are few: a GAN's pictures seldom show anything before")
    assert [line.split()[1] for line in (steps[0], steps[-1])] == ["1/12", "12/12"]
    assert "0:00:00 left" in steps[-1]
    assert all(line.startswith("step ") for line in steps)  # nothing of TensorFlow's start


def stopped(line, name, step, code):
    """Asks a run to stop by a signal."""
    asked = killed(str(step), name, *line)
    assert asked.returncode == code
    assert asked.stderr.splitlines()[-1] == (
        f"kgan: stopped by {name} after step {step}, which is saved. "
        "The same line goes on from there."
    )
    assert "Traceback" not in asked.stderr


@pytest.mark.slow
def test_its_config_repeats_it_however_often_it_is_stopped(undisturbed, tmp_path):
    config = undisturbed[0] / "config.yaml"
    folder = tmp_path / "killed"
    line = ["train", "--config", str(config), "--out", str(folder)]

    stopped(line, "SIGINT", step=6, code=130)
    assert newest(folder) == "ckpt-6"
    assert killed("7", "SIGKILL", *line).returncode == -signal.SIGKILL
    assert newest(folder) == "ckpt-6"
    stopped(line, "SIGTERM", step=7, code=143)
    assert newest(folder) == "ckpt-7"
    assert epochs(folder) == [(1, 4)]

    # The second epoch's checkpoint is there, and the list that names it is old.
    assert killed("save", "SIGKILL", *line).returncode == -signal.SIGKILL
    assert epochs(folder) == [(1, 4), (2, 8)]
    assert newest(folder) == "ckpt-7"

    # What a kill at other moments leaves behind.
    litter = [
        folder / ".metrics-abcdefgh.jsonl",
        folder / ".config-abcdefgh.yaml",
        folder / "samples" / ".epoch_0002-abcdefgh.png",
        folder / "checkpoints" / "checkpoint.tmp0123456789abcdef",
    ]
    for path in litter:
        path.write_text("half")
    litter.append(folder / "checkpoints" / "ckpt-9.data-00000-of-00001")  # without its index
    litter[-1].write_text("half")
    unfinished = folder / "checkpoints" / "ckpt-9_temp"
    unfinished.mkdir()
    (unfinished / "part-00000-of-00001.data-00000-of-00001").write_text("half")

    resumed = kgan(*line)
    assert resumed.returncode == 0, resumed.stderr
    assert "Resuming dcgan at step 8 of 12" in resumed.stdout
    value, count = digest(folder)
    assert (value, count) == digest(undisturbed[0])
    assert count > 40  # both networks, their optimizers' slots, the averaged generator, the step
    assert (folder / "config.yaml").read_bytes() == config.read_bytes()
    assert logged(folder) == logged(undisturbed[0])
    assert not [path for path in [*litter, unfinished] if path.exists()]
    assert {path.name for path in (folder / "checkpoints").iterdir()} == {
        path.name for path in (undisturbed[0] / "checkpoints").iterdir()
    }
