"""A name for each request, which its answer bears, and a line about it for whoever wants a log."""

import re
import secrets
import time
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp

HEADER = "x-request-id"
_NAME = re.compile(r"[\w.:/+=@-]{1,64}", re.ASCII)


def choose_name(sent: str | None) -> str:
    """Returns the name of a request: what its sender calls it, or 16 random digits."""
    return sent if sent and _NAME.fullmatch(sent) else secrets.token_hex(8)


def describe(
    name: str, client: str, what: str, status: int | str, seconds: float, size: int
) -> str:
    """Returns the line of a request.

    Args:
        name: from `choose_name`.
        client: its address.
        what: method and path.
        status: of the answer.
        seconds: from the request's head to the end of the answer.
        size: bytes of the answer.

    Example:
        >>> describe("7f", "127.0.0.1", "GET /healthz", 200, 0.0012, 17)
        '7f 127.0.0.1 GET /healthz 200 1.2 ms 17 bytes'
    """
    # A path may hold line ends, which would be a line of their own.
    shown = what[:200].encode("unicode_escape").decode("ascii")
    return f"{name} {client} {shown} {status} {1e3 * seconds:.1f} ms {size} bytes"


def log_requests(application: ASGIApp, log: Callable[[str], None] | None) -> ASGIApp:
    """Returns an application that names each request in its answer.

    Args:
        application: what answers.
        log: called with a line for each request; None for no log.
    """

    async def answer(scope, receive, send):
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        start, status, size = time.perf_counter(), 0, 0
        sent = [value for key, value in scope["headers"] if key == HEADER.encode()]
        name = choose_name(sent[0].decode("latin-1") if sent else None)

        async def send_named(message):
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = name
            size += len(message.get("body", b""))
            await send(message)

        try:
            await application(scope, receive, send_named)
        finally:
            if log is not None:
                what = f"{scope['method']} {scope['path']}"
                client = (scope.get("client") or ("-",))[0]
                # Without a status its client has gone.
                log(describe(name, client, what, status or "-", time.perf_counter() - start, size))

    return answer
