"""Trains one run with several workers on this machine, and starts them again when one fails.

Workers are stopped by signals, as POSIX systems have them.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from typing import IO

from kgan.errors import InputError, Interrupted, RunError, check_whole
from kgan.log import warn
from kgan.training.interrupts import SIGNALS

_KGAN = "import sys; from kgan.cli import main; sys.exit(main())"
_LOOK = 0.1  # seconds between looks at the workers
_GRACE = 10.0  # seconds that workers have to leave when asked to


def launch(line: Sequence[str], workers: int, restarts: int = 3) -> None:
    """Trains with several local workers; when one fails, all start again from what was saved.

    Each worker is a `kgan train … --distribute multiworker` in a process of its own; only the first
    one prints, and writes the run's folder.

    Args:
        line: the arguments of `kgan`, e.g. `["train", "dcgan_digits", "--training.epochs", "40"]`.
        workers: how many, ≥ 1.
        restarts: how often all are started again, at most.

    Raises:
        InputError: for another command than train, or bad input that a worker found.
        RunError: if workers failed once more than `restarts`.
        Interrupted: after SIGINT, SIGTERM or SIGHUP, which is handed on to every worker.
    """
    check_whole(1, workers=workers)
    check_whole(0, restarts=restarts)
    if line[:1] != ["train"]:
        raise InputError(
            f"Expected kgan launch --workers {workers} train …. Received: {' '.join(line) or 'no'} "
            "command. Only training has workers."
        )
    command = [sys.executable, "-c", _KGAN, *line, "--distribute", "multiworker"]
    with _collect_stop_signals() as stops:
        for restart in range(1, restarts + 2):
            failure = _run_workers(command, workers, stops)
            if failure is None:
                return
            again = f" Starting all again, {restart} of {restarts}." if restart <= restarts else ""
            warn(f"{failure}{again}")
    raise RunError(f"Workers failed {restarts + 1} times. What was saved stays; see above.")


@contextlib.contextmanager
def _collect_stop_signals() -> Iterator[list[int]]:
    """Yields a list that gets the signals asking to stop."""
    stops: list[int] = []
    numbers = [number for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
    before = {n: signal.signal(n, lambda number, frame: stops.append(number)) for n in numbers}
    try:
        yield stops
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _run_workers(command: list[str], workers: int, stops: list[int]) -> str | None:
    """Runs all workers until they are done. Returns None, or what failed, in a line."""
    with contextlib.ExitStack() as stack:
        logs = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(workers)]
        addresses = _find_free_addresses(workers)
        processes = [
            _start_worker(command, addresses, index, None if index == 0 else log)
            for index, log in enumerate(logs)
        ]
        try:
            codes = _wait(processes, stops)
        finally:
            for process in processes:
                process.kill()
                process.wait()
        if stops:
            name = signal.Signals(stops[0]).name
            raise Interrupted(f"stopped by {name}; every worker has left.", 128 + stops[0])
        if not any(codes.values()):
            return None
        index, code = next((i, c) for i, c in codes.items() if c)
        logs[index].seek(0)
        output = logs[index].read().decode("utf-8", "replace").strip().splitlines()
        if code == 2:
            # The chief has said why; another one has said it into its log.
            raise InputError(output[-1].removeprefix("kgan: ") if output else "see above.")
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        return f"Worker {index} {how}." + (f" It said: {output[-1]}" if output else "")


def _start_worker(
    command: list[str], addresses: list[str], index: int, log: IO[bytes] | None
) -> subprocess.Popen[bytes]:
    config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
    return subprocess.Popen(
        command,
        env={**os.environ, "TF_CONFIG": json.dumps(config)},
        stdout=log and subprocess.DEVNULL,
        stderr=log,
        start_new_session=True,  # Ctrl-C reaches them through us, once
    )


def _wait(processes: list[subprocess.Popen[bytes]], stops: list[int]) -> dict[int, int]:
    """Waits until all have ended well, one has failed, or a stop was asked for.

    Returns:
        `{index: exit code}` of those that have ended by themselves.
    """
    while not stops:
        codes = {index: process.poll() for index, process in enumerate(processes)}
        ended = {index: code for index, code in codes.items() if code is not None}
        if len(ended) == len(processes) or any(ended.values()):
            return ended
        time.sleep(_LOOK)
    for process in processes:
        process.send_signal(stops[0])
    end = time.monotonic() + _GRACE
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, end - time.monotonic()))
    return {}


def _find_free_addresses(count: int) -> list[str]:
    """Returns addresses of this machine that nobody listens at now."""
    with contextlib.ExitStack() as stack:
        listeners = [stack.enter_context(socket.socket()) for _ in range(count)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [f"127.0.0.1:{listener.getsockname()[1]}" for listener in listeners]
