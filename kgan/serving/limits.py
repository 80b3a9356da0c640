"""What one server accepts at most, and the error for a request that asks for more."""

from typing import NamedTuple


class Limits(NamedTuple):
    """What one server accepts at most.

    Attributes:
        body_bytes: of one request.
        bodies_bytes: of all requests that are being answered.
        body_seconds: in which a request's body must arrive.
        depth: of nested lists and objects; a tensor has 8 axes at most.
        rows: of one request, and of requests joined into one batch.
        pixels: of all pictures in one request, by their headers; a small file may declare many.
        values: numbers or strings in one answer; JSON of more would keep all others waiting.
        queued_rows: waiting for one signature.
        wait_seconds: that a batch waits for further requests while several clients are asking.
        pinned_versions: older versions of one model that stay loaded.
        poll_seconds: between two looks at the folder.
    """

    body_bytes: int = 32 * 2**20
    bodies_bytes: int = 128 * 2**20
    body_seconds: float = 30.0
    depth: int = 32
    rows: int = 256
    pixels: int = 2**24
    values: int = 2**22
    queued_rows: int = 2048
    wait_seconds: float = 0.004
    pinned_versions: int = 2
    poll_seconds: float = 1.0


class RequestError(Exception):
    """A request that cannot be answered: becomes `{"error": text}` with an HTTP status.

    Args:
        text: for the client, one line.
        status: the HTTP status, 400 for bad input.
    """

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.text, self.status = text, status
