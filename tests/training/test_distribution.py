"""Strategies by name, and which rows of a batch each replica gets."""

import json
import re

import numpy as np
import pytest
import tensorflow as tf

from kgan.data import arrays
from kgan.errors import InputError, RunError
from kgan.runs.parse import parse
from kgan.training import distribution, train
from kgan.training.distribution import Placement
from tests.games import linear_gan


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    for function in (distribution._use_mirroring, distribution._use_workers, distribution._use_tpu):
        function.cache_clear()


@pytest.mark.parametrize("name", ["none", "auto"])
def test_one_device_needs_no_strategy(name):
    placement = distribution.choose_placement(name)
    assert (placement.replicas, placement.chief, placement.multiworker) == (1, True, False)
    assert placement.name.startswith("CPU (")
    assert placement.agree(7)


@pytest.mark.parametrize(
    ("name", "config", "message"),
    [
        ("parameter_server", None, "Expected mirrored or multiworker. Received: parameter_server"),
        (
            "mirored",
            None,
            "Unknown way to distribute. Received: 'mirored'. Known, nearest first: m",
        ),
        ("multiworker", None, "Received: None. Start them with kgan launch --workers N."),
        ("auto", "{}", "Received: '{}'. Start them with kgan launch"),
        ("multiworker", '{"cluster": {"worker": 3}}', "Expected workers in the environment's"),
        (
            "multiworker",
            '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1}}',
            "Expected a task of type worker or chief, with an index that TF_CONFIG has",
        ),
        (
            "multiworker",
            '{"cluster": {"worker": ["a:1"]}, "task": {"type": "ps", "index": 0}}',
            "Expected a task of type worker or chief",
        ),
        ("tpu", None, "Expected a TPU for --distribute tpu. Received: none ("),
    ],
)
def test_what_cannot_be_is_one_line(monkeypatch, name, config, message):
    if config is not None:
        monkeypatch.setenv("TF_CONFIG", config)
    with pytest.raises(InputError) as error:
        distribution.choose_placement(name)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("chiefs", "kind", "index", "expected"),
    [
        (0, "worker", 0, (True, 2)),
        (0, "worker", 1, (False, 2)),
        (1, "chief", 0, (True, 3)),
        (1, "worker", 0, (False, 3)),
    ],
)
def test_one_worker_is_the_chief(monkeypatch, chiefs, kind, index, expected):
    cluster = {"chief": ["c:1"] * chiefs, "worker": ["a:1", "b:1"]}
    task = {"type": kind, "index": index}
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": cluster, "task": task}))
    assert distribution._read_task() == expected


def test_mirrored_needs_two_devices(monkeypatch):
    cpus = tf.config.list_logical_devices("CPU")[:1]
    monkeypatch.setattr(
        tf.config, "list_logical_devices", lambda kind=None: cpus if kind == "CPU" else []
    )
    with pytest.raises(InputError, match="Expected at least two GPUs"):
        distribution.choose_placement("mirrored")


def test_replicas_play_one_step_a_call_and_the_run_says_so(two_replicas, tmp_path, capsys):
    sections = {
        "model": {"name": "gan", "network": "mlp_points", "width": 8, "latent_size": 4},
        "data": {"source": "ring", "count": 200},
        "training": {
            "batch_size": 8,
            "epochs": 1,
            "steps_per_epoch": 4,
            "samples": 4,
            "steps_per_execution": 2,
        },
    }
    placement = Placement(two_replicas, True, "two CPUs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distribution, "choose_placement", lambda name: placement)
        gan = train(parse([], [sections]), tmp_path)
    assert gan.rounds == 4
    said = capsys.readouterr()
    assert "training.steps_per_execution is for one device: on two CPUs it is 1.\n" in said.out
    assert re.search(r"\d+ images/s \(\d+ a replica\)  \d+% waiting for data", said.err)
    assert "steps_per_execution: 2" in (tmp_path / "config.yaml").read_text()
    with two_replicas.scope():
        gan = linear_gan()
        with pytest.raises(InputError, match=r"of 1 under a distribution strategy.*Received: 2\."):
            gan.compile(steps_per_execution=2)


def test_each_replica_reads_its_rows_of_the_batch(two_replicas):
    source = arrays({"image": np.zeros([20, 4, 4, 1], np.uint8), "number": np.arange(20)})
    placement = Placement(two_replicas, True, "two CPUs")
    whole = iter(source.stream(batch_size=6, seed=3, start_step=2))
    for _, batch in zip(range(5), placement.stream(source, 6, 3, 2), strict=False):
        parts = two_replicas.experimental_local_results(batch["number"])
        assert [part.shape for part in parts] == [(3,), (3,)]
        np.testing.assert_array_equal(np.concatenate(parts), next(whole)["number"])


@pytest.mark.parametrize(("batch_size", "moves"), [(7, 1), (8, 5), (1, 1)])
def test_a_batch_that_replicas_cannot_share_is_refused(two_replicas, batch_size, moves):
    placement = Placement(two_replicas, True, "two CPUs")
    placement.check(8, 4)
    with pytest.raises(InputError, match=f"2 replicas share .* training.batch_size={batch_size}"):
        placement.check(batch_size, moves)


def test_gradients_of_replicas_are_not_accumulated(two_replicas):
    with pytest.raises(InputError, match=r"no training\.gradient_accumulation with several rep"):
        Placement(two_replicas, True, "two CPUs").check(8, 1, accumulated=2)
    distribution.choose_placement("none").check(8, 1, accumulated=2)


def test_one_of_several_workers_does_not_stop_alone(two_replicas):
    class Workers(Placement):
        multiworker = True

    with pytest.raises(InputError, match=r"no evaluation\.patience with several workers"):
        Workers(two_replicas, True, "").check(8, 1, patience=3)
    Placement(two_replicas, True, "two CPUs").check(8, 1, patience=3)


def test_the_loss_of_another_worker_is_told_and_other_errors_stay_themselves(two_replicas):
    class Workers(Placement):
        multiworker = True

    lost = tf.errors.UnavailableError(None, None, "Connection reset by peer\nmore")
    told = pytest.raises(RunError, match=r"worker is gone, .* \(Connection reset by peer\)")
    with told, Workers(two_replicas, True, "").report_lost_workers():
        raise lost
    page = tf.errors.UnavailableError(None, None, "Error:\n\nAt (last):\nAborted by: Reset\nmore")
    with (
        pytest.raises(RunError, match=r"\(Aborted by: Reset\)"),
        Workers(two_replicas, True, "").report_lost_workers(),
    ):
        raise page
    with (
        pytest.raises(tf.errors.UnavailableError),
        Placement(two_replicas, True, "").report_lost_workers(),
    ):
        raise lost
