"""What a process may use of its machine, on systems that say it differently."""

import os
import subprocess
import sys

import numpy as np

from kgan.system import count_cores, find_peak_gib


def test_cores_are_those_the_process_may_run_on(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {3, 5})
    assert count_cores() == 2
    monkeypatch.delattr(os, "sched_getaffinity")  # as on macOS
    assert count_cores() == 64


def test_memory_is_a_processes_own_and_not_of_the_one_that_started_it():
    mine = np.ones(2**26)  # 0.5 GiB
    program = "from kgan.system import find_peak_gib; print(find_peak_gib())"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert 0.005 < float(told.stdout) < 0.4
    assert find_peak_gib() > mine.nbytes / 2**30
