"""Progress of long work: how much is done and the time left, on standard error."""

import concurrent.futures
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import tqdm

from kgan.system import count_cores

_Item, _Result = TypeVar("_Item"), TypeVar("_Result")

_DELAY = 2.0  # seconds before the first report, so that short work says nothing
_REDRAW = 0.5  # seconds between reports in a terminal, which redraws its line
_LOG = 30.0  # seconds between reports elsewhere, where each is a line


def track(items: Iterable[_Item], total: int, doing: str) -> Iterator[_Item]:
    """Yields `items`, and after two seconds reports how many are done and the time left.

    Args:
        items: iterable of `total` values.
        total: how many there are.
        doing: what is done to them, e.g. `"Reading pictures"`.

    Example:
        >>> for path in track(paths, len(paths), "Reading pictures"):
        ...     read(path)
        Reading pictures:  24%|##4       | 1200/5000 [00:06<00:19, 200.00it/s]
    """
    terminal = sys.stderr.isatty()
    place = {"dynamic_ncols": True} if terminal else {"file": _LogFile(), "position": 0}
    # Without smoothing the time left goes by the mean speed.
    timing = {"delay": _DELAY, "mininterval": _REDRAW, "miniters": 1, "smoothing": 0}
    with _Bar(total=total, desc=doing, leave=None, **timing, **place) as bar:
        for item in items:
            yield item
            if bar.update() and not terminal:
                bar.mininterval = _LOG


def map_in_threads(
    function: Callable[[_Item], _Result], items: Sequence[_Item], doing: str
) -> Iterator[_Result]:
    """Yields `function(item)` in the order of `items`, from as many threads as there are cores.

    Args:
        function: called with each item; Pillow's decoders run in parallel in threads.
        items: its arguments.
        doing: what is done to them, for the report.
    """
    pool = concurrent.futures.ThreadPoolExecutor(count_cores())
    try:
        yield from track(pool.map(function, items), len(items), doing)
    finally:
        # On Ctrl-C do not first work through the thousands that were queued.
        pool.shutdown(cancel_futures=True)


class _Bar(tqdm.tqdm):
    monitor_interval = 0  # no thread beside: with `miniters=1` there is nothing to watch


class _LogFile:
    """Standard error that is no terminal: every state of a bar becomes a line of its own."""

    def write(self, text):
        if text.strip():
            sys.stderr.write(f"{text.strip()}\n")

    def flush(self):
        sys.stderr.flush()
