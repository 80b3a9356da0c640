"""SIGINT and SIGTERM during training: what was played is saved, and the process leaves."""

import contextlib
import os
import signal
import threading

import keras

from kgan.errors import Interrupted, RunError

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_PATIENCE = 4.0  # seconds for which one of several workers waits for the round's end
_GRACE = 8.0  # seconds after which it leaves whatever happens


@contextlib.contextmanager
def saved_when_stopped(checkpoints, place=None):
    """Saves a checkpoint when a signal asks to stop; a second one ends the process at once.

    A signal is heeded between two rounds, wherever Python is then: weights, optimizers and the
    round's number always belong together, for a round is one call into TensorFlow.

    Several workers tell each other after each round whether one of them is asked to stop. All then
    stop after the same round, the chief saves, and all leave with the same code.

    Args:
        checkpoints: the run's `Checkpoints`, restored.
        place: the `Place` the run trains on; None for one process.

    Yields:
        Callbacks for `fit`, which go last.

    Raises:
        Interrupted: with the exit code that the shell expects: 130 or 143.
    """
    asked = []  # the signal
    together = _Together(place, asked) if place is not None and place.workers else None

    def stop(number, frame):
        asked.append(number)
        for other in _SIGNALS:  # the next one is not asked to wait
            signal.signal(other, signal.SIG_DFL)
        if together is None:
            raise KeyboardInterrupt
        together.ask()

    with _handled(dict.fromkeys(_SIGNALS, stop)):
        try:
            yield [] if together is None else [together]
        except KeyboardInterrupt as error:
            step = checkpoints.save()
            if together is not None:
                together.leave()
            raise Interrupted(
                f"stopped by {signal.Signals(asked[0]).name if asked else 'an interrupt'} after "
                f"step {step}, which is saved. The same line goes on from there.",
                128 + (asked[0] if asked else signal.SIGINT),
                at_once=together is not None,
            ) from error
        except RunError as error:
            if together is None or not asked:
                raise
            raise Interrupted(
                f"stopped by {signal.Signals(asked[0]).name}, as the others were.",
                128 + asked[0],
                at_once=True,
            ) from error
        finally:
            if together is not None:
                together.end()


class _Together(keras.callbacks.Callback):
    """After each round, all workers learn whether one of them is asked to stop.

    Args:
        place: the `Place`.
        asked: list that holds, or gets, the signal that asked.
    """

    def __init__(self, place, asked):
        super().__init__()
        self._place = place
        self._asked = asked
        self._timer = None
        self._met = False

    def ask(self):
        """Stops all after this round; this process alone, if that does not end in time."""
        self._leave_after(_GRACE)
        # Long work between rounds, such as scoring, is not waited for: what is played is saved.
        signal.signal(signal.SIGALRM, signal.default_int_handler)
        signal.setitimer(signal.ITIMER_REAL, _PATIENCE)

    def on_train_batch_end(self, batch, logs=None):
        number = self._place.largest(self._asked[0] if self._asked else 0)
        if number:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            self._met = True
            self._asked[:] = [number]
            self._leave_after(_GRACE)
            if self._place.chief:
                self._timer.cancel()  # for it saves, however long that takes
            raise KeyboardInterrupt

    def leave(self):
        """Waits until the chief has saved, where all have stopped after the same round."""
        if self._met:
            self._leave_after(_GRACE)
            with contextlib.suppress(Exception):  # who has left is gone, and says it in many ways
                self._place.largest(0)

    def end(self):
        """Puts away what was to come."""
        if self._timer is not None:
            self._timer.cancel()
            signal.setitimer(signal.ITIMER_REAL, 0.0)

    def _leave_after(self, seconds):
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(seconds, os._exit, [128 + self._asked[0]])
        self._timer.daemon = True
        self._timer.start()


@contextlib.contextmanager
def _handled(handlers):
    """Handles signals in this block; outside the main thread, they are not ours."""
    before = {number: signal.getsignal(number) for number in (*handlers, signal.SIGALRM)}
    with contextlib.suppress(ValueError):
        for number, handler in handlers.items():
            signal.signal(number, handler)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            for number, handler in before.items():
                signal.signal(number, handler)
