"""What one server accepts at most, and the error for a request that asks for more."""

import re
from typing import NamedTuple


class Limits(NamedTuple):
    """What one server accepts at most.

    Attributes:
        connections: at once; fewer where the system lets a process open fewer files.
        head_bytes: of a request's line and headers.
        head_seconds: in which they must arrive.
        idle_seconds: that a connection may wait for the next request, or for a client to read on.
        body_bytes: of one request, unpacked.
        bodies_bytes: of all requests that are being answered.
        body_seconds: in which a request's body must arrive.
        depth: of nested lists and objects; a tensor has 8 axes at most.
        rows: of one request, and of requests joined into one batch.
        pixels: of all pictures in one request, by their headers; a small file may declare many.
        sent_values: numbers, strings or lists in one request; reading JSON of more would keep all
            others waiting.
        values: numbers or strings in one answer.
        run_seconds: of one batch, and of one call before a version serves.
        grace_seconds: for requests under way when the server is told to stop.
        queued_rows: waiting for one signature.
        wait_seconds: that a batch waits for further requests while several clients are asking.
        pinned_versions: older versions of one model that stay loaded.
        poll_seconds: between two looks at the folder.
    """

    connections: int = 8192
    head_bytes: int = 32 * 2**10
    head_seconds: float = 10.0
    idle_seconds: float = 60.0
    body_bytes: int = 32 * 2**20
    bodies_bytes: int = 128 * 2**20
    body_seconds: float = 30.0
    depth: int = 32
    rows: int = 256
    pixels: int = 2**24
    sent_values: int = 2**20
    values: int = 2**22
    run_seconds: float = 60.0
    grace_seconds: float = 25.0
    queued_rows: int = 2048
    wait_seconds: float = 0.004
    pinned_versions: int = 2
    poll_seconds: float = 1.0


def describe_limit(name: str) -> str:
    """Returns what a limit means, as `Limits` documents it."""
    # python -OO has no docstrings.
    texts = re.findall(rf"^ +{name}: (.*(?:\n {{12}}.*)*)", Limits.__doc__ or "", re.MULTILINE)
    return re.sub(r"\s+", " ", "".join(texts)).rstrip(".")


class RequestError(Exception):
    """A request that cannot be answered: becomes `{"error": text}` with an HTTP status.

    Args:
        text: for the client, one line.
        status: the HTTP status, 400 for bad input.
    """

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.text, self.status = text, status


def name_status(status: int) -> str:
    """Returns gRPC's name of an HTTP status, by which TensorFlow Serving counts."""
    return _NAMES.get(status, "INTERNAL")


_NAMES = {200: "OK", 400: "INVALID_ARGUMENT", 404: "NOT_FOUND", 408: "DEADLINE_EXCEEDED",
          413: "INVALID_ARGUMENT", 415: "INVALID_ARGUMENT", 501: "UNIMPLEMENTED",
          503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED"}  # fmt: skip
