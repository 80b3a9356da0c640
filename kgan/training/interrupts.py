"""SIGINT, SIGTERM, SIGHUP during training: a checkpoint is saved, and the process leaves.

So it is where nobody reads what is printed any more: `kgan train … | head`.

Several workers use SIGALRM too, which POSIX systems have. Elsewhere a worker that is asked to stop
in the middle of long work between rounds, such as scoring, leaves without saving.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

import keras

from kgan.errors import Interrupted, RunError
from kgan.runs.checkpoints import Checkpoints
from kgan.training.distribution import Placement

_POSIX = os.name == "posix"
SIGNALS = (signal.SIGINT, signal.SIGTERM, *((signal.SIGHUP,) if _POSIX else ()))
_PIPE = signal.SIGPIPE if _POSIX else 13
_ALARM = getattr(signal, "SIGALRM", None)
_PATIENCE = 4.0  # seconds for which one of several workers waits for the round's end
_GRACE = 8.0  # seconds after which it leaves whatever happens


@contextlib.contextmanager
def save_on_stop(
    checkpoints: Checkpoints, placement: Placement | None = None
) -> Iterator[list[keras.callbacks.Callback]]:
    """Saves a checkpoint when a signal asks to stop; a second one ends the process at once.

    A signal is heeded between two rounds, wherever Python is then: weights, optimizers and the
    round's number always belong together, for a round is one call into TensorFlow.

    Several workers tell each other after each round whether one of them is asked to stop. All then
    stop after the same round, the chief saves, and all leave with the same code.

    Args:
        checkpoints: the run's `Checkpoints`, restored.
        placement: where the run trains; None for one process.

    Yields:
        Callbacks for `fit`, which go last.

    Raises:
        Interrupted: with the exit code that the shell expects: 130, 143, 129, or 141 where nobody
            reads what is printed.
    """
    received: list[int] = []  # the signal
    several = placement is not None and placement.multiworker
    together = _StopTogether(placement, received) if several else None
    # What a shell or nohup has us ignore stays ignored.
    heeded = [number for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN]

    def stop(number: int, frame: FrameType | None) -> None:
        received.append(number)
        for other in heeded:  # the next one is not asked to wait
            signal.signal(other, signal.SIG_DFL)
        if together is None:
            raise KeyboardInterrupt
        together.ask()

    with _handle_signals(heeded, stop):
        try:
            yield [] if together is None else [together]
        except (KeyboardInterrupt, BrokenPipeError) as error:
            step = checkpoints.save()
            if together is not None:
                together.leave()
            number = _PIPE if isinstance(error, BrokenPipeError) else signal.SIGINT
            number = received[0] if received else number
            name = "SIGPIPE" if number == _PIPE else signal.Signals(number).name
            done = f"after step {step}, which is saved. The same line goes on from there."
            raise Interrupted(
                f"stopped by {name} {done if step else 'before the first step.'}",
                128 + number,
                at_once=together is not None,
            ) from error
        except RunError as error:
            if together is None or not received:
                raise
            raise Interrupted(
                f"stopped by {signal.Signals(received[0]).name}, as the others were.",
                128 + received[0],
                at_once=True,
            ) from error
        finally:
            if together is not None:
                together.cancel()


class _StopTogether(keras.callbacks.Callback):
    """After each round, tells all workers whether one of them is asked to stop.

    Args:
        placement: where the run trains.
        received: list that holds, or gets, the signal.
    """

    def __init__(self, placement: Placement, received: list[int]) -> None:
        super().__init__()
        self._placement = placement
        self._received = received
        self._timer = None
        self._met = False

    def ask(self) -> None:
        """Stops all after this round; this process alone, if that does not end in time."""
        self._leave_after(_GRACE)
        if _ALARM is not None:
            # Long work between rounds is not waited for: what is played is saved.
            signal.signal(_ALARM, signal.default_int_handler)
            signal.setitimer(signal.ITIMER_REAL, _PATIENCE)

    def on_train_batch_end(self, batch, logs=None) -> None:
        number = self._placement.reduce_max(self._received[0] if self._received else 0)
        if number:
            _cancel_alarm()
            self._met = True
            self._received[:] = [number]
            self._leave_after(_GRACE)
            if self._placement.chief:
                self._timer.cancel()  # for it saves, however long that takes
            raise KeyboardInterrupt

    def leave(self) -> None:
        """Waits until the chief has saved, where all have stopped after the same round."""
        if self._met:
            self._leave_after(_GRACE)
            with contextlib.suppress(Exception):  # who has left is gone, and says it in many ways
                self._placement.reduce_max(0)

    def cancel(self) -> None:
        """Cancels the timers."""
        if self._timer is not None:
            self._timer.cancel()
            _cancel_alarm()

    def _leave_after(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(seconds, os._exit, [128 + self._received[0]])
        self._timer.daemon = True
        self._timer.start()


def _cancel_alarm() -> None:
    if _ALARM is not None:
        signal.setitimer(signal.ITIMER_REAL, 0.0)


@contextlib.contextmanager
def _handle_signals(
    numbers: list[int], handler: Callable[[int, FrameType | None], None]
) -> Iterator[None]:
    """Handles signals in this block; outside the main thread, they are not ours."""
    changed = [*numbers, *([] if _ALARM is None else [_ALARM])]
    before = {number: signal.getsignal(number) for number in changed}
    with contextlib.suppress(ValueError):
        for number in numbers:
            signal.signal(number, handler)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            for number, earlier in before.items():
                signal.signal(number, earlier)
