"""Kills, faults and workers at length: `tools/torture`."""

import os
import pathlib
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kgan.runs.checkpoints import Checkpoints
from tests.small_runs import digest, fresh, kgan, killed

pytestmark = pytest.mark.slow

# A game of 20 MB whose every number is the number of its round, saved for ever.
SAVER = """
import sys
import numpy as np
sys.path.insert(0, "")
from tests.training.test_torture import Numbers
from kgan.runs.checkpoints import Checkpoints
game = Numbers()
checkpoints = Checkpoints(sys.argv[1], game)
start = checkpoints.restore()
print("saving", flush=True)
for number in range(start + 1, start + 10_000):
    game.become(number)
    checkpoints.save()
"""


class Numbers:
    """As much of a GAN as `Checkpoints` looks at."""

    def __init__(self):
        self.values = [tf.Variable(tf.zeros((256, 256))) for _ in range(80)]
        self.step = tf.Variable(0, dtype=tf.int64)

    def become(self, number):
        for value in self.values:
            value.assign(tf.fill(value.shape, float(number)))
        self.step.assign(number)

    @property
    def rounds(self):
        return int(self.step.numpy())

    def players(self):
        return ()

    def state(self):
        held = [_Held(value) for value in self.values]
        return {"networks": held, "step": [_Held(self.step)], "losses": []}


class _Held:
    def __init__(self, value):
        self.value = value

    def numpy(self):
        return self.value.numpy()


