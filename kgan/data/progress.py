"""Long work over many files or pictures: with threads, and with the time left on stderr."""

import concurrent.futures
import os
import sys
import time

_QUIET = 2.0  # seconds of work before the first line, so that short work says nothing
_EVERY = 0.5  # seconds between lines


def reported(items, total, doing):
    """Yields `items`, and after two seconds reports on stderr how many are done and the time left.

    Args:
        items: iterable of `total` values.
        total: how many there are.
        doing: what is done to them, e.g. `"Reading pictures"`.

    Example:
        >>> for path in reported(paths, len(paths), "Reading pictures"):
        ...     read(path)
        Reading pictures: 1200 of 5000, 19 s left
    """
    start = time.monotonic()
    said = None
    for done, item in enumerate(items):
        now = time.monotonic()
        if done and now - start > _QUIET and (said is None or now - said > _EVERY):
            left = (now - start) / done * (total - done)
            _say(f"\r{doing}: {done} of {total}, {_duration(left)} left\x1b[K")
            said = now
        yield item
    if said is not None:
        _say(f"\r{doing}: {total} in {_duration(time.monotonic() - start)}\x1b[K\n")


def in_threads(function, items, doing):
    """Yields `function(item)` in the order of `items`, from as many threads as there are cores.

    Args:
        function: called with each item; Pillow's decoders run beside each other in threads.
        items: list of arguments.
        doing: what is done to them, for the progress line.
    """
    pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())
    try:
        yield from reported(pool.map(function, items), len(items), doing)
    finally:
        # On Ctrl-C do not first work through the thousands that were queued.
        pool.shutdown(cancel_futures=True)


def _say(text):
    # A log file has no line to redraw: there, each report is a line.
    if not sys.stderr.isatty():
        text = text.replace("\r", "").replace("\x1b[K", "").rstrip("\n") + "\n"
    sys.stderr.write(text)
    sys.stderr.flush()


def _duration(seconds):
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
