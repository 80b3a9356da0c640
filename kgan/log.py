"""What kgan tells people while it works: lines on the standard streams, through `logging`.

`logging.getLogger("kgan")` is set as any other logger: `setLevel(logging.WARNING)` leaves warnings.
"""

import logging
import sys

logger = logging.getLogger("kgan")


class _StandardStreams(logging.Handler):
    """Writes lines to what is standard output now, warnings to standard error.

    A notebook, and a test, put other streams in their place. Errors in writing are raised, as
    `print` raises them: the command line ends in silence when its reader has gone.
    """

    def emit(self, record: logging.LogRecord) -> None:
        stream = sys.stderr if record.levelno >= logging.WARNING else sys.stdout
        if stream is not None:  # closed before Python began
            stream.write(f"{self.format(record)}\n")
            stream.flush()


def count_words(count: int, noun: str) -> str:
    """Returns a number of things: `1 epoch`, `2 epochs`."""
    return f"{count} {noun}{'s' * (count != 1)}"


def tell(text: str) -> None:
    """Tells people a line of news.

    Example:
        >>> tell("3 of 1000 files skipped")
        3 of 1000 files skipped
    """
    logger.info("%s", text)


def warn(text: str) -> None:
    """Tells people on standard error of what went otherwise than they may think."""
    logger.warning("%s", text)


if not logger.handlers:
    logger.addHandler(_StandardStreams())
    logger.setLevel(logging.INFO)
    logger.propagate = False
