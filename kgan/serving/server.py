"""The server's process: its folder, its port, and how it ends."""

import asyncio
import concurrent.futures
import contextlib
import functools
import gc
import pathlib
import signal
import socket
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

import tensorflow as tf
import uvicorn
from starlette.types import ASGIApp

from kgan.errors import InputError, Interrupted, RunError
from kgan.log import tell
from kgan.saved_model.layout import is_version, list_artefacts
from kgan.serving.app import make_application
from kgan.serving.connections import Connection
from kgan.serving.hosts import list_hosts
from kgan.serving.limits import Limits
from kgan.serving.service import Service
from kgan.system import allow_files
from kgan.types import PathLike

if TYPE_CHECKING:
    from kgan.serving.grpc_server import GrpcServer

_BACKLOG = 2048  # connections that wait to be accepted
_ACCEPTED = 64  # connections that are accepted in one go: files are open before they are counted
_FILES = 256  # open at once besides connections: what is being loaded, page and pictures


def run(
    folder: PathLike,
    port: int,
    host: str,
    limits: Limits,
    allowed_hosts: Collection[str],
    allowed_origins: Collection[str],
    grpc_port: int | None = None,
    access_log: bool = False,
) -> None:
    """Serves until SIGINT or SIGTERM; arguments and errors as `kgan.serving.serve`."""
    folder = pathlib.Path(folder).expanduser()
    _check_folder(folder)
    listener = bind_socket(host, port)
    if grpc_port is not None:
        # gRPC binds for itself, and only once all is loaded.
        with bind_socket(host, grpc_port, "--grpc-port") as reserved:
            grpc_port = reserved.getsockname()[1]
    with listener:
        # Serving is for the CPU; a GPU that is training is left alone. It is too late to say so
        # where this process has used it before.
        with contextlib.suppress(RuntimeError):
            tf.config.set_visible_devices([], "GPU")
        service = Service(folder, limits, tell, _freeze)
        ended = False
        try:
            served = _load(service, folder)
            own, used = listener.getsockname()[:2]
            log = tell if access_log else None
            names = list_hosts(own, allowed_hosts)
            application = make_application(service, names, allowed_origins, log)
            address = f"[{host}]" if ":" in host else host
            where = f"http://{address}:{used}"
            beside = _make_grpc_server(service, host, grpc_port, log)

            def tell_ready():
                also = "" if beside is None else f", and by gRPC at {address}:{beside.port}"
                tell(f"Serving {', '.join(served)} at {where}{also}. Ctrl-C stops.")

            server = Server(application, limits, beside, tell_ready)
            with _stop_on_signals(server):
                listener.listen(_BACKLOG)  # from now on connections wait
                try:
                    server.run(sockets=[listener])
                except SystemExit as error:
                    raise RunError(f"The server did not start at {where}.") from error
        finally:
            ended = service.stop()
    if not ended:
        # Python would wait for it at its end.
        raise Interrupted("Stopped, amid a call that could not be cut off.", 1, at_once=True)
    tell("Stopped.")


def _make_grpc_server(service, host, port, log):
    """Returns the gRPC server, or None without a port."""
    if port is None:
        return None
    from kgan.serving.grpc_server import GrpcServer  # its packages are an extra

    return GrpcServer(service, host, port, log)


def _load(service, folder):
    """Loads what there is, and returns what is served, for people."""
    # In another thread, because Python hears no Ctrl-C while TensorFlow computes in this one.
    loading = service.refresh()
    while not loading.done():
        concurrent.futures.wait([loading], timeout=0.1)
    loading.result()
    served = [
        f"{name} (version {model.current.servable.version})"
        for name, model in sorted(service.manager.models.items())
        if model.current is not None
    ]
    if not served:
        raise InputError(
            f"Expected at least one artefact that can be served. Received: {folder}, of which "
            "none can."
        )
    return served


def _freeze():
    """Takes what is loaded out of the sight of the garbage collector.

    It would look through TensorFlow's millions of objects every ten large answers, 200 ms each.
    """
    gc.unfreeze()
    gc.collect()  # what was dropped
    gc.freeze()


class Server(uvicorn.Server):
    """uvicorn with deadlines, and with fewer connections than the system lets it open files.

    Args:
        application: the ASGI application.
        limits: what it accepts.
        beside: a `GrpcServer` that starts and ends with it, or None.
        ready: called when both answer.
    """

    def __init__(
        self,
        application: ASGIApp,
        limits: Limits,
        beside: "GrpcServer | None" = None,
        ready: Callable[[], None] = lambda: None,
    ) -> None:
        self._ready = ready
        self._beside, ports = beside, 1 if beside is None else 2
        files = allow_files(ports * limits.connections + _FILES)
        self._connections = max(1, min(limits.connections, (files - _FILES) // ports))
        limits = limits._replace(connections=self._connections)
        config = uvicorn.Config(
            application,
            http=functools.partial(Connection, limits, {}),
            ws="none",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            backlog=_ACCEPTED,
            timeout_keep_alive=limits.idle_seconds,
            timeout_graceful_shutdown=limits.grace_seconds,
        )
        super().__init__(config)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        if self._beside is not None:
            await self._beside.start(self._connections)
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(_BACKLOG)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        async with asyncio.TaskGroup() as both:  # one grace time for both
            both.create_task(super().shutdown(sockets))
            if self._beside is not None:
                both.create_task(self._beside.stop())


@contextlib.contextmanager
def _stop_on_signals(server):
    """Makes SIGINT and SIGTERM end a server gracefully, and nothing more, while the block runs.

    When it has ended, uvicorn raises the signals that stopped it once more, for the handlers that
    were there before it: these.
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
    if not list_artefacts(folder):
        inside = [path for path in folder.glob("*/saved_model.pb") if is_version(path.parent.name)]
        raise InputError(
            f"Expected a folder of artefacts, NAME/VERSION/saved_model.pb. Received: {folder}, "
            + (
                f"an artefact itself. Give the folder that holds it: {folder.resolve().parent}."
                if inside
                else f"which holds none. Make one: kgan export RUN --to {folder / 'NAME'}."
            )
        )


def bind_socket(host: str, port: int, option: str = "--port") -> socket.socket:
    """Returns a socket bound to the address, before anything slow is done.

    Args:
        host: name or address.
        port: 0 for any free one.
        option: by which people choose the port.

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
            f"{error.strerror or error}. Choose another {option} or --host."
        ) from error
    return listener
