"""On which devices a run trains: the strategy by name, and which of several workers writes."""

import contextlib
import functools
import json
import os
from collections.abc import Callable, Iterator
from typing import NamedTuple

import tensorflow as tf

from kgan.data import Source
from kgan.errors import InputError, UnknownNameError, WorkerGone
from kgan.system import count_cores
from kgan.types import Tensor

NAMES = ("auto", "none", "mirrored", "multiworker", "tpu")


class Placement(NamedTuple):
    """Where a run trains.

    Attributes:
        strategy: the `tf.distribute.Strategy`.
        chief: whether this process writes the run's folder; of several workers one does.
        name: of the devices, for people.
    """

    strategy: tf.distribute.Strategy
    chief: bool
    name: str

    @property
    def replicas(self) -> int:
        """Copies of the model that train in step."""
        return self.strategy.num_replicas_in_sync

    @property
    def distributed(self) -> bool:
        """Whether there is a strategy that distributes, if only to one replica."""
        with self.strategy.scope():
            return tf.distribute.has_strategy()

    @property
    def multiworker(self) -> bool:
        """Whether several processes train in step."""
        return isinstance(self.strategy, tf.distribute.MultiWorkerMirroredStrategy)

    def stream(
        self,
        source: Source,
        batch_size: int,
        seed: int,
        start_step: int,
        measure: Callable[[tf.data.Dataset], tf.data.Dataset] = lambda batches: batches,
    ) -> tf.data.Dataset | tf.distribute.DistributedDataset:
        """Returns what `fit` takes: `Source.stream`, of which each replica reads its own rows.

        Args:
            source: the data.
            batch_size: examples of a global batch.
            seed: see `Source.stream`.
            start_step: see `Source.stream`.
            measure: wraps the dataset of each pipeline, see `InputWait.measure`.
        """
        if self.replicas == 1:
            return measure(source.stream(batch_size, seed, start_step))

        def stream_share(context: tf.distribute.InputContext) -> tf.data.Dataset:
            share = context.input_pipeline_id, context.num_input_pipelines
            rows = source.stream(batch_size, seed, start_step, share)
            if self.replicas // context.num_input_pipelines > 1:
                rows = rows.rebatch(batch_size // self.replicas, drop_remainder=True)
            return measure(rows)

        return self.strategy.distribute_datasets_from_function(stream_share, self._input_options())

    def _input_options(self) -> tf.distribute.InputOptions | None:
        devices = self.strategy.extended.worker_devices
        if self.multiworker or not all("CPU" in device for device in devices):
            return None
        # A pipeline for each replica. What fetches one pipeline's batches to several devices has a
        # thread that tunes, for which `fit` waits at its end, up to as long again as it took.
        return tf.distribute.InputOptions(
            experimental_fetch_to_device=False,
            experimental_replication_mode=tf.distribute.InputReplicationMode.PER_REPLICA,
            experimental_place_dataset_on_device=True,
        )

    def agree(self, number: int) -> bool:
        """Returns whether all workers have the same whole number; they wait for each other here."""
        if not self.multiworker:
            return True
        numbers = _gather(self.strategy)(tf.constant(number, tf.int64)).numpy()
        return bool((numbers == numbers[0]).all())

    def reduce_max(self, number: int) -> int:
        """Returns the largest whole number of any worker; they wait for each other here."""
        if not self.multiworker:
            return number
        return int(_gather(self.strategy)(tf.constant(number, tf.int64)).numpy().max())

    @contextlib.contextmanager
    def report_lost_workers(self) -> Iterator[None]:
        """Says in one line that another worker is gone, where several train in step.

        Raises:
            WorkerGone: for any error of TensorFlow's that such a loss shows as.
        """
        try:
            yield
        except tf.errors.OpError as error:
            if not self.multiworker:
                raise
            lines = str(error).strip().splitlines() or [type(error).__name__]
            reasons = [line for line in lines if ": " in line and not line.endswith(":")]
            reason = (reasons or lines)[0].strip()[:200]  # past headings, such as of a stack
            raise WorkerGone(
                f"Another worker is gone, or cannot be reached ({reason}). What was saved stays: "
                "start all workers again, with the same line."
            ) from error

    def check(
        self, batch_size: int, moves: int, accumulated: int = 1, patience: int | None = None
    ) -> None:
        """Refuses a batch that the replicas cannot share evenly, and what they cannot do together.

        Args:
            batch_size: examples of a global batch.
            moves: the most moves of a player in a round, each on examples of its own.
            accumulated: rounds whose gradients are averaged, which Keras cannot do for replicas.
            patience: evaluations after which the worker that scores would stop, alone.
        """
        if patience is not None and self.multiworker:
            raise InputError(
                "Expected no evaluation.patience with several workers, of which one alone scores: "
                f"the others would wait for it for ever. Received: {patience}. Leave it out, and "
                "stop the run by hand."
            )
        if accumulated > 1 and self.replicas > 1:
            raise InputError(
                "Expected no training.gradient_accumulation with several replicas, for which Keras "
                f"has none. Received: {accumulated}, {self.replicas} replicas. Leave one of them "
                "out: several replicas are a larger batch already."
            )
        if batch_size % self.replicas or batch_size // self.replicas < moves:
            raise InputError(
                f"Expected a batch that {self.replicas} replicas share evenly, of {moves} examples "
                f"or more each. Received: training.batch_size={batch_size}. Give another "
                "--training.batch_size."
            )


@functools.cache
def _gather(strategy: tf.distribute.Strategy) -> Callable[[Tensor], Tensor]:
    """Returns a traced function of a replica's number that returns those of all."""

    @tf.function
    def gather(number):
        own = strategy.run(lambda: number[tf.newaxis])
        return strategy.gather(own, axis=0)

    return gather


def choose_placement(name: str = "none") -> Placement:
    """Returns the `Placement` of a name; TensorFlow must not have computed anything before.

    Args:
        name: `"none"`: one device, the first GPU if there is one. `"mirrored"`: all GPUs of this
            machine, or all logical CPUs where a test has made several. `"multiworker"`: the
            workers that the environment's `TF_CONFIG` names. `"tpu"`: the TPU found by TensorFlow.
            `"auto"`: multiworker where there is a `TF_CONFIG`, mirrored where there are several
            GPUs, else none.

    Raises:
        InputError: for a strategy that kgan does not train with, or devices that are not there.
    """
    if name in ("parameter_server", "parameterserver"):
        raise InputError(
            "Expected mirrored or multiworker. Received: parameter_server, in which workers train "
            "on weights of different ages: a game's players would not see each other as they are, "
            "and Keras 3 cannot fit with it. Give --distribute multiworker."
        )
    if name not in NAMES:
        raise UnknownNameError("way to distribute", name, NAMES)
    if name == "auto":
        several = len(tf.config.list_physical_devices("GPU")) > 1
        name = "multiworker" if "TF_CONFIG" in os.environ else "mirrored" if several else "none"
    return {
        "none": _use_one_device,
        "mirrored": _use_mirroring,
        "multiworker": _use_workers,
        "tpu": _use_tpu,
    }[name]()


def _use_one_device() -> Placement:
    gpus = tf.config.list_logical_devices("GPU")
    name = "GPU" if gpus else f"CPU ({count_cores()} cores)"
    return Placement(tf.distribute.get_strategy(), True, name)


# One of a kind in a process: a second strategy numbers its collectives from the start again, and
# TensorFlow takes them for the first one's ("Shape mismatch in the collective instance").
@functools.cache
def _use_mirroring() -> Placement:
    devices = tf.config.list_logical_devices("GPU")
    devices = devices if len(devices) > 1 else tf.config.list_logical_devices("CPU")
    if len(devices) < 2:
        raise InputError(
            "Expected at least two GPUs for --distribute mirrored. Received: "
            f"{len(tf.config.list_physical_devices('GPU'))}. Leave it out."
        )
    names = [device.name for device in devices]
    kind = devices[0].device_type
    return Placement(tf.distribute.MirroredStrategy(names), True, f"{len(names)} {kind}s, mirrored")


@functools.cache
def _use_workers() -> Placement:
    chief, count = _read_task()
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    name = f"{count} workers with {strategy.num_replicas_in_sync} replicas"
    return Placement(strategy, chief, name)


def _read_task() -> tuple[bool, int]:
    """Returns whether this process is the chief, and how many workers `TF_CONFIG` names."""
    text = os.environ.get("TF_CONFIG")
    try:
        config = json.loads(text)
        cluster, task = config["cluster"], config["task"]
        kind, index = task["type"], int(task["index"])
        chiefs, workers = (list(cluster.get(role, ())) for role in ("chief", "worker"))
        whole = 0 <= index < len({"chief": chiefs, "worker": workers}.get(kind, ()))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            "Expected workers in the environment's TF_CONFIG for --distribute multiworker. "
            f"Received: {text!r}. Start them with kgan launch --workers N."
        ) from error
    if not whole:
        raise InputError(
            "Expected a task of type worker or chief, with an index that TF_CONFIG has an address "
            f"for. Received: {task}."
        )
    # Where nobody is called chief, TensorFlow takes the first worker.
    return kind == "chief" or (not chiefs and index == 0), len(chiefs) + len(workers)


@functools.cache
def _use_tpu() -> Placement:
    try:
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver.connect()
    except Exception as error:  # of many types, where there is none
        reason = str(error).strip().splitlines()[0][:200] if str(error) else type(error).__name__
        raise InputError(
            f"Expected a TPU for --distribute tpu. Received: none ({reason}). Leave it out."
        ) from error
    strategy = tf.distribute.TPUStrategy(resolver)
    return Placement(strategy, True, f"a TPU with {strategy.num_replicas_in_sync} replicas")
