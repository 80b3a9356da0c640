"""How long a run will take here, and how much memory: measured by playing a few rounds."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

import psutil
import tensorflow as tf

from kgan.errors import InputError
from kgan.log import tell
from kgan.runs import build, parse
from kgan.runs.config import RunConfig
from kgan.system import find_peak_gib

_ROUNDS = 8  # that are timed, after one that traces
_SECONDS = 20.0  # after which no further round is timed
_MOST = 120.0  # that a measurement may take
_ALL = 240.0  # after which no further one begins
_SHARE = 0.8  # of the memory that is free now, which a run may take
_PROBE = (
    "import sys; from kgan.training.plan import measure_rounds\n"
    "for line in measure_rounds(sys.argv[1]): print(line, flush=True)"
)


class Probe(NamedTuple):
    """A few rounds of a run, measured in a process of its own.

    Attributes:
        batch_size: examples a round.
        precision: `"float32"`, `"mixed_bfloat16"` or `"mixed_float16"`.
        seconds: a round takes.
        gib: peak memory of the process, or of the GPU where there is one.
        failure: what went wrong, in a line; None if nothing did.
    """

    batch_size: int
    precision: str
    seconds: float | None
    gib: float | None
    failure: str | None = None

    @property
    def rate(self) -> float:
        """Examples a second."""
        return self.batch_size / self.seconds


class Plan(NamedTuple):
    """What was measured, and what it means for a run.

    Attributes:
        rounds: of the whole run.
        batch_size: that its configuration asks for.
        probes: the first is of the configuration as it is.
        free: GiB of memory that a run may take.
    """

    rounds: int
    batch_size: int
    probes: tuple[Probe, ...]
    free: float

    def __str__(self) -> str:
        lines = ["batch  precision        rounds/s  images/s  memory      the whole run"]
        for probe in self.probes:
            start = f"{probe.batch_size:>5}  {probe.precision:<15}"
            if probe.failure is not None:
                lines.append(f"{start}  failed: {probe.failure}")
                continue
            # The same number of examples, whatever the batch.
            hours = self.rounds * self.batch_size / probe.rate / 3600
            lines.append(
                f"{start}  {1 / probe.seconds:8.3g}  {probe.rate:8.4g}  {probe.gib:5.2f} GiB  "
                f"{format_hours(hours)}{'' if self.fits(probe) else '  does not fit'}"
            )
        return "\n".join([*lines, "", *self.advise()])

    def fits(self, probe: Probe) -> bool:
        """Returns whether a probe ran, and within the memory that is free."""
        return probe.failure is None and probe.gib <= self.free

    def advise(self) -> Iterator[str]:
        """Yields lines on what to give `kgan train`."""
        yield f"{self.free:.1f} GiB of memory may be taken here."
        fitting = [probe for probe in self.probes if self.fits(probe)]
        if not fitting:
            yield (
                "Nothing that was tried fits: give a smaller --model.width, --data.size or "
                "--training.batch_size, and plan again."
            )
            return
        asked = self.probes[0]
        if not self.fits(asked):
            largest = max(fitting, key=lambda probe: probe.batch_size)
            times = -(-self.batch_size // largest.batch_size)
            instead = []
            if times > 1:
                instead += [f"--training.batch_size {largest.batch_size}"]
                instead += [f"--training.gradient_accumulation {times}"]
            if largest.precision != asked.precision:
                instead += [f"--training.precision {largest.precision}"]
            yield (
                f"A batch of {self.batch_size} does not fit. The same gradients in less memory: "
                f"{' '.join(instead)}"
            )
            return
        yield "The configuration fits as it is."
        others = [p for p in fitting if p.batch_size == self.batch_size and p is not asked]
        for probe in others:
            ratio = probe.rate / asked.rate
            if ratio > 1.1:
                yield (
                    f"--training.precision {probe.precision} would be {ratio:.2f} times as fast; "
                    "compare the scores of a short run first."
                )
        fastest = max(fitting, key=lambda probe: probe.rate)
        if fastest.batch_size != self.batch_size and fastest.rate > 1.1 * asked.rate:
            yield (
                f"--training.batch_size {fastest.batch_size} would see "
                f"{fastest.rate / asked.rate:.2f} times as many examples a second; it is another "
                "run, whose rates want tuning."
            )


def format_hours(hours: float) -> str:
    """Returns a time for people: 40 s, 12 min, 3 h 20 min, 2 days 4 h."""
    minutes = round(hours * 60)
    if hours * 3600 < 90:
        return f"{hours * 3600:.0f} s"
    if minutes < 90:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes // 1440} days {minutes % 1440 // 60} h"


def plan(config: RunConfig) -> Plan:
    """Returns the `Plan` of a run, measured here: its own batch, half and twice it, and bfloat16.

    Args:
        config: the `RunConfig`.

    Raises:
        InputError: for data that cannot be opened, or do not fit the model.

    Example:
        >>> print(plan(parse([], [read_recipe("dcgan_digits")])))
    """
    source = build.open_data(config)
    batch_size, precision = config.training.batch_size, config.training.precision
    rounds = config.training.epochs * build.count_steps(config.training, source)
    tried = [(batch_size, precision), (batch_size, "mixed_bfloat16")]
    tried += [(size, precision) for size in (batch_size // 2, min(2 * batch_size, source.count))]
    tried = [(size, kind) for size, kind in dict.fromkeys(tried) if size]
    probes, start = [], time.monotonic()
    for number, (size, kind) in enumerate(tried, start=1):
        if time.monotonic() - start > _ALL:
            tell(f"The other {len(tried) - number + 1} are left out: rounds are slow here.")
            break
        most = f"at most {format_hours(_MOST / 3600)}"
        tell(f"Measuring a batch of {size}, {kind} ({number} of {len(tried)}, {most})")
        probes.append(probe(config, size, kind))
        if number == 1 and probes[0].failure is not None and "memory" not in probes[0].failure:
            raise InputError(probes[0].failure)
    return Plan(rounds, batch_size, tuple(probes), find_free_gib() * _SHARE)


def probe(config: RunConfig, batch_size: int, precision: str) -> Probe:
    """Plays a few rounds in a fresh process, whose peak of memory is theirs alone.

    What it has measured when its time is up, counts.

    Args:
        config: the `RunConfig`.
        batch_size: examples a round.
        precision: `"float32"`, `"mixed_bfloat16"` or `"mixed_float16"`.
    """
    sections = config.sections()
    sections["training"] |= {"batch_size": batch_size, "precision": precision}
    line = [sys.executable, "-c", _PROBE, json.dumps(sections)]
    try:
        done = subprocess.run(line, capture_output=True, check=False, timeout=_MOST)
    except subprocess.TimeoutExpired as error:
        lines = (error.stdout or b"").splitlines()
        if lines:
            return Probe(batch_size, precision, **json.loads(lines[-1]))
        failure = (
            f"Expected a round within {format_hours(_MOST / 3600)}. Received: none. Give a smaller "
            "--training.batch_size, --data.size or --model.width."
        )
        return Probe(batch_size, precision, None, None, failure)
    if done.returncode:
        errors = done.stderr.decode("utf-8", "replace").strip().splitlines() or [""]
        failure = "out of memory, killed by the system" if done.returncode == -9 else errors[-1]
        return Probe(batch_size, precision, None, None, failure)
    return Probe(batch_size, precision, **json.loads(done.stdout.splitlines()[-1]))


def measure_rounds(sections: str) -> Iterator[str]:
    """Plays a few rounds of a run in this process, which ends in a line for bad input.

    Args:
        sections: of the configuration, as JSON.

    Yields:
        JSON of the `seconds` that a round takes, and of the peak of memory, `gib`: after the first
        round, whose seconds are mostly tracing, the second, and the last.
    """
    config = parse.parse([], [json.loads(sections)])
    try:
        source = build.open_data(config)
        config = build.record_examples(config, source)
        gan = build.build_model(config)
    except InputError as error:
        sys.exit(str(error))
    build.compile_model(gan, config.training, rounds=_ROUNDS)
    batches = source.stream(config.training.batch_size, seed=0).take(1).repeat()

    def play(rounds: int) -> float:
        start = time.monotonic()
        gan.fit(batches, steps_per_epoch=rounds, verbose=0)
        return (time.monotonic() - start) / rounds

    every = config.training.steps_per_execution
    yield _report(play(every))
    once = play(every)
    yield _report(once)
    if once < _SECONDS:
        yield _report(play(every * max(1, min(_ROUNDS, int(_SECONDS / max(once, 1e-9))))))


def _report(seconds):
    gib = find_peak_gib()
    if tf.config.list_logical_devices("GPU"):
        gib = tf.config.experimental.get_memory_info("GPU:0")["peak"] / 2**30
    return json.dumps({"seconds": seconds, "gib": gib})


def find_free_gib() -> float:
    """Returns GiB of memory that are free now: of the GPU, where there is one."""
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        line = ["nvidia-smi", "--query-gpu=memory.free", "--format=csv,noheader,nounits", "-i", "0"]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return float(done.stdout.split()[0]) / 1024
    return psutil.virtual_memory().available / 2**30
