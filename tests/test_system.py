"""What a process may use of its machine, on systems that say it differently."""

import os
import pathlib

import pytest

from kgan.errors import InputError
from kgan.system import count_cores
from kgan.training import plan


def test_cores_are_those_the_process_may_run_on(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {3, 5})
    assert count_cores() == 2
    monkeypatch.delattr(os, "sched_getaffinity")  # as on macOS
    assert count_cores() == 64


def test_a_system_that_does_not_say_its_free_memory_is_said_to(monkeypatch):
    monkeypatch.setattr(pathlib.Path, "exists", lambda path: False)
    with pytest.raises(InputError, match=r"how much memory is free\. Received: nothing in"):
        plan._free()