def test_twenty_kills_while_saving_leave_twenty_whole_checkpoints(tmp_path):
    random = np.random.default_rng(0)
    before = 0
    for _ in range(20):
        command = [sys.executable, "-c", SAVER, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline() == "saving\n"
            time.sleep(random.uniform(0.0, 1.0))
            process.kill()
        game = Numbers()
        step = Checkpoints(tmp_path, game).restore()
        assert step >= before
        before = step
        for value in game.values:
            np.testing.assert_array_equal(value, np.full((256, 256), step, np.float32))
        names = {path.name.partition(".")[0] for path in (tmp_path / "checkpoints").iterdir()}
        assert len(names) <= 4  # two checkpoints, perhaps one more, and the list: no litter
    assert before > 20


SMALL = ["--training.epochs", "2", "--training.steps_per_epoch", "6", "--training.samples", "4"]
SMALL += ["--training.checkpoint_steps", "2", "--training.steps_per_execution", "1"]
PICTURES = ["--data.size", "16", "--model.width", "4"]
RUNS = {
    "dcgan": ["dcgan_digits", *PICTURES, "--training.batch_size", "8"],
    "wgan_gp": ["wgan_gp_ring", "--training.batch_size", "40", "--data.count", "1000"],
    "cyclegan": ["cyclegan_glyphs", *PICTURES, "--model.blocks", "1", "--training.batch_size", "4",
                 "--model.pool_size", "6"],
    "text_to_image": ["text_to_image_glyphs", *PICTURES, "--training.batch_size", "8"],
    "bigan": ["bigan_digits", *PICTURES, "--training.batch_size", "8"],
    "stylegan2": ["stylegan2_digits", *PICTURES, "--training.batch_size", "8"],
    "seqgan": ["seqgan_grammar", "--training.batch_size", "16", "--model.rollouts", "2",
               "--model.pretraining_steps", "4", "--model.critic_pretraining_steps", "2"],
}  # fmt: skip


@pytest.mark.parametrize("line", RUNS.values(), ids=RUNS)
def test_a_run_killed_within_epochs_ends_like_an_undisturbed_one(tmp_path, line):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    line = ["train", *line, *SMALL]
    assert kgan(*line, "--out", str(whole)).returncode == 0
    for step in (3, 5, 9):
        assert killed(str(step), "SIGKILL", *line, "--out", str(broken)).returncode == -9
    done = kgan(*line, "--out", str(broken))
    assert done.returncode == 0, done.stderr
    assert "Resuming" in done.stdout
    assert digest(broken) == digest(whole)


def test_a_full_disk_is_told_and_the_checkpoint_before_stays(tmp_path):
    folder = tmp_path / "run"
    line = ["train", "dcgan_digits", *PICTURES, "--training.batch_size", "8", *SMALL]
    line += ["--out", str(folder)]
    assert killed("5", "SIGKILL", *line).returncode == -9
    kept = pathlib.Path(tf.train.latest_checkpoint(str(folder / "checkpoints"))).name
    assert kept == "ckpt-4"
    limited = """
import resource, sys
from kgan.cli import main
import kgan.training.loop  # what is imported may write caches
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
sys.exit(main())
"""
    full = fresh(limited, *line)
    assert full.returncode == 1
    told = full.stderr.splitlines()[-1]
    assert told.startswith("kgan: A checkpoint of ") and str(folder / "checkpoints") in told
    assert kgan(*line).returncode == 0
    names = sorted(path.name for path in (folder / "checkpoints").iterdir())
    assert names == [
        "checkpoint",
        *(f"ckpt-{step}.{end}" for step in (10, 12) for end in ("data-00000-of-00001", "index")),
    ]


def test_a_stop_leaves_within_ten_seconds(tmp_path):
    line = ["train", "dcgan_digits", "--training.epochs", "1000", "--out", str(tmp_path / "run")]
    program = "import sys; from kgan.cli import main; sys.exit(main())"
    with subprocess.Popen(
        [sys.executable, "-c", program, *line], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as process:
        while b"step" not in process.stderr.readline():
            pass
        time.sleep(2.0)
        started = time.monotonic()
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(30) == 143
        assert time.monotonic() - started < 10.0


# Pictures that are decoded batch by batch, and are gone in the second epoch.
BREAKING = """
import pathlib, sys
from kgan import cli
from kgan.data import _images
from kgan.training import loop as run
import keras
_images._MEMORY = 0
how, folder, *line = sys.argv[1:]

class Break(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        for path in pathlib.Path(folder).iterdir() if epoch else ():
            path.unlink() if how == "deleted" else path.write_bytes(path.read_bytes()[:60])

train = run.train
run.train = lambda config, folder, **options: train(config, folder, [Break()], **options)
sys.exit(cli.main(line))
"""


@pytest.mark.parametrize(
    "how, reason", [("deleted", "cannot be opened: No such file"), ("truncated", "")]
)
def test_a_file_that_breaks_while_it_is_read_is_one_line(tmp_path, random, how, reason):
    photos, folder = tmp_path / "photos", tmp_path / "run"
    photos.mkdir()
    for number, pixels in enumerate(random.integers(0, 256, (120, 16, 16), np.uint8)):
        Image.fromarray(pixels).save(photos / f"{number:03}.png")
    line = ["train", "dcgan", "--data", str(photos), *PICTURES, "--training.batch_size", "8"]
    line += ["--training.epochs", "3", "--training.samples", "4", "--out", str(folder)]
    broken = fresh(BREAKING, how, str(photos), *line)
    assert broken.returncode == 2
    lines = broken.stderr[broken.stderr.index("step 1/") :].splitlines()
    *progress, told = lines
    assert all(said.startswith("step ") for said in progress), broken.stderr
    assert told.startswith("kgan: Expected the picture that was readable at the start. Received: ")
    assert f"{photos}/" in told and reason in told
    assert pathlib.Path(tf.train.latest_checkpoint(str(folder / "checkpoints"))).name == "ckpt-15"


# NaN after the fifth step, as long as the run has not gone back; killed at one moment after that.
POISONED = """
import os, sys
from kgan import cli
from kgan.training import loop as run
import keras
moment, *line = sys.argv[1:]

class Poison(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        back = int(self.model.rollbacks.numpy())
        if self.model.rounds == 5 and not back:
            last = self.model.generator.trainable_variables[-1]
            last.assign(last + float("nan"))
        if str(self.model.rounds) == moment and back:
            os.kill(os.getpid(), 9)

train = run.train
run.train = lambda config, folder, **options: train(config, folder, [Poison()], **options)
sys.exit(cli.main(line))
"""


def test_a_run_that_went_back_and_was_killed_ends_like_one_that_went_back(tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    line = ["train", *RUNS["dcgan"], *SMALL, "--training.rollbacks", "1", "--out"]
    gone_back = fresh(POISONED, "never", *line, str(whole))
    assert gone_back.returncode == 0, gone_back.stderr
    assert "Back to step 4, and on with other noise (rollback 1 of 1)." in gone_back.stderr
    for moment in ("5", "7"):  # before and after the first checkpoint that knows it went back
        assert fresh(POISONED, moment, *line, str(broken)).returncode == -signal.SIGKILL
    assert fresh(POISONED, "never", *line, str(broken)).returncode == 0
    assert digest(broken) == digest(whole)
