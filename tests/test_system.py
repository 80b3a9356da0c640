"""What a process may use of its machine, on systems that say it differently."""

import os
import resource
import subprocess
import sys

import numpy as np
import pytest

from kgan.system import allow_files, count_cores, find_peak_gib


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


@pytest.mark.parametrize(
    "soft, hard, wanted, allowed",
    [
        (1024, 4096, 2000, 2000),
        (1024, 4096, 9000, 4096),
        (1024, -1, 9000, 9000),
        (5000, 9000, 2000, 5000),
        (-1, -1, 2000, 2000),
    ],
)
def test_files_are_allowed_as_far_as_the_system_does(monkeypatch, soft, hard, wanted, allowed):
    limits = [soft, hard]
    monkeypatch.setattr(resource, "getrlimit", lambda kind: tuple(limits))
    monkeypatch.setattr(resource, "setrlimit", lambda kind, new: limits.__setitem__(0, new[0]))
    assert allow_files(wanted) == allowed
    assert limits[0] in (soft, allowed) and limits[1] == hard
