"""What the operating system lets this process use, and what it has used."""

import os
import pathlib
import re
import sys


def count_cores() -> int:
    """Returns how many cores this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS cannot confine a process to some of its cores
        return os.cpu_count()


def allow_files(count: int) -> int:
    """Lets this process open so many files at once, as far as the system allows.

    Returns:
        How many it may open now.
    """
    try:
        import resource  # POSIX alone has it
    except ImportError:
        return count
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return count if soft == resource.RLIM_INFINITY else soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    except (ValueError, OSError):  # macOS allows fewer than it says
        return soft
    return most


def find_peak_gib() -> float:
    """Returns the most memory that this process has held, GiB."""
    if sys.platform == "win32":
        import psutil  # only for those who ask: it is slow to import

        return psutil.Process().memory_info().peak_wset / 2**30
    status = pathlib.Path("/proc/self/status")  # Linux, where psutil does not say the peak
    if status.exists():
        # ru_maxrss would begin with the peak of the process that started this one: on Linux it
        # outlives fork and exec.
        (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii"))
        return int(peak) / 2**20
    import resource  # POSIX alone has it

    unit = 1 if sys.platform == "darwin" else 2**10  # bytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30
