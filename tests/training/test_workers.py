"""Replicas and workers that are real, against one process with the same global batch."""

import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from kgan.training import launching, train
from kgan.training.config import recipe_sections
from kgan.training.options import parse

# Gradient penalty, two critic moves, Adam; no batch statistics, of which each replica has its own.
OPTIONS = ["--data.batch_size", "40", "--data.count", "2000", "--training.steps_per_execution", "1"]
OPTIONS += ["--training.epochs", "3", "--training.steps_per_epoch", "10"]
OPTIONS += ["--training.checkpoint_steps", "4", "--training.samples", "4"]
OPTIONS += ["--model.discriminator_steps", "2"]

# The second worker dies once, without a word, in the middle of the second epoch.
MORTAL = """
import os, pathlib, sys
from kgan.cli import main
from kgan.training import callbacks, run
mark = pathlib.Path(sys.argv[sys.argv.index("--out") + 1] + "-died")

class Mortal(callbacks.NaNGuard):
    def on_train_batch_end(self, batch, logs=None):
        second = '"index": 1' in os.environ["TF_CONFIG"]
        if second and self.model.rounds == 15 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), 9)

run.NaNGuard = Mortal
sys.exit(main())
"""

REPLICAS = """
import sys
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
several = [tf.config.LogicalDeviceConfiguration()] * int(sys.argv.pop(1))
tf.config.set_logical_device_configuration(cpu, several)
from kgan.cli import main
sys.exit(main())
"""


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "alone"
    train(parse(OPTIONS, [recipe_sections("wgan_gp_ring")]), folder)
    return weights(folder)


def weights(folder):
    """Returns `{name: array}` of the newest checkpoint's variables."""
    reader = tf.train.load_checkpoint(str(folder / "checkpoints"))
    names = [name for name in reader.get_variable_to_shape_map() if "VARIABLE" in name]
    return {name: reader.get_tensor(name) for name in names if "save_counter" not in name}


def assert_same_weights(found, expected):
    assert found.keys() == expected.keys()
    assert len(found) > 30
    for name, values in expected.items():
        atol = 1e-4 if name.startswith("losses") else 1e-5  # sums over an epoch
        np.testing.assert_allclose(found[name], values, rtol=1e-5, atol=atol, err_msg=name)


@pytest.mark.slow
def test_two_workers_of_which_one_dies_end_like_one_process(alone, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(launching, "_KGAN", MORTAL)
    folder = tmp_path / "workers"
    launching.launch(["train", "wgan_gp_ring", *OPTIONS, "--out", str(folder)], 2, restarts=1)
    out, err = capfd.readouterr()
    assert "Training wgan_gp for 30 steps on 2 workers with 2 replicas, float32" in out
    assert "Starting all again, 1 of 1." in err
    assert "Resuming wgan_gp at step 14 of 30" in out
    assert_same_weights(weights(folder), alone)


@pytest.mark.slow
def test_four_replicas_end_like_one(alone, tmp_path):
    line = ["train", "wgan_gp_ring", *OPTIONS, "--out", str(tmp_path / "four")]
    done = subprocess.run(
        [sys.executable, "-c", REPLICAS, "4", *line, "--distribute", "mirrored"],
        capture_output=True,
        text=True,
        check=False,
        env={key: value for key, value in os.environ.items() if key != "TF_CONFIG"},
    )
    assert done.returncode == 0, done.stderr
    assert "on 4 CPUs, mirrored" in done.stdout
    assert_same_weights(weights(tmp_path / "four"), alone)
