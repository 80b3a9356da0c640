"""What this process may use of its machine."""

import os


def cores():
    """Returns how many cores this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS cannot confine a process to some of its cores
        return os.cpu_count()
