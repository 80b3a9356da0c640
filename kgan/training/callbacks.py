"""Keras callbacks of a run: sample grids, logs, progress, and the guard against NaN."""

import json
import math
import pathlib
import sys
import time
from collections.abc import Callable
from typing import TextIO, TypeAlias

import keras
from tqdm import tqdm

from kgan.files import write_text
from kgan.runs.finite import NotFinite, check_weights
from kgan.runs.outputs import choose_suffix, save_output
from kgan.training.input_wait import InputWait
from kgan.types import Batch, PathLike

Logs: TypeAlias = dict[str, float] | None


class SampleGrid(keras.callbacks.Callback):
    """Writes `FOLDER/samples/epoch_0001.png`, … (texts: `.txt`): the same seeds each time.

    Args:
        folder: the run's folder.
        count: samples in the picture.
        every: epochs between pictures; the first and the last are always drawn.
        examples: batch of the data's examples, for variants that make an image of another:
            they are drawn beside what becomes of them.

    Example:
        >>> gan.fit(digits, epochs=40, callbacks=[kgan.training.SampleGrid("runs/mine")])
    """

    def __init__(
        self, folder: PathLike, count: int = 64, every: int = 1, examples: Batch | None = None
    ) -> None:
        super().__init__()
        self.examples = examples
        self.folder = pathlib.Path(folder) / "samples"
        self.count = count
        self.every = every

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if epoch in (0, self.params["epochs"] - 1) or (epoch + 1) % self.every == 0:
            path = self.folder / f"epoch_{epoch + 1:04d}{choose_suffix(self.model)}"
            save_output(path, self.model, self.model.preview(self.count, self.examples))


class MetricsLog(keras.callbacks.Callback):
    """Writes `FOLDER/metrics.jsonl`, a line for each epoch: epoch, step, seconds, mean losses.

    With `input_wait`, also `images_per_second`, up to the epoch's last round, and `waiting`, the
    share of that time in which training waited for data.

    The file is replaced whole, so a kill never leaves half a line; lines after the epoch from
    which a resumed run goes on are dropped. What is only known later, such as scores, `amend` adds
    to the epoch's line.

    Args:
        folder: the run's folder.
        batch_size: examples a step.
        input_wait: of the data that are read.
    """

    def __init__(
        self,
        folder: PathLike,
        batch_size: int | None = None,
        input_wait: InputWait | None = None,
    ) -> None:
        super().__init__()
        self.path = pathlib.Path(folder) / "metrics.jsonl"
        self.lines = []
        self.batch_size = batch_size
        self.input_wait = input_wait

    def read(self, epochs: int) -> None:
        """Reads the lines of a run's first `epochs`."""
        if not self.lines and self.path.exists():
            lines = self.path.read_text(encoding="utf-8").splitlines()
            self.lines = [line for line in lines if json.loads(line)["epoch"] <= epochs]

    def amend(self, logs: Logs) -> None:
        """Writes the last epoch's line again, with these values too."""
        line = json.loads(self.lines[-1])
        more = {name: float(value) for name, value in (logs or {}).items() if name not in line}
        if more:
            self.lines[-1] = json.dumps({**line, **more})
            write_text(self.path, "\n".join(self.lines) + "\n")

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self.read(epoch)
        self._start = self._last_round = time.monotonic()
        self._first = self.model.rounds
        self._waited = self.input_wait.seconds if self.input_wait else 0.0

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._last_round = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        line = {
            "epoch": epoch + 1,
            "step": self.model.rounds,
            "seconds": round(time.monotonic() - self._start, 3),
            **self._measure_pace(),
            **{name: float(value) for name, value in (logs or {}).items()},
        }
        self.lines.append(json.dumps(line))
        write_text(self.path, "\n".join(self.lines) + "\n")

    def _measure_pace(self) -> dict[str, float]:
        if not self.input_wait:
            return {}
        seconds = self._last_round - self._start
        examples = (self.model.rounds - self._first) * self.batch_size
        return {
            "images_per_second": round(examples / seconds, 3),
            "waiting": round(min(1.0, (self.input_wait.seconds - self._waited) / seconds), 4),
        }


class ScoreLog(keras.callbacks.Callback):
    """Adds what callbacks before it put into an epoch's logs to the line of a `MetricsLog`.

    Args:
        log: which goes before the checkpoints, and these before the scores.
    """

    def __init__(self, log: MetricsLog) -> None:
        super().__init__()
        self._log = log

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self._log.amend(logs)


class NaNGuard(keras.callbacks.Callback):
    """Stops a run whose loss or weights are NaN or infinite, naming player and step.

    It goes first among the callbacks, so that those after it write nothing of such an epoch.

    Raises:
        NotFinite: at the first such step; checkpoints written before stay.
    """

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        for name, value in (logs or {}).items():
            if not math.isfinite(value):
                players = [p.name for p in self.model.players() if name.startswith(f"{p.name}_")]
                player = max(players, key=len, default="model")
                raise NotFinite(f"{name}={value}", player, self.model.rounds)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        # The last step's losses were finite, but its gradients need not have been.
        check_weights(self.model)


