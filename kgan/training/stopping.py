"""SIGINT and SIGTERM during training: what was played is saved, and the process leaves."""

import contextlib
import signal

from kgan.errors import Interrupted

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def saved_when_stopped(checkpoints):
    """Saves a checkpoint when a signal asks to stop; a second one ends the process at once.

    A signal is heeded between two rounds, wherever Python is then: weights, optimizers and the
    round's number always belong together, for a round is one call into TensorFlow.

    Args:
        checkpoints: the run's `Checkpoints`, restored.

    Raises:
        Interrupted: with the exit code that the shell expects: 130 or 143.
    """
    stopped = None

    def stop(number, frame):
        nonlocal stopped
        stopped = signal.Signals(number)
        for other in _SIGNALS:  # the next one is not asked to wait
            signal.signal(other, signal.SIG_DFL)
        raise KeyboardInterrupt

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
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
