"""Progress, logs and the guard, driven by hand."""

import gc
import io
import json

import keras
import numpy as np
import pytest

from kgan.errors import RunError
from kgan.training import MetricsLog, NaNGuard, Progress, callbacks


class Player:
    def __init__(self, name, variables=()):
        self.name, self.variables = name, list(variables)


class Model:
    """As much of a GAN as callbacks look at."""

    def __init__(self, step=0, players=("discriminator", "generator")):
        self.rounds = step
        self.stop_training = False
        self._players = [p if isinstance(p, Player) else Player(p) for p in players]

    def players(self):
        return self._players


class Terminal(io.StringIO):
    def isatty(self):
        return True


def attached(callback, model, **params):
    callback.set_model(model)
    callback.set_params(params)
    return callback


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("kgan.training.callbacks.time.monotonic", lambda: now[0])
    monkeypatch.setattr("tqdm.std.time", lambda: now[0])
    return now


def test_progress_in_a_log_is_a_line_each_interval_and_one_at_the_end(clock):
    stream = io.StringIO()
    progress = attached(Progress(8, 20.0, stream), Model(), epochs=2, steps=50)
    progress.on_train_begin()
    for step in range(100):
        if step % 50 == 0:
            progress.on_epoch_begin(step // 50)
        progress.on_train_batch_end(step % 50, {"generator_loss": 0.5, "generator_r1": 9.0})
        clock[0] += 1.0
    progress.on_train_end()
    lines = stream.getvalue().splitlines()
    assert [line.split()[1] for line in lines] == [f"{n}/100" for n in (1, 21, 41, 61, 81, 100)]
    assert lines[1] == "step 21/100  21%  generator 0.500  8 images/s  0:01:19 left"
    assert "\r" not in stream.getvalue()


def test_progress_on_a_terminal_is_one_line_redrawn(clock):
    stream = Terminal()
    progress = attached(Progress(8, 20.0, stream), Model(step=4), epochs=2, steps=4)
    progress.on_train_begin()
    progress.on_epoch_begin(1)
    for step in range(4):
        progress.on_train_batch_end(step, {})
        clock[0] += 3600.0
    progress.on_train_end()
    drawn = list(dict.fromkeys(stream.getvalue().strip().split("\r")))
    assert [text.split()[1] for text in drawn] == ["5/8", "6/8", "7/8", "8/8"]
    assert "2:00:00 left" in drawn[1]  # two steps of an hour
    assert stream.getvalue().count("\n") == 1


def test_progress_of_a_run_that_ended_by_an_error_says_nothing_after_it(clock):
    stream = Terminal()
    progress = attached(Progress(8, 20.0, stream), Model(), epochs=1, steps=4)
    progress.on_train_begin()
    progress.on_epoch_begin(0)
    progress.on_train_batch_end(0, {})
    told = stream.getvalue()
    del progress
    gc.collect()
    assert stream.getvalue() == told


def test_progress_counts_steps_not_calls(clock):
    stream = io.StringIO()
    progress = attached(Progress(8, 20.0, stream), Model(), epochs=1, steps=100)
    progress.on_train_begin()
    progress.on_epoch_begin(0)
    for last in (49, 99):  # steps_per_execution = 50
        progress.on_train_batch_end(last, {})
        clock[0] += 10.0
    assert [line.split()[1] for line in stream.getvalue().splitlines()] == ["50/100", "100/100"]


class Waits:
    """Somebody who has waited for a quarter of the time since 100."""

    def __init__(self, clock):
        self.clock = clock

    @property
    def seconds(self):
        return (self.clock[0] - 100.0) / 4


def test_progress_says_what_a_replica_does_and_how_long_it_waits(clock):
    stream = io.StringIO()
    progress = Progress(8, 20.0, stream, replicas=2, input_wait=Waits(clock))
    attached(progress, Model(), epochs=1, steps=50)
    progress.on_train_begin()
    progress.on_epoch_begin(0)
    for step in range(50):
        progress.on_train_batch_end(step, {})
        clock[0] += 2.0
    assert stream.getvalue().splitlines()[-1] == (
        "step 50/50 100%    4 images/s (2 a replica)  25% waiting for data  0:00:00 left"
    )


def test_metrics_know_the_pace(tmp_path, clock):
    model = Model(step=10)
    log = attached(MetricsLog(tmp_path, 8, Waits(clock)), model)
    log.on_epoch_begin(0)
    for step in range(5):
        clock[0] += 2.0
        model.rounds += 1
        log.on_train_batch_end(step)
    clock[0] += 90.0  # pictures
    log.on_epoch_end(0, {})
    line = json.loads((tmp_path / "metrics.jsonl").read_text())
    assert (line["images_per_second"], line["seconds"]) == (4.0, 100.0)
    assert line["waiting"] == 1.0  # 25 s of 10: never more than all of it


def test_metrics_are_a_line_each_epoch_and_replayed_epochs_replace_theirs(tmp_path):
    model = Model()

    def epoch(log, number, loss):
        log.on_epoch_begin(number)
        model.rounds = 3 * (number + 1)
        log.on_epoch_end(number, {"generator_loss": np.float32(loss)})

    first = attached(MetricsLog(tmp_path), model)
    for number in range(3):
        epoch(first, number, number)
    resumed = attached(MetricsLog(tmp_path), model)
    epoch(resumed, 1, 7.0)
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [(line["epoch"], line["step"], line["generator_loss"]) for line in lines] == [
        (1, 3, 0.0),
        (2, 6, 7.0),
    ]
    assert set(lines[0]) == {"epoch", "step", "seconds", "generator_loss"}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_the_guard_names_player_and_step(value):
    guard = attached(NaNGuard(), Model(step=17, players=("style", "style_encoder", "generator")))
    guard.on_train_batch_end(0, {"generator_loss": 1.0, "style_encoder_loss": 2.0})
    with pytest.raises(RunError) as caught:
        guard.on_train_batch_end(0, {"generator_loss": 1.0, "style_encoder_loss": value})
    assert f"style_encoder_loss={value} from the style_encoder at step 17." in str(caught.value)


def test_the_guard_sees_weights_that_the_losses_do_not():
    kernel = keras.Variable(np.ones((2, 2), "float32"), name="kernel")
    guard = attached(NaNGuard(), Model(step=4, players=(Player("generator", [kernel]),)))
    guard.on_epoch_end(0, {"generator_loss": 1.0})
    kernel.assign([[1.0, np.nan], [1.0, 1.0]])
    with pytest.raises(RunError, match="infinity in kernel from the generator at step 4"):
        guard.on_epoch_end(0, {"generator_loss": 1.0})


def test_slow_rates_are_not_0():
    rates = [callbacks._format_rate(rate) for rate in (0.0712, 0.9, 3.44, 12.3, 130.4)]
    assert rates == ["0.071", "0.9", "3.4", "12", "130"]
