"""What takes a quiet machine, or an hour: kills, throughput, checkpoints, numbers of cores."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from kgan.system import count_cores
from tests.small_runs import KGAN, digest, environment, fresh

pytestmark = pytest.mark.slow

SMALL = ["train", "dcgan_digits", "--data.size", "16", "--model.width", "4"]
SMALL += ["--training.batch_size", "8", "--training.samples", "4"]
SMALL += ["--training.steps_per_epoch", "60", "--training.checkpoint_steps", "20"]


def test_an_hour_of_random_kills_ends_like_undisturbed_runs(tmp_path):
    """KGAN_KILL_MINUTES of kills, every KGAN_KILL_SECONDS; a run that ends before is followed."""
    minutes = float(os.environ.get("KGAN_KILL_MINUTES", "60"))
    least, most = map(float, os.environ.get("KGAN_KILL_SECONDS", "30 90").split())
    line = [*SMALL, "--training.epochs", str(max(4, round(10 * minutes)))]
    random, end, kills, runs = np.random.default_rng(0), time.monotonic() + 60 * minutes, 0, []
    while time.monotonic() < end:
        seed = ["--training.seed", str(len(runs))]
        runs.append((seed, tmp_path / f"killed-{len(runs)}"))
        supervisor = _supervised([*line, *seed], runs[-1][1])
        while time.monotonic() < end:
            try:
                supervisor.wait(random.uniform(least, most))
                break
            except subprocess.TimeoutExpired:
                kills += _killed(supervisor)
        assert supervisor.wait() == 0
    for seed, folder in runs:
        whole = folder.with_name(f"whole-{folder.name}")
        assert _supervised([*line, *seed], whole).wait() == 0
        assert digest(whole) == digest(folder)
    print(f"{kills} kills in {minutes:g} minutes, {len(runs)} runs")
    assert kills >= minutes * 60 / most / 2


def _supervised(line, folder):
    command = [sys.executable, "-c", KGAN, "launch", "--workers", "1", "--restarts", "1000"]
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([*command, *line, "--out", str(folder)], env=environment(), **silent)


def _killed(supervisor):
    """Kills the worker without a word. Returns how many there were."""
    children = pathlib.Path(f"/proc/{supervisor.pid}/task/{supervisor.pid}/children")
    workers = [int(number) for number in children.read_text(encoding="ascii").split()]
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    return len(workers)


# The first argument's so many cores are all there are.
CONFINED = """
import os, sys
from kgan.cli import main
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(sys.argv.pop(1))])
sys.exit(main())
"""


@pytest.mark.skipif(count_cores() < 2, reason="wants two cores")
@pytest.mark.parametrize("recipe", ["dcgan_digits", "stylegan2_digits"])
def test_one_core_and_two_train_alike(recipe, tmp_path):
    line = ["train", recipe, "--training.epochs", "1", "--training.steps_per_epoch", "20"]
    for count in ("1", "2"):
        done = fresh(CONFINED, count, *line, "--out", str(tmp_path / count))
        assert done.returncode == 0, done.stderr
        assert f"CPU ({count} cores)" in done.stdout
    assert digest(tmp_path / "1") == digest(tmp_path / "2")


# The same two threads: for one replica, and for two with half the batch each. In turns, for other
# processes of the machine take from both alike; each so long that what `fit` does before its first
# round does not count. The batch is large: what a round costs whatever its batch counts twice.
THROUGHPUT = """
import json, resource, time
from kgan.cli.startup import set_environment
set_environment()
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
tf.config.threading.set_intra_op_parallelism_threads(2)
tf.config.threading.set_inter_op_parallelism_threads(2)
from kgan.training import distribution, loop as run
from kgan.runs.config import read_recipe
from kgan.runs.parse import parse
config = parse(["--training.batch_size", "256"], [read_recipe("dcgan_digits")])
source = run.open_data(config)
config = run.record_examples(config, source)
batch_size, rounds, turns = config.training.batch_size, 60, 4

def played(gan, batches, count):
    used = resource.getrusage(resource.RUSAGE_SELF)
    start = time.monotonic()
    gan.fit(batches, steps_per_epoch=count, verbose=0, shuffle=False)
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    return time.monotonic() - start, cpu

games = []
for name in ("none", "mirrored"):
    placement = distribution.choose_placement(name)
    with placement.strategy.scope():
        gan = run.build_model(config)
        run.compile_model(gan, config.training, 1000)
    games.append((gan, placement.stream(source, batch_size, 0, 0)))
    played(*games[-1], 2)
found = []
for turn in range(turns):
    order = (0, 1) if turn % 2 else (1, 0)
    one, two = (values for _, values in sorted((i, played(*games[i], rounds)) for i in order))
    found.append([one[0] / two[0], one[1] / two[1], one[1] / rounds, two[1] / rounds])
print(json.dumps(found))
"""


def test_two_replicas_are_nine_tenths_as_fast_as_one_with_the_same_threads():
    done = fresh(THROUGHPUT)
    assert done.returncode == 0, done.stderr
    wall, cpu, one, two = np.median(json.loads(done.stdout.splitlines()[-1]), axis=0)
    print(
        f"two replicas: {wall:.2f} of one's images/s, {cpu:.2f} of its images per CPU second "
        f"({1e3 * one:.0f} and {1e3 * two:.0f} CPU ms a round)"
    )
    assert wall >= 0.9


# Where the time of a run goes: all of `fit`, and saving.
SAVING = """
import json, sys, time
from kgan import cli
from kgan.cli.startup import set_environment
set_environment()
from kgan.runs import checkpoints
from kgan.training import loop
spent = {"save": 0.0, "fit": 0.0}

def timed(owner, name, key):
    plain = vars(owner)[name]

    def measured(*arguments, **options):
        start = time.monotonic()
        try:
            return plain(*arguments, **options)
        finally:
            spent[key] += time.monotonic() - start

    setattr(owner, name, measured)

timed(checkpoints.Checkpoints, "save", "save")
timed(loop, "_fit", "fit")
code = cli.main()
print(json.dumps(spent))
sys.exit(code)
"""


def test_checkpoints_cost_no_more_than_two_percent_at_the_default_interval(tmp_path):
    line = ["train", "dcgan_digits", "--training.epochs", "2", "--out", str(tmp_path / "run")]
    done = fresh(SAVING, *line)
    assert done.returncode == 0, done.stderr
    spent = json.loads(done.stdout.splitlines()[-1])
    print(f"checkpoints: {100 * spent['save'] / spent['fit']:.2f} % of a run's time")
    assert spent["save"] <= 0.02 * spent["fit"]
