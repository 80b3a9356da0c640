"""What every protocol of the server answers from."""

import asyncio
import concurrent.futures
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

from kgan.serving import servable
from kgan.serving.batching import Endpoint
from kgan.serving.calls import Calls
from kgan.serving.complaints import Complaints
from kgan.serving.limits import Limits, RequestError
from kgan.serving.model_manager import ModelManager
from kgan.serving.monitoring import Monitor
from kgan.serving.request_body import BodyReader
from kgan.serving.warmup import warm_up
from kgan.system import count_cores
from kgan.types import PathLike

T = TypeVar("T")

QUICK = 2**14  # bytes of a request, or values, for which another thread is not worth its while


class Service:
    """What every protocol answers from: the models, the threads, and what is counted.

    Args:
        folder: `saved_models`.
        limits: the server's.
        report: called with one line for each change.
        tidy: called when versions came or went.

    Attributes:
        folder: `saved_models`.
        limits: the server's.
        manager: the `ModelManager`.
        monitor: what is counted.
        complaints: what went wrong.
        bodies: of the requests that are being answered.
    """

    def __init__(
        self,
        folder: PathLike,
        limits: Limits,
        report: Callable[[str], None],
        tidy: Callable[[], None] = lambda: None,
    ) -> None:
        self.limits, self._tidy = limits, tidy
        self.complaints = Complaints(report)
        self.folder = folder
        self.monitor = Monitor()
        self._calls = Calls(limits.run_seconds)
        self._executor = concurrent.futures.ThreadPoolExecutor(count_cores(), "kgan-batch")
        self._writer = concurrent.futures.ThreadPoolExecutor(count_cores(), "kgan-json")
        self._loader = concurrent.futures.ThreadPoolExecutor(1, "kgan-load")
        self.bodies = BodyReader(limits)
        self.manager = ModelManager(folder, limits, self._load, self._make_endpoint, report)

    def _load(self, path, version):
        one = servable.load(path, version, self._calls.bound)
        warm_up(one)
        return one

    def _make_endpoint(self, name, one):
        def count_rows(rows):
            self.monitor.count_batch(name, rows)

        return Endpoint(one, self.limits, self._executor, count_rows)

    def refresh(self) -> concurrent.futures.Future:
        """Looks at the folder in the loading thread."""
        return self._loader.submit(self._refresh)

    def _refresh(self):
        if self.manager.refresh():
            self._tidy()

    def stop(self, seconds: float = 1.0) -> bool:
        """Cuts off what runs, and lets the threads go.

        Args:
            seconds: that they have to end.

        Returns:
            Whether all have ended: a single operation of TensorFlow cannot be cut off.
        """
        self._calls.stop()

        def close():
            for pool in (self._loader, self._executor, self._writer):
                pool.shutdown(cancel_futures=True)

        closing = threading.Thread(target=close, daemon=True)
        closing.start()
        closing.join(seconds)
        return not closing.is_alive()

    @contextlib.asynccontextmanager
    async def polling(self) -> AsyncIterator[None]:
        """Looks at the folder from time to time while the block runs."""
        asyncio.get_running_loop().set_exception_handler(self._handle_loop_error)
        polling = asyncio.create_task(self._poll())
        yield
        polling.cancel()

    def _handle_loop_error(self, loop, context):
        del loop
        error = context.get("exception")
        reason = f": {error!r}" if error else ""
        self.complaints.tell("loop", f"In the server, {context['message']}{reason}")

    async def _poll(self):
        while True:
            await asyncio.sleep(self.limits.poll_seconds)
            try:
                await asyncio.wrap_future(self.refresh())
            except Exception as error:  # the next look may succeed
                self.complaints.tell("look", f"Looking for new versions failed: {error!r}")

    async def find_endpoint(self, name: str, version: int | None) -> Endpoint:
        """Returns the endpoint of a version, loading it if need be; None for the newest.

        Raises:
            RequestError: 404, no such model or version, or one that does not load.
        """
        if version is None:
            return self.manager.get_latest(name)
        endpoint = self.manager.get_version(name, version)
        if endpoint is None:
            load = self._loader.submit(self._load_version, name, version)
            endpoint = await asyncio.wrap_future(load)
        return endpoint

    def get_endpoint(self, name: str, version: int | None) -> Endpoint:
        """Returns the endpoint of a version that is loaded; None for the newest.

        Raises:
            RequestError: 404, none.
        """
        if version is None:
            return self.manager.get_latest(name)
        endpoint = self.manager.get_version(name, version)
        if endpoint is None:
            raise RequestError(
                f"Expected a version that is loaded. Received: {name}, version {version}.", 404
            )
        return endpoint

    def _load_version(self, name, version):
        endpoint = self.manager.load_version(name, version)
        self._tidy()
        return endpoint

    async def offload(self, large: bool, function: Callable[..., T], *arguments: Any) -> T:
        """Calls a function, for large data in another thread, so that others need not wait."""
        if not large:
            return function(*arguments)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writer, function, *arguments)

    def current_versions(self) -> dict[str, int]:
        """Returns `{model: newest version that is served}`."""
        return {
            name: model.current.servable.version
            for name, model in self.manager.models.items()
            if model.current is not None
        }
