"""What kgan tells people while it works, through `logging`: news on standard output, warnings on
standard error.

`logging.getLogger("kgan")` is set as any other logger: `setLevel(logging.WARNING)` leaves warnings.
"""

import logging
import sys

logger = logging.getLogger("kgan")


class _Console(logging.Handler):
    """Writes to what the two streams are now: a notebook, and a test, put others in their place."""

    def emit(self, record: logging.LogRecord) -> None:
        stream = sys.stderr if record.levelno >= logging.WARNING else sys.stdout
        stream.write(f"{self.format(record)}\n")
        stream.flush()


def tell(text: str) -> None:
    """Tells people a line of news.

    Example:
        >>> tell("3 of 1000 files skipped")
        3 of 1000 files skipped
    """
    logger.info("%s", text)


def warn(text: str) -> None:
    """Tells people a line that they should heed."""
    logger.warning("%s", text)


if not logger.handlers:
    logger.addHandler(_Console())
    logger.setLevel(logging.INFO)
    logger.propagate = False
