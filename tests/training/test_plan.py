"""Plans: what was measured, what follows from it, and one real measurement."""

import types

import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.runs.parse import parse
from kgan.training import plan
from kgan.training.plan import Plan, Probe, format_hours

ASKED = Probe(64, "float32", seconds=0.1, gib=2.0)  # 640 examples a second
SMALL = ["--model.width", "4", "--data.size", "16", "--training.batch_size", "8"]


def advice(*probes, free=4.0):
    return list(Plan(rounds=1000, batch_size=64, probes=probes, free=free).advise())[1:]


def test_the_whole_run_is_the_same_examples_whatever_the_batch():
    half = Probe(32, "float32", seconds=0.1, gib=1.0)
    lines = str(Plan(36_000, 64, (ASKED, half), 4.0)).splitlines()
    assert lines[1].split() == ["64", "float32", "10", "640", "2.00", "GiB", "60", "min"]
    assert lines[2].split() == ["32", "float32", "10", "320", "1.00", "GiB", "2", "h", "0", "min"]


def test_what_fits_needs_no_advice():
    assert advice(ASKED) == ["The configuration fits as it is."]
    slower = Probe(64, "mixed_bfloat16", seconds=0.2, gib=1.0)
    assert advice(ASKED, slower, Probe(32, "float32", 0.06, 1.0)) == advice(ASKED)


def test_a_faster_precision_and_a_faster_batch_are_told():
    halved = Probe(64, "mixed_bfloat16", seconds=0.05, gib=1.0)
    double = Probe(128, "float32", seconds=0.15, gib=3.0)
    _, first, second = advice(ASKED, halved, double._replace(seconds=0.08))
    assert "--training.precision mixed_bfloat16 would be 2.00 times as fast" in first
    assert "--training.batch_size 128 would see 2.50 times as many examples a second" in second
    assert len(advice(ASKED, double._replace(gib=5.0, seconds=0.01))) == 1  # does not fit


def test_too_large_a_batch_becomes_several_rounds_of_a_smaller_one():
    half = Probe(32, "float32", seconds=0.06, gib=1.0)
    (line,) = advice(ASKED, half, free=1.5)
    assert line.endswith("--training.batch_size 32 --training.gradient_accumulation 2")
    dead = Probe(64, "float32", None, None, "out of memory, killed by the system")
    (line,) = advice(dead, Probe(64, "mixed_bfloat16", 0.1, 1.0), half)
    assert line.endswith("in less memory: --training.precision mixed_bfloat16")
    assert "failed: out of memory" in str(Plan(10, 64, (dead, half), 4.0))
    (line,) = advice(dead, half, free=0.5)
    assert line.startswith("Nothing that was tried fits")


@pytest.mark.parametrize(
    "hours, text",
    [(0.01, "36 s"), (0.2, "12 min"), (3 + 1 / 3, "3 h 20 min"), (52.0, "2 days 4 h")],
)
def test_times_are_for_people(hours, text):
    assert format_hours(hours) == text


def test_free_memory_is_what_the_system_says_is_available(monkeypatch):
    memory = types.SimpleNamespace(total=8 * 2**30, available=3 * 2**30)
    monkeypatch.setattr(plan.psutil, "virtual_memory", lambda: memory)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    assert plan.find_free_gib() == 3.0


def test_a_few_rounds_are_measured():
    config = parse(SMALL, [{"model": {"name": "dcgan"}, "data": {"source": "digits"}}])
    probe = plan.probe(config, 8, "float32")
    assert probe.failure is None
    assert 1e-4 < probe.seconds < 5.0
    assert 0.2 < probe.gib < 4.0


def test_slow_rounds_take_no_more_than_their_time(monkeypatch, capsys):
    config = parse(SMALL, [{"model": {"name": "dcgan"}, "data": {"source": "digits"}}])
    slow = "import time; {}; time.sleep(60)"
    monkeypatch.setattr(plan, "_MOST", 0.5)
    monkeypatch.setattr(plan, "_PROBE", slow.format("pass"))
    assert plan.probe(config, 8, "float32").failure.startswith("Expected a round within 0 s")
    first = 'print(\'{"seconds": 90.0, "gib": 1.0}\', flush=True)'
    monkeypatch.setattr(plan, "_MOST", 1.0)
    monkeypatch.setattr(plan, "_PROBE", slow.format(first))
    assert plan.probe(config, 8, "float32") == Probe(8, "float32", 90.0, 1.0)
    monkeypatch.setattr(plan, "_ALL", 1.0)
    assert plan.plan(config).probes == (Probe(8, "float32", 90.0, 1.0),)
    assert "The other 3 are left out: rounds are slow here." in capsys.readouterr().out


def test_what_cannot_be_trained_is_told_before_all_is_measured(capsys):
    options = [*SMALL, "--data.source", "ring"]
    options = [part for part in options if part not in ("--data.size", "16")]
    config = parse(options, [{"model": {"name": "cyclegan"}, "data": {"source": "ring"}}])
    with pytest.raises(InputError, match="Expected data with a, b for cyclegan"):
        plan.plan(config)
    assert capsys.readouterr().out.count("Measuring") == 1
