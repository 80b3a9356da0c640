"""`kgan launch`: several workers on this machine train one run in step, and are looked after."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

from kgan.errors import InputError, Interrupted, RunError, check_whole

_KGAN = "import sys; from kgan.cli import main; sys.exit(main())"
_LOOK = 0.1  # seconds between looks at the workers
_GRACE = 10.0  # seconds that workers have to leave when asked to


def launch(line, workers, restarts=3):
    """Trains with several local workers; when one fails, all start again from what was saved.

    Each worker is a `kgan train … --distribute multiworker` of its own; the first one speaks and
    writes.

    Args:
        line: the arguments of `kgan`, e.g. `["train", "dcgan_digits", "--training.epochs", "40"]`.
        workers: how many, ≥ 1.
        restarts: how often all are started again, at most.

    Raises:
        InputError: for another command than train, or bad input that a worker found.
        RunError: if workers failed once more than `restarts`.
        Interrupted: after SIGINT or SIGTERM, which is handed on to every worker.
    """
    check_whole(1, workers=workers)
    check_whole(0, restarts=restarts)
    if line[:1] != ["train"]:
        raise InputError(
            f"Expected kgan launch --workers {workers} train …. Received: {' '.join(line) or 'no'} "
            "command. Only training has workers."
        )
    command = [sys.executable, "-c", _KGAN, *line, "--distribute", "multiworker"]
    with _asked_to_stop() as asked:
        for attempt in range(restarts + 1):
            failure = _attempt(command, workers, asked)
            if failure is None:
                return
            again = (
                f"Starting all again, {attempt + 1} of {restarts}." if attempt < restarts else ""
            )
            print(f"{failure} {again}".strip(), file=sys.stderr, flush=True)
    raise RunError(f"Workers failed {restarts + 1} times. What was saved stays; see above.")


@contextlib.contextmanager
def _asked_to_stop():
    """Yields a list that gets the signals asking to stop."""
    asked = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {n: signal.signal(n, lambda number, frame: asked.append(number)) for n in numbers}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _attempt(command, workers, asked):
    """Runs all workers until they are done. Returns None, or what failed, in a line."""
    with contextlib.ExitStack() as stack:
        logs = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(workers)]
        addresses = _free_addresses(workers)
        processes = [
            _started(command, addresses, index, None if index == 0 else log)
            for index, log in enumerate(logs)
        ]
        try:
            codes = _watched(processes, asked)
        finally:
            for process in processes:
                process.kill()
                process.wait()
        if asked:
            name = signal.Signals(asked[0]).name
            raise Interrupted(f"stopped by {name}; every worker has left.", 128 + asked[0])
        if not any(codes.values()):
            return None
        index, code = next((i, c) for i, c in codes.items() if c)
        logs[index].seek(0)
        said = logs[index].read().decode("utf-8", "replace").strip().splitlines()
        if code == 2:
            # The chief has said why; another one has said it into its log.
            raise InputError(said[-1].removeprefix("kgan: ") if said else "see above.")
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        return f"Worker {index} {how}." + (f" It said: {said[-1]}" if said else "")


def _started(command, addresses, index, log):
    config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
    return subprocess.Popen(
        command,
        env={**os.environ, "TF_CONFIG": json.dumps(config)},
        stdout=log and subprocess.DEVNULL,
        stderr=log,
        start_new_session=True,  # Ctrl-C reaches them through us, once
    )


def _watched(processes, asked):
    """Waits until all have ended well, one has failed, or a stop was asked for.

    Returns:
        `{index: exit code}` of those that have ended by themselves.
    """
    while not asked:
        codes = {index: process.poll() for index, process in enumerate(processes)}
        ended = {index: code for index, code in codes.items() if code is not None}
        if len(ended) == len(processes) or any(ended.values()):
            return ended
        time.sleep(_LOOK)
    for process in processes:
        process.send_signal(asked[0])
    end = time.monotonic() + _GRACE
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, end - time.monotonic()))
    return {}


def _free_addresses(count):
    """Returns addresses of this machine that nobody listens at now."""
    with contextlib.ExitStack() as stack:
        listeners = [stack.enter_context(socket.socket()) for _ in range(count)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [f"127.0.0.1:{listener.getsockname()[1]}" for listener in listeners]
