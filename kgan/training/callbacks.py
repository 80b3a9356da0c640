"""What happens beside the rounds: pictures, logs, progress, and the guard against NaN."""

import json
import math
import pathlib
import sys
import time

import keras

from kgan.files import write_text
from kgan.runs.finite import check_weights, not_finite
from kgan.runs.outputs import save_made, suffix_of


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

    def __init__(self, folder, count=64, every=1, examples=None):
        super().__init__()
        self.examples = examples
        self.folder = pathlib.Path(folder) / "samples"
        self.count = count
        self.every = every

    def on_epoch_end(self, epoch, logs=None):
        if epoch in (0, self.params["epochs"] - 1) or (epoch + 1) % self.every == 0:
            path = self.folder / f"epoch_{epoch + 1:04d}{suffix_of(self.model)}"
            save_made(path, self.model, self.model.preview(self.count, self.examples))


class MetricsLog(keras.callbacks.Callback):
    """Writes `FOLDER/metrics.jsonl`, a line for each epoch: epoch, step, seconds, mean losses.

    With `waiting`, also `images_per_second`, up to the epoch's last round, and `waiting`, the share
    of that time in which training waited for data.

    The file is replaced whole, so a kill never leaves half a line; lines after the epoch from
    which a resumed run goes on are dropped.

    Args:
        folder: the run's folder.
        batch_size: examples a step.
        waiting: the `Waiting` of the data that are read.
    """

    def __init__(self, folder, batch_size=None, waiting=None):
        super().__init__()
        self.path = pathlib.Path(folder) / "metrics.jsonl"
        self.lines = []
        self.batch_size = batch_size
        self.waiting = waiting

    def on_epoch_begin(self, epoch, logs=None):
        if not self.lines and self.path.exists():
            lines = self.path.read_text(encoding="utf-8").splitlines()
            self.lines = [line for line in lines if json.loads(line)["epoch"] <= epoch]
        self.started = time.monotonic()
        self.first = self.model.rounds
        self.waited = self.waiting.seconds if self.waiting else 0.0

    def on_train_batch_end(self, batch, logs=None):
        self.played = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        line = {
            "epoch": epoch + 1,
            "step": self.model.rounds,
            "seconds": round(time.monotonic() - self.started, 3),
            **self._pace(),
            **{name: float(value) for name, value in (logs or {}).items()},
        }
        self.lines.append(json.dumps(line))
        write_text(self.path, "\n".join(self.lines) + "\n")

    def _pace(self):
        if not self.waiting:
            return {}
        seconds = self.played - self.started
        examples = (self.model.rounds - self.first) * self.batch_size
        return {
            "images_per_second": round(examples / seconds, 3),
            "waiting": round(min(1.0, (self.waiting.seconds - self.waited) / seconds), 4),
        }


class NaNGuard(keras.callbacks.Callback):
    """Stops a run whose loss or weights are NaN or infinite, naming player and step.

    The first of the callbacks: those after it then write nothing of such an epoch.

    Raises:
        NotFinite: at the first such step; checkpoints written before stay.
    """

    def on_train_batch_end(self, batch, logs=None):
        for name, value in (logs or {}).items():
            if not math.isfinite(value):
                players = [p.name for p in self.model.players() if name.startswith(f"{p.name}_")]
                player = max(players, key=len, default="model")
                raise not_finite(self.model, f"{name}={value}", player)

    def on_epoch_end(self, epoch, logs=None):
        # The last step's losses were finite, but its gradients need not have been.
        check_weights(self.model)


class RestOfEpoch(keras.callbacks.Callback):
    """Ends the first epoch early: a run that resumes in the middle of one plays the rest of it.

    The first of the callbacks that may stop training, for it takes its own stop back.

    Args:
        steps: of the first epoch, ≥ 1.
    """

    def __init__(self, steps):
        super().__init__()
        self._left = steps

    def on_train_batch_end(self, batch, logs=None):
        if batch + 1 == self._left:
            self.model.stop_training = True

    def on_epoch_end(self, epoch, logs=None):
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
        waiting: the `Waiting` of the data that are read, whose share of the time is said.
    """

    def __init__(self, batch_size, interval=20.0, stream=None, resumed=0, replicas=1, waiting=None):
        super().__init__()
        self.replicas = replicas
        self.waiting = waiting
        self.resumed = resumed
        self.batch_size = batch_size
        self.interval = interval
        self.stream = stream or sys.stderr

    def on_train_begin(self, logs=None):
        self.total = self.params["epochs"] * self.params["steps"]
        self.started = None
        self.shown = 0.0

    def on_epoch_begin(self, epoch, logs=None):
        self.before = epoch * self.params["steps"] + self.resumed
        self.resumed = 0

    def on_train_batch_end(self, batch, logs=None):
        now = time.monotonic()
        self.step = self.before + batch + 1  # one call of the traced function may be many steps
        if self.started is None:
            # The first step is mostly tracing: it would spoil the estimate.
            self.started, self.first = now, self.step
            self.waited = self.waiting.seconds if self.waiting else 0.0
        terminal = self.stream.isatty()
        if now - self.shown >= (0.2 if terminal else self.interval) or self.step == self.total:
            self.shown = now
            text = self._text(now, logs or {})
            self.stream.write(f"\r\x1b[K{text}" if terminal else f"{text}\n")
            self.stream.flush()

    def on_train_end(self, logs=None):
        if self.stream.isatty():
            self.stream.write("\n")

    def _text(self, now, logs):
        done, elapsed = self.step - self.first, now - self.started
        losses = "  ".join(
            f"{name.removesuffix('_loss')} {value:.3f}"
            for name, value in logs.items()
            if name.endswith("_loss")
        )
        text = f"step {self.step}/{self.total} {100 * self.step // self.total:3d}%  {losses}"
        if done and elapsed:
            left = round((self.total - self.step) * elapsed / done)
            clock = f"{left // 3600}:{left // 60 % 60:02d}:{left % 60:02d}"
            rate = done * self.batch_size / elapsed
            each = f" ({rate / self.replicas:.0f} a replica)" if self.replicas > 1 else ""
            text += f"  {rate:.0f} images/s{each}"
            if self.waiting:
                share = min(1.0, (self.waiting.seconds - self.waited) / elapsed)
                text += f"  {100 * share:.0f}% waiting for data"
            text += f"  {clock} left"
        return text
