"""Lines about what goes wrong, of which a client may cause thousands a second."""

import time
from collections.abc import Callable


class Complaints:
    """Passes on the first line of a kind each minute, and then how many were left out.

    Args:
        report: called with a line.
        seconds: between two lines of one kind.
        clock: seconds of a clock that only goes forward.
    """

    def __init__(
        self,
        report: Callable[[str], None],
        seconds: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._report, self._seconds, self._clock = report, seconds, clock
        self._kinds: dict[str, tuple[float, int]] = {}  # when told last, how many since

    def tell(self, kind: str, text: str) -> None:
        """Tells a line of a kind, unless one was told less than a minute ago."""
        last, count = self._kinds.get(kind, (None, 0))
        now = self._clock()
        if last is not None and now < last + self._seconds:
            self._kinds[kind] = last, count + 1
            return
        self._kinds[kind] = now, 0
        self._report(f"{text} ({count} more since the last such line)" if count else text)
