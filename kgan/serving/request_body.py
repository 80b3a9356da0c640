"""The bodies of requests: read whole, up to the server's limits."""

import asyncio
import contextlib

from starlette.requests import ClientDisconnect

from kgan.serving.limits import RequestError

_DISCARDED = 8  # how many times the limit is read of too large a body, so that its sender listens


class Bodies:
    """Reads bodies, and knows how many bytes are held.

    Args:
        limits: the server's `Limits`.
    """

    def __init__(self, limits):
        self._limits = limits
        self._held = 0  # bytes, of all requests that are being answered

    @contextlib.asynccontextmanager
    async def read(self, request):
        """Yields a request's body, whose bytes count until the block ends.

        Args:
            request: Starlette's.

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
            self._held -= sum(map(len, parts))

    async def _receive(self, request, parts):
        size, most = 0, self._limits.body_bytes
        async for part in request.stream():
            size += len(part)
            if size > _DISCARDED * most:
                break
            if size <= most:
                parts.append(part)
                self._held += len(part)
            if self._held > self._limits.bodies_bytes:
                raise RequestError("Too many requests at once; try again later", 503)
        if size > most:
            raise RequestError(f"Expected a body of at most {most} bytes. Received: more.", 413)
