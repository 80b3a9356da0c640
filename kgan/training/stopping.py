"""SIGINT and SIGTERM during training: what was played is saved, and the process leaves."""

import contextlib
import os
import signal
import threading

from kgan.errors import Interrupted, RunError

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_GRACE = 8.0  # seconds for which a worker that does not save stays with the one that does


@contextlib.contextmanager
def saved_when_stopped(checkpoints, follows=False):
    """Saves a checkpoint when a signal asks to stop; a second one ends the process at once.

    A signal is heeded between two rounds, wherever Python is then: weights, optimizers and the
    round's number always belong together, for a round is one call into TensorFlow.

    Of several workers the chief saves. The others play on until it has left, for it may wait for
    them in the middle of a round.

    Args:
        checkpoints: the run's `Checkpoints`, restored.
        follows: whether this is a worker that another one saves for.

    Raises:
        Interrupted: with the exit code that the shell expects: 130 or 143.
    """
    stopped = None

    def stop(number, frame):
        nonlocal stopped
        stopped = signal.Signals(number)
        for other in _SIGNALS:  # the next one is not asked to wait
            signal.signal(other, signal.SIG_DFL)
        if not follows:
            raise KeyboardInterrupt
        leaving = threading.Timer(_GRACE, os._exit, [128 + number])
        leaving.daemon = True
        leaving.start()

    before = {}
    with contextlib.suppress(ValueError):  # outside the main thread, signals are not ours
        before = {number: signal.signal(number, stop) for number in _SIGNALS}
    try:
        yield
    except KeyboardInterrupt as error:
        step = checkpoints.save()
        raise Interrupted(
            f"stopped by {stopped.name if stopped else 'an interrupt'} after step {step}, which is "
            "saved. The same line goes on from there.",
            128 + (stopped or signal.SIGINT),
        ) from error
    except RunError as error:
        if not (follows and stopped):
            raise
        raise Interrupted(f"stopped by {stopped.name}, as the chief was.", 128 + stopped) from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
