"""Replicas and workers that are real, against one process with the same global batch."""

import concurrent.futures
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf

from kgan.runs.checkpoints import find_newest_step
from kgan.runs.config import read_recipe
from kgan.runs.parse import parse
from kgan.training import launch, train
from tests.small_runs import KGAN, digest, environment

# Gradient penalty, two critic moves, Adam; no batch statistics, of which each replica has its own.
OPTIONS = [
    "--training.batch_size",
    "40",
    "--data.count",
    "2000",
    "--training.steps_per_execution",
    "1",
]
OPTIONS += ["--training.epochs", "3", "--training.steps_per_epoch", "10"]
OPTIONS += ["--training.checkpoint_steps", "4", "--training.samples", "4"]
OPTIONS += ["--model.discriminator_steps", "2"]

# One worker gets a signal, once, in the middle of the second epoch.
MORTAL = """
import os, pathlib, sys
from kgan.cli import main
from kgan.cli.startup import set_environment
set_environment()
from kgan.training import callbacks
from kgan.training import loop
mark = pathlib.Path(sys.argv[sys.argv.index("--out") + 1] + "-signalled")

class Mortal(callbacks.NaNGuard):
    def on_train_batch_end(self, batch, logs=None):
        chosen = '"index": INDEX' in os.environ["TF_CONFIG"]
        if chosen and self.model.rounds == 15 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), SIGNAL)

loop.NaNGuard = Mortal
sys.exit(main())
"""


def mortal(index, number):
    return MORTAL.replace("INDEX", str(index)).replace("SIGNAL", str(int(number)))


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
    train(parse(OPTIONS, [read_recipe("wgan_gp_ring")]), folder)
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
    monkeypatch.setattr(launch, "_KGAN", mortal(1, signal.SIGKILL))
    folder = tmp_path / "workers"
    launch.launch(["train", "wgan_gp_ring", *OPTIONS, "--out", str(folder)], 2, restarts=1)
    out, err = capfd.readouterr()
    assert "Training wgan_gp for 30 steps on 2 workers with 2 replicas, float32" in out
    assert "Starting all again, 1 of 1." in err
    assert "Resuming wgan_gp at step 14 of 30" in out
    assert_same_weights(weights(folder), alone)


def two_workers(folder, program=KGAN):
    """Trains with two processes. Returns code and errors of each, and when it ended."""
    line = ["train", "wgan_gp_ring", *OPTIONS, "--out", str(folder), "--distribute", "multiworker"]
    addresses = launch._find_free_addresses(2)
    processes = []
    for index in range(2):
        config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        told = {**environment(), "TF_CONFIG": json.dumps(config)}
        command = [sys.executable, "-c", program, *line]
        pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
        processes.append(subprocess.Popen(command, env=told, **pipes))

    def ended(process):
        errors = process.communicate(timeout=600)[1]
        return process.returncode, errors, time.time()

    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        return list(threads.map(ended, processes))


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    """Returns the folder of an undisturbed run of two workers."""
    folder = tmp_path_factory.mktemp("runs") / "together"
    for code, errors, _ in two_workers(folder):
        assert code == 0, errors
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    "index, number", [(0, signal.SIGTERM), (1, signal.SIGTERM), (1, signal.SIGINT)]
)
def test_a_stop_of_one_worker_saves_this_round_and_stops_all(together, tmp_path, index, number):
    folder = tmp_path / "stopped"
    ends = two_workers(folder, mortal(index, number))
    asked = pathlib.Path(f"{folder}-signalled").stat().st_mtime
    for code, errors, moment in ends:
        assert code == 128 + number, errors
        assert errors.splitlines()[-1] == (
            f"kgan: stopped by {signal.Signals(number).name} after step 15, which is saved. The "
            "same line goes on from there."
        )
        assert moment - asked < 10.0
    assert find_newest_step(folder) == 15
    for code, errors, _ in two_workers(folder):
        assert code == 0, errors
    assert digest(folder) == digest(together)


@pytest.mark.slow
@pytest.mark.parametrize("index", [0, 1])
def test_when_one_worker_is_killed_the_other_leaves_with_a_line(tmp_path, index):
    folder = tmp_path / "killed"
    ends = two_workers(folder, mortal(index, signal.SIGKILL))
    killed = pathlib.Path(f"{folder}-signalled").stat().st_mtime
    assert ends[index][0] == -signal.SIGKILL
    code, errors, moment = ends[1 - index]
    assert code == 1
    assert errors.splitlines()[-1].startswith("kgan: Another worker is gone, or cannot be reached")
    assert moment - killed < 30.0
    assert find_newest_step(folder) == 14


@pytest.mark.slow
def test_one_worker_is_a_run_too(alone, tmp_path, capfd):
    folder = tmp_path / "one"
    launch.launch(["train", "wgan_gp_ring", *OPTIONS, "--out", str(folder)], 1, restarts=0)
    assert "on 1 workers with 1 replicas" in capfd.readouterr().out
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
