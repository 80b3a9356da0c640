"""Short work is silent; long work says how long it will take."""

import pytest

from kgan.data import progress


class Clock:
    """Time that passes one second at each look."""

    now = 0.0

    def monotonic(self):
        self.now += 1.0
        return self.now


def test_long_work_tells_the_time_left(monkeypatch, capsys):
    monkeypatch.setattr(progress, "time", Clock())
    assert list(progress.reported(range(6), 6, "Reading")) == list(range(6))
    lines = capsys.readouterr().err.splitlines()
    # At the third item 4 seconds have passed for 3 done: 3 more take as long again.
    assert lines[0] == "Reading: 2 of 6, 6 s left"
    assert lines[-1] == "Reading: 6 in 7 s"


def test_short_work_is_silent(capsys):
    assert list(progress.reported("abc", 3, "Reading")) == ["a", "b", "c"]
    assert capsys.readouterr().err == ""


def test_threads_keep_the_order_and_pass_errors_on():
    assert list(progress.in_threads(lambda n: n * n, range(50), "x")) == [n * n for n in range(50)]
    with pytest.raises(ZeroDivisionError):
        list(progress.in_threads(lambda n: 1 // n, range(5), "x"))
