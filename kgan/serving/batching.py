"""Requests that come together run together: stacked, run once, and split again."""

import asyncio
import collections

import numpy as np

from kgan.serving.limits import RequestError
from kgan.serving.servable import first_line

_Task = collections.namedtuple("_Task", "arrays rows joint future")


class Batcher:
    """The queue of one signature of one version.

    While one batch runs, the next one gathers. A request that comes alone runs at once; only when
    the last batch had company does the next one wait a few milliseconds for it.

    Args:
        signature: a `Signature`.
        limits: the server's `Limits`.
        executor: whose threads run the batches.
        ran: called with the rows of each batch.
    """

    def __init__(self, signature, limits, executor, ran):
        self._signature, self._limits = signature, limits
        self._executor, self._ran = executor, ran
        self._waiting = collections.deque()
        self._rows = 0  # waiting
        self._expected = 1  # requests of the last batch
        self._gathered = asyncio.Event()
        self._running = None

    async def run(self, arrays):
        """Returns the outputs `{name: array}` of one request.

        Args:
            arrays: `{input's name: array}`, as the signature takes them.

        Raises:
            RequestError: a full queue (503), or what TensorFlow said to these inputs.
        """
        joins = self._signature.joins
        sizes = {len(array) for array in arrays.values()} if joins else set()
        if len(sizes) > 1:
            raise RequestError(
                f"Batching session Run() input tensors must have equal 0th-dimension size. "
                f"Received: sizes {', '.join(map(str, sorted(sizes)))}."
            )
        rows = min(sizes, default=1)
        if self._rows + rows > self._limits.queued_rows:
            raise RequestError(
                "The batch scheduling queue to which this task was submitted is full", 503
            )
        # Only arrays of one shape can be stacked; no rows at all are left alone.
        joint = tuple(array.shape[1:] for array in arrays.values()) if joins and rows else None
        task = _Task(arrays, rows, joint, asyncio.get_running_loop().create_future())
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
                tasks = self._taken()
                try:
                    results = await loop.run_in_executor(self._executor, self._results, tasks)
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

    def _taken(self):
        """Takes the requests of the next batch from the queue."""
        tasks = [self._waiting.popleft()]
        rows = tasks[0].rows
        while (
            self._waiting
            and tasks[0].joint is not None
            and self._waiting[0].joint == tasks[0].joint
            and rows + self._waiting[0].rows <= self._limits.rows
        ):
            rows += self._waiting[0].rows
            tasks.append(self._waiting.popleft())
        self._rows -= rows
        self._expected = len(tasks)
        return tasks

    def _results(self, tasks):
        """Returns the outputs or the `RequestError` of each request; in a thread of its own."""
        if len(tasks) == 1:
            return [self._alone(tasks[0])]
        names = tasks[0].arrays
        try:
            outputs = self._outputs(
                {name: np.concatenate([task.arrays[name] for task in tasks]) for name in names}
            )
        except RequestError:
            # One request's values spoil the batch; the others must not suffer for it.
            return [self._alone(task) for task in tasks]
        ends = np.cumsum([task.rows for task in tasks])
        if any(len(array) != ends[-1] for array in outputs.values()):
            return [self._alone(task) for task in tasks]  # a row is not made of a row
        return [
            {name: array[end - task.rows : end] for name, array in outputs.items()}
            for task, end in zip(tasks, ends, strict=True)
        ]

    def _alone(self, task):
        try:
            return self._outputs(task.arrays)
        except RequestError as error:
            return error

    def _outputs(self, arrays):
        self._ran(len(next(iter(arrays.values()))) if self._signature.joins else 1)
        try:
            return self._signature.run(arrays)
        except Exception as error:
            raise _refusal(error) from error


def _refusal(error):
    """Returns the `RequestError` for what TensorFlow raised: 400 where the inputs were wrong."""
    bad = isinstance(error, ValueError | TypeError) or type(error).__name__ in (
        "InvalidArgumentError", "FailedPreconditionError", "OutOfRangeError",
    )  # fmt: skip
    return RequestError(first_line(error), 400 if bad else 500)
