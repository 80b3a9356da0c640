"""Connections: how long and how much a client may send before it is answered.

uvicorn waits for ever for the head of a request, and takes one of any size.
"""

import asyncio
import json
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from kgan.serving.limits import Limits

_OVERHEAD = 8  # bytes sent for one of a body: a chunk of one byte has six


class Connection(HttpToolsProtocol):
    """One client's connection, with deadlines and limits.

    When there are too many, the one that has waited longest for a request gives way to the new.

    Args:
        limits: the server's.
        waiting: of all connections those whose next request has not come yet, the oldest first.
        options: as uvicorn gives them.
    """

    def __init__(self, limits: Limits, waiting: dict["Connection", None], **options: Any) -> None:
        super().__init__(**options)
        self._limits, self._waiting = limits, waiting
        self._deadline = self._watch = None
        self._unsent = 0
        self._in_head, self._body, self._overhead = False, 0, 0
        self._refusal = 400

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._await_head(self._limits.head_seconds)
        if len(self.connections) > self._limits.connections:
            next(iter(self._waiting)).give_way()

    def give_way(self) -> None:
        """Closes a connection that waits for a request."""
        self._stop_waiting()
        self._refuse(503, "Too many connections; try again later")

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._stop_watching()
        super().connection_lost(exc)

    # ---- What comes in ----------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        self._overhead += len(data)
        super().data_received(data)
        if self._overhead > self._limits.head_bytes + _OVERHEAD * self._body:
            self._refusal = 431
            self.send_400_response("")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._body, self._overhead = True, 0, 0
        if self.cycle is not None and self.cycle.response_complete:
            self._await_head(self._limits.head_seconds)

    def on_headers_complete(self) -> None:
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self._limits.head_bytes:
            self._refusal = 431
            raise httptools.HttpParserError("too large a head")
        self._in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body += len(body)
        self._overhead -= len(body)
        super().on_body(body)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete and not self.transport.is_closing():
            # Counts until the next head, whatever comes of a body that nobody has read.
            self._await_head(self._limits.idle_seconds)

    def _await_head(self, seconds):
        self._stop_waiting()
        self._waiting[self] = None
        self._deadline = self.loop.call_later(seconds, self._end_waiting)

    def _stop_waiting(self):
        self._waiting.pop(self, None)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end_waiting(self):
        if self._watch is not None:  # the last answer is still being read
            self._await_head(self._limits.idle_seconds)
        elif self._in_head:
            seconds = self._limits.head_seconds
            self._refuse(408, f"The request's head did not come in {seconds:g} seconds")
        else:
            self.transport.close()

    # ---- What goes out ----------------------------------------------------------------------

    def send_400_response(self, msg: str) -> None:
        texts = {431: f"Expected a head of at most {self._limits.head_bytes} bytes. Received: more"}
        self._refuse(self._refusal, texts.get(self._refusal, "Expected HTTP/1.1. Received: none"))

    def _refuse(self, status, text):
        if self.transport.is_closing():
            return
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.abort()  # amid another answer
            return
        body = json.dumps({"error": text}).encode()
        self.transport.write(
            STATUS_LINE[status]
            + b"content-type: application/json\r\nconnection: close\r\n"
            + b"content-length: %d\r\n\r\n" % len(body)
            + body
        )
        self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_writing(first=True)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_watching()

    def _watch_writing(self, first=False):
        """Ends a connection whose client has read nothing for a while."""
        unsent = self.transport.get_write_buffer_size()
        if not first and unsent >= self._unsent:
            self._watch = None
            self.transport.abort()
            return
        self._unsent = unsent
        self._watch = self.loop.call_later(self._limits.idle_seconds, self._watch_writing)

    def _stop_watching(self):
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
