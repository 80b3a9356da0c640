"""What a process may use of its machine, on systems that say it differently."""

import os

from kgan.system import count_cores


def test_cores_are_those_the_process_may_run_on(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {3, 5})
    assert count_cores() == 2
    monkeypatch.delattr(os, "sched_getaffinity")  # as on macOS
    assert count_cores() == 64
