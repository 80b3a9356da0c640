"""What kgan tells people while it works: lines on standard output, through `logging`.

`logging.getLogger("kgan")` is set as any other logger: `setLevel(logging.WARNING)` makes it quiet.
"""

import logging
import sys

logger = logging.getLogger("kgan")


class _StandardOutput(logging.StreamHandler):
    """Writes to what is standard output now: a notebook, and a test, put another in its place."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self):
        return sys.stdout


def tell(text: str) -> None:
    """Tells people a line.

    Example:
        >>> tell("3 of 1000 files skipped")
        3 of 1000 files skipped
    """
    logger.info("%s", text)


if not logger.handlers:
    logger.addHandler(_StandardOutput())
    logger.setLevel(logging.INFO)
    logger.propagate = False
