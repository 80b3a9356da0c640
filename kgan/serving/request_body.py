"""Reads the bodies of requests whole, up to the server's limits."""

import asyncio
import contextlib
import zlib
from collections.abc import AsyncIterator, Iterator

from starlette.requests import ClientDisconnect, Request

from kgan.serving.limits import Limits, RequestError

_DISCARDED = 8  # times the limit that is read of too large a body, so that its sender listens
_CROWDED = "Too many requests at once; try again later"


class BodyReader:
    """Reads bodies, and counts the bytes of all that are being answered.

    Args:
        limits: the server's.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._bytes = 0  # of all requests that are being answered

    @contextlib.asynccontextmanager
    async def read(self, request: Request) -> AsyncIterator[bytes]:
        """Yields a request's body, whose bytes count until the block ends.

        Raises:
            RequestError: 413 too large, 503 too much at once, 408 too slow, 400 broken off.
        """
        parts = []
        try:
            try:
                async with asyncio.timeout(self._limits.body_seconds):
                    await self._receive(request, parts)
            except TimeoutError as error:
                raise RequestError(
                    f"The request's body did not come in {self._limits.body_seconds:g} seconds", 408
                ) from error
            except ClientDisconnect as error:
                raise RequestError("The request was broken off") from error  # nobody hears it
            yield b"".join(parts)
        finally:
            self._bytes -= sum(map(len, parts))

    @contextlib.contextmanager
    def count(self, size: int) -> Iterator[None]:
        """Counts the bytes of a request that has come whole, until the block ends.

        Args:
            size: bytes.

        Raises:
            RequestError: 503 too much at once.
        """
        self._bytes += size
        try:
            if self._bytes > self._limits.bodies_bytes:
                raise RequestError(_CROWDED, 503)
            yield
        finally:
            self._bytes -= size

    async def _receive(self, request, parts):
        size, most = 0, self._limits.body_bytes
        async for part in request.stream():
            size += len(part)
            if size > _DISCARDED * most:
                break
            if size <= most:
                parts.append(part)
                self._bytes += len(part)
            if self._bytes > self._limits.bodies_bytes:
                raise RequestError(_CROWDED, 503)
        if size > most:
            raise RequestError(f"Expected a body of at most {most} bytes. Received: more.", 413)


def unpack(body: bytes, encoding: str, most: int) -> bytes:
    """Returns a body as it was before its sender packed it.

    Args:
        body: as it came.
        encoding: the header `Content-Encoding`; gzip, or empty.
        most: bytes of the result.

    Raises:
        RequestError: 415 another encoding, 413 too large, 400 damaged.
    """
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise RequestError(f"Expected Content-Encoding: gzip. Received: {encoding[:100]}.", 415)
    unpacker = zlib.decompressobj(wbits=31)
    try:
        content = unpacker.decompress(body, most + 1)
    except zlib.error as error:
        raise RequestError("Expected a body of gzip. Received: one that is damaged.") from error
    if len(content) > most:
        raise RequestError(f"Expected a body of at most {most} bytes. Received: more.", 413)
    if not unpacker.eof:
        raise RequestError("Expected a body of gzip. Received: one that breaks off.")
    return content
