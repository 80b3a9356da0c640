"""Calls of TensorFlow that end: by themselves, at their deadline, or when the server does."""

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import tensorflow as tf
from tensorflow.python.eager import cancellation

from kgan.serving.limits import RequestError

T = TypeVar("T")

_LOOK = 0.1  # seconds between two looks at the deadlines


class Calls:
    """Runs functions, and cuts off those that pass their deadline: a graph may loop for ever.

    Args:
        seconds: of one call.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends: dict[cancellation.CancellationManager, float] = {}  # of the calls that run
        self._change = threading.Condition()
        self._stopping = False
        _CANCELLERS.add_user(self)
        threading.Thread(target=self._watch, name="kgan-deadlines", daemon=True).start()

    def bound(self, function: Callable[..., T]) -> Callable[..., T]:
        """Returns a function that is cut off at its deadline.

        Raises:
            RequestError: (the function) 504 at its deadline, 503 when the server ends.
        """

        def call(*arguments: Any, **options: Any) -> T:
            manager = cancellation.CancellationManager()
            with self._change:
                self._ends[manager] = time.monotonic() + self._seconds
                self._change.notify()
            _CANCELLERS.here = manager
            try:
                if not self._stopping:
                    return function(*arguments, **options)
            except tf.errors.CancelledError:
                if manager in self._ends:
                    raise
            finally:
                _CANCELLERS.here = None
                with self._change:
                    in_time = self._ends.pop(manager, None) is not None
            if self._stopping or in_time:
                raise RequestError("The server is stopping", 503)
            raise RequestError(
                f"Expected a graph that answers within {self._seconds:g} seconds. Received: none, "
                "so it was stopped",
                504,
            )

        return call

    def stop(self) -> None:
        """Cuts off what runs, for good."""
        with self._change:
            self._stopping = True
            self._cut_off(list(self._ends))
            self._change.notify()
        _CANCELLERS.remove_user(self)

    def _watch(self):
        with self._change:
            while not self._stopping:
                self._change.wait(_LOOK if self._ends else None)
                now = time.monotonic()
                self._cut_off([manager for manager, end in self._ends.items() if now >= end])

    def _cut_off(self, managers):
        for manager in managers:
            del self._ends[manager]  # once: some single operations do not listen
            manager.start_cancel()


class _Cancellers(threading.local):
    """What TensorFlow takes for the one canceller of all threads: to each thread it is its own.

    A failing operation cancels all that runs under its canceller.
    """

    here = None
    _users = set()  # noqa: RUF012 (of all threads)

    @property
    def _impl(self):
        return (self.here or cancellation.CancellationManager())._impl

    def add_user(self, user):
        self._users.add(user)
        cancellation.CancellationManagerContext(self).__enter__()

    def remove_user(self, user):
        self._users.discard(user)
        if not self._users:
            cancellation.CancellationManagerContext(self).__exit__(None, None, None)


_CANCELLERS = _Cancellers()
