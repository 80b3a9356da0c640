"""Short work is silent; long work says how long it will take."""

import io
import threading

import pytest

from kgan import progress


@pytest.fixture
def clock(monkeypatch):
    """Time that passes as far as a test says, as [seconds]."""
    now = [0.0]
    monkeypatch.setattr("tqdm.std.time", lambda: now[0])
    return now


def wait(clock, seconds, count):
    for number in range(count):
        clock[0] += seconds
        yield number


def test_long_work_tells_the_time_left(clock, capsys):
    assert list(progress.track(wait(clock, 1.5, 6), 6, "Reading")) == list(range(6))
    lines = capsys.readouterr().err.splitlines()
    # After 2 of 6 items 3 seconds have passed; 4 more take 6.
    assert lines[0].startswith("Reading:  33%") and "2/6 [00:03<00:06" in lines[0]
    assert lines[-1].startswith("Reading: 100%") and "6/6 [00:09<00:00" in lines[-1]


def test_a_log_file_gets_few_lines_and_no_codes_of_a_terminal(clock, capsys):
    inner = progress.track(wait(clock, 1.0, 100), 100, "Inner")
    assert len(list(progress.track(inner, 100, "Outer"))) == 100
    text = capsys.readouterr().err
    assert not {"\r", "\x1b"} & set(text)
    # At 2 or 3 s, 30 s after each report, and at the end.
    assert [line.split(":")[0] for line in text.splitlines()].count("Outer") == 5


def test_a_terminal_redraws_its_line(clock, monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr("sys.stderr", terminal)
    list(progress.track(wait(clock, 1.0, 10), 10, "Reading"))
    states = terminal.getvalue().split("\r")
    assert sum(state.startswith("Reading: ") for state in states) >= 8
    assert terminal.getvalue().count("\n") == 1


def test_short_work_is_silent(capsys):
    assert list(progress.track("abc", 3, "Reading")) == ["a", "b", "c"]
    assert capsys.readouterr().err == ""


def test_no_thread_is_left():
    before = threading.active_count()
    assert len(list(progress.map_in_threads(abs, range(50), "x"))) == 50
    assert threading.active_count() == before


def test_threads_keep_the_order_and_pass_errors_on():
    squares = progress.map_in_threads(lambda n: n * n, range(50), "x")
    assert list(squares) == [n * n for n in range(50)]
    with pytest.raises(ZeroDivisionError):
        list(progress.map_in_threads(lambda n: 1 // n, range(5), "x"))
