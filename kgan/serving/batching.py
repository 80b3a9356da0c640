"""Requests that come together run together: stacked, run once, and split again."""

import asyncio
import collections
import concurrent.futures
from collections.abc import Callable

import numpy as np

from kgan.serving.limits import Limits, RequestError
from kgan.serving.servable import Servable, Signature, first_line
from kgan.types import Array

_ENDS = (503, 504)  # statuses of a call that was cut off: it would be again
_Task = collections.namedtuple("_Task", "arrays rows shapes future")


class Batcher:
    """The queue of one signature of one version.

    While one batch runs, the next one gathers. A request that comes alone runs at once; only when
    the last batch held several requests does the next one wait a few milliseconds for others.

    Args:
        signature: what is queued for.
        limits: the server's.
        executor: whose threads run the batches.
        count_rows: called with the rows of each batch.
    """

    def __init__(
        self,
        signature: Signature,
        limits: Limits,
        executor: concurrent.futures.Executor,
        count_rows: Callable[[int], None],
    ) -> None:
        self._signature, self._limits = signature, limits
        self._executor, self._count_rows = executor, count_rows
        self._waiting = collections.deque()
        self._rows = 0  # waiting
        self._expected = 1  # requests of the last batch
        self._gathered = asyncio.Event()
        self._running = None

    async def run(self, arrays: dict[str, Array]) -> dict[str, Array]:
        """Returns the outputs `{name: array}` of one request.

        Args:
            arrays: `{input's name: array}`, as the signature takes them.

        Raises:
            RequestError: inputs of different lengths, a full queue (503), or TensorFlow's error.
        """
        joins = self._signature.joins
        sizes = {len(array) for array in arrays.values()} if joins else set()
        if len(sizes) > 1:
            raise RequestError(
                "Expected inputs of one number of rows. Received: "
                f"{', '.join(map(str, sorted(sizes)))}."
            )
        rows = min(sizes, default=1)
        if self._rows + rows > self._limits.queued_rows:
            raise RequestError("Too many requests in the queue; try again later", 503)
        # Only arrays of one shape can be stacked; requests without rows run alone.
        shapes = tuple(array.shape[1:] for array in arrays.values()) if joins and rows else None
        task = _Task(arrays, rows, shapes, asyncio.get_running_loop().create_future())
        self._waiting.append(task)
        self._rows += rows
        if len(self._waiting) >= self._expected or self._rows >= self._limits.rows:
            self._gathered.set()
        if self._running is None:
            self._running = asyncio.create_task(self._run_all())
        return await task.future

    async def _run_all(self):
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                await self._gather()
                tasks = self._take_batch()
                try:
                    results = await loop.run_in_executor(self._executor, self._run_batch, tasks)
                except Exception as error:  # nobody may wait for ever
                    results = [RequestError(first_line(error), 500)] * len(tasks)
                for task, result in zip(tasks, results, strict=True):
                    if task.future.done():
                        continue  # its client has gone
                    if isinstance(result, RequestError):
                        task.future.set_exception(result)
                    else:
                        task.future.set_result(result)
        finally:
            self._running = None

    async def _gather(self):
        """Waits for as many requests as the last batch had, a few milliseconds at most."""
        if len(self._waiting) < self._expected and self._rows < self._limits.rows:
            self._gathered.clear()
            try:
                async with asyncio.timeout(self._limits.wait_seconds):
                    await self._gathered.wait()
            except TimeoutError:
                pass

    def _take_batch(self):
        """Takes the requests of the next batch from the queue."""
        tasks = [self._waiting.popleft()]
        rows = tasks[0].rows
        while (
            self._waiting
            and tasks[0].shapes is not None
            and self._waiting[0].shapes == tasks[0].shapes
            and rows + self._waiting[0].rows <= self._limits.rows
        ):
            rows += self._waiting[0].rows
            tasks.append(self._waiting.popleft())
        self._rows -= rows
        self._expected = len(tasks)
        return tasks

    def _run_batch(self, tasks):
        """Returns the outputs or the `RequestError` of each request; in a thread of its own."""
        if len(tasks) == 1:
            return [self._run_alone(tasks[0])]
        names = tasks[0].arrays
        try:
            outputs = self._compute(
                {name: np.concatenate([task.arrays[name] for task in tasks]) for name in names}
            )
        except RequestError as error:
            if error.status in _ENDS:
                return [error] * len(tasks)
            # One request's values fail the batch; the others must not suffer for it.
            return [self._run_alone(task) for task in tasks]
        ends = np.cumsum([task.rows for task in tasks])
        if any(len(array) != ends[-1] for array in outputs.values()):
            return [self._run_alone(task) for task in tasks]  # rows out are not those that went in
        return [
            {name: array[end - task.rows : end] for name, array in outputs.items()}
            for task, end in zip(tasks, ends, strict=True)
        ]

    def _run_alone(self, task):
        try:
            return self._compute(task.arrays)
        except RequestError as error:
            return error

    def _compute(self, arrays):
        self._count_rows(len(next(iter(arrays.values()))) if self._signature.joins else 1)
        try:
            return self._signature.run(arrays)
        except RequestError:
            raise
        except Exception as error:
            raise _to_request_error(error) from error


class Endpoint:
    """A loaded version and the queues of its signatures.

    Args:
        servable: the version.
        limits, executor, count_rows: as of `Batcher`.

    Attributes:
        servable: the version.
        batchers: `{signature's name: Batcher}`.
    """

    def __init__(
        self,
        servable: Servable,
        limits: Limits,
        executor: concurrent.futures.Executor,
        count_rows: Callable[[int], None],
    ) -> None:
        self.servable = servable
        self.batchers = {
            key: Batcher(signature, limits, executor, count_rows)
            for key, signature in servable.signatures.items()
        }

    def get_signature(self, key: str) -> Signature:
        """Returns a signature by its name.

        Raises:
            RequestError: none of that name.
        """
        signatures = self.servable.signatures
        if key not in signatures:
            raise RequestError(
                f"Expected a signature of {self.servable.path.parent.name}: "
                f"{', '.join(signatures)}. Received: {key[:100]}."
            )
        return signatures[key]


def _to_request_error(error):
    """Returns the `RequestError` for what TensorFlow raised: 400 where the inputs were wrong."""
    bad = isinstance(error, ValueError | TypeError) or type(error).__name__ in (
        "InvalidArgumentError", "FailedPreconditionError", "OutOfRangeError",
    )  # fmt: skip
    return RequestError(first_line(error), 400 if bad else 500)