class ResumeMidEpoch(keras.callbacks.Callback):
    """Ends the first epoch early: a run that resumes in the middle of one plays the rest of it.

    It goes first among the callbacks that may stop training, for it takes its own stop back.

    Args:
        steps: of the first epoch, ≥ 1.
    """

    def __init__(self, steps: int) -> None:
        super().__init__()
        self._left = steps

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        if batch + 1 == self._left:
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if self._left is not None:
            self.model.stop_training = False
            self._left = None


class Progress(keras.callbacks.Callback):
    """One line that says how far training is, how fast, and how long it will take.

    On a terminal the line is redrawn; in a log a new one is written every `interval` seconds.

    Args:
        batch_size: examples a step, for images/s.
        interval: seconds between lines in a log.
        stream: where to write; standard error by default.
        resumed: steps of the first epoch that were done before.
        replicas: that share each step, of which one's images/s are said too.
        input_wait: of the data that are read; its share of the time is said.
    """

    def __init__(
        self,
        batch_size: int,
        interval: float = 20.0,
        stream: TextIO | None = None,
        resumed: int = 0,
        replicas: int = 1,
        input_wait: InputWait | None = None,
    ) -> None:
        super().__init__()
        self.replicas = replicas
        self.input_wait = input_wait
        self.resumed = resumed
        self.batch_size = batch_size
        self.interval = interval
        self.stream = stream or sys.stderr

    def on_train_begin(self, logs: Logs = None) -> None:
        self._line = None

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._before = epoch * self.params["steps"] + self.resumed
        self.resumed = 0

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        step = self._before + batch + 1  # one call of the traced function may be many steps
        now = time.monotonic()
        if self._line is None:
            # The first step is mostly tracing: it would spoil the estimate.
            self._start, self._first = now, step
            self._total = self.params["epochs"] * self.params["steps"]
            self._waited = self.input_wait.seconds if self.input_wait else 0.0
        self._state = step, now - self._start, logs or {}
        if self._line is None:
            self._line = _Line(self._describe, step, self.stream, self.interval)
        if not self._line.update(step - self._line.n) and step == self._total:
            self._line.refresh()

    def on_train_end(self, logs: Logs = None) -> None:
        if self._line is not None:
            self._line.close()

    def _describe(self) -> str:
        step, elapsed, logs = self._state
        losses = "  ".join(
            f"{name.removesuffix('_loss')} {value:.3f}"
            for name, value in logs.items()
            if name.endswith("_loss")
        )
        text = f"step {step}/{self._total} {100 * step // self._total:3d}%  {losses}"
        done = step - self._first
        if done and elapsed:
            left = round((self._total - step) * elapsed / done)
            rate = done * self.batch_size / elapsed
            each = f" ({_format_rate(rate / self.replicas)} a replica)" * (self.replicas > 1)
            text += f"  {_format_rate(rate)} images/s{each}"
            if self.input_wait:
                share = min(1.0, (self.input_wait.seconds - self._waited) / elapsed)
                text += f"  {100 * share:.0f}% waiting for data"
            text += f"  {left // 3600}:{left // 60 % 60:02d}:{left % 60:02d} left"
        return text


def _format_rate(rate: float) -> str:
    """Returns a rate for people: 130, 12, 3.4, 0.07; not 0 for a slow one."""
    return f"{rate:.0f}" if rate >= 9.5 else f"{rate:.2g}"


class _Line(tqdm):
    """tqdm's line with a text of our own, which a log gets as lines."""

    monitor_interval = 0  # no thread that looks after it: it is updated at every step

    def __init__(
        self, describe: Callable[[], str], step: int, stream: TextIO, interval: float
    ) -> None:
        self._describe = describe
        self._text = 0, ""  # of a step
        terminal = stream.isatty()
        super().__init__(
            initial=step,
            file=stream if terminal else _Lines(stream),
            mininterval=0.2 if terminal else interval,
            miniters=1,
            position=0,
            ncols=0,  # neither is asked of the terminal: some say 0 by 0, and tqdm draws nothing
            nrows=20,
        )

    def __str__(self) -> str:
        if self.n != self._text[0]:
            self._text = self.n, self._describe()
        return self._text[1]

    def __del__(self) -> None:
        """Writes nothing: a run that ended by an error has said that in its last line."""


class _Lines:
    """A log, in which each text that would be drawn over the last one gets a line of its own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._last = ""

    def write(self, text: str) -> None:
        text = text.strip()
        if text not in ("", self._last):
            self._stream.write(f"{text}\n")
            self._last = text

    def flush(self) -> None:
        self._stream.flush()
