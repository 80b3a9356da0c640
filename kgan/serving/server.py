"""The process: a folder, a port, and a clean end."""

import contextlib
import pathlib
import signal
import socket
import sys

import tensorflow as tf
import uvicorn

from kgan.errors import InputError, RunError
from kgan.serving import folders
from kgan.serving.app import Service, application

_BACKLOG = 2048  # connections that wait to be accepted
_GRACE = 30  # seconds for requests under way when the server is told to stop


def run(folder, port, host, limits):
    """Serves until SIGINT or SIGTERM; arguments and errors as `kgan.serving.serve`."""
    folder = pathlib.Path(folder).expanduser()
    _check_folder(folder)
    listener = bound(host, port)
    with listener:
        # Serving is for the CPU; a GPU that is training is left alone. It is too late to say so
        # where this process has used it before.
        with contextlib.suppress(RuntimeError):
            tf.config.set_visible_devices([], "GPU")
        service = Service(folder, limits, _say)
        service.shelf.refresh()
        served = [
            f"{name} (version {artefact.current.version.number})"
            for name, artefact in sorted(service.shelf.artefacts.items())
            if artefact.current is not None
        ]
        if not served:
            raise InputError(
                f"Expected at least one artefact that can be served. Received: {folder}, of which "
                "none can."
            )
        address = f"[{host}]" if ":" in host else host
        where = f"http://{address}:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            application(service),
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE,
        )
        server = uvicorn.Server(config)
        with _stopped_by_signals(server):
            listener.listen(_BACKLOG)  # from now on whoever calls is heard
            _say(f"Serving {', '.join(served)} at {where}. Ctrl-C stops.")
            try:
                server.run(sockets=[listener])
            except SystemExit as error:
                raise RunError(f"The server did not start at {where}.") from error
    _say("Stopped.")


@contextlib.contextmanager
def _stopped_by_signals(server):
    """Makes SIGINT and SIGTERM end a server well, and nothing more, while the block runs.

    uvicorn raises the signals that stopped it once more when it has ended, for handlers that were
    there before it: these.
    """

    def stop(*_):
        server.should_exit = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _check_folder(folder):
    if not folder.is_dir():
        what = "a file" if folder.exists() else "which is not there"
        raise InputError(f"Expected a folder of artefacts. Received: {folder}, {what}.")
    if not folders.listed(folder):
        inside = [path for path in folder.glob("*/saved_model.pb") if path.parent.name.isdigit()]
        raise InputError(
            f"Expected a folder of artefacts, NAME/VERSION/saved_model.pb. Received: {folder}, "
            + (
                f"an artefact itself. Give the folder that holds it: {folder.resolve().parent}."
                if inside
                else f"which holds none. Make one: kgan export RUN --to {folder / 'NAME'}."
            )
        )


def bound(host, port):
    """Returns a socket bound to the address, before anything slow is done.

    Raises:
        InputError: if the address is taken, or no address of this machine.
    """
    if not 0 <= port <= 65535:
        raise InputError(f"Expected a port from 0 to 65535. Received: port={port}.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        try:
            # A server that stopped a moment ago does not block the port; one that runs does.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # Head and body of an answer are two packets: the second would wait 40 ms for the first.
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            listener.bind(address)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise InputError(
            f"Expected an address that is free. Received: host={host}, port={port}: "
            f"{error.strerror or error}. Choose another --port or --host."
        ) from error
    return listener


def _say(text):
    print(text, file=sys.stderr, flush=True)
