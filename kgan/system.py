"""What the operating system lets this process use."""

import os


def count_cores() -> int:
    """Returns how many cores this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS cannot confine a process to some of its cores
        return os.cpu_count()
