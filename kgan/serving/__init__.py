"""A local server of exported artefacts by TensorFlow Serving's rules, its page, and clients.

It knows artefacts and their manifests, and nothing of GANs or Keras.
"""

from collections.abc import Collection

import lazy_loader

from kgan.errors import MissingExtraError
from kgan.serving.limits import Limits
from kgan.types import PathLike

__getattr__, __dir__, _ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "client": ["Client"],
        "grpc_client": ["GrpcClient"],
        "static_site": ["write_page"],
    },
)
__all__ = ["Client", "GrpcClient", "Limits", "serve", "write_page"]


def serve(
    folder: PathLike,
    port: int = 8501,
    host: str = "127.0.0.1",
    limits: Limits | None = None,
    allowed_hosts: Collection[str] = (),
    allowed_origins: Collection[str] = (),
    grpc_port: int | None = None,
    access_log: bool = False,
) -> None:
    """Serves a folder of artefacts until SIGINT or SIGTERM.

    Args:
        folder: `saved_models`, which holds `NAME/VERSION`.
        port: TCP port; 0 for any free one.
        host: address to listen on; the default is reached from this machine only.
        limits: what the server accepts; None for the defaults.
        allowed_hosts: names by which clients may call it, `.example.org` for all that end so. By
            default a server that only this machine reaches answers to `localhost` and its
            addresses, and any other to every name.
        allowed_origins: pages elsewhere whose scripts may read its answers, e.g.
            `https://example.org`; `*` for all (CORS).
        grpc_port: TCP port of the gRPC server; 0 for any free one, None for no gRPC.
        access_log: whether each request gets a line, with the name that its answer bears
            (`X-Request-ID`).

    Raises:
        InputError: no folder, no artefact that can be served, a port in use, or a package that is
            missing.

    Example:
        >>> kgan.serving.serve("saved_models")
        Serving digits (version 1) at http://127.0.0.1:8501. Ctrl-C stops.
    """
    try:
        from kgan.serving import server
    except ModuleNotFoundError as error:
        raise MissingExtraError("to serve", error.name, "web") from error
    if grpc_port is not None:
        try:
            from kgan.serving import grpc_server  # noqa: F401 (said before anything is loaded)
        except ModuleNotFoundError as error:
            raise MissingExtraError("to serve by gRPC", error.name, "serving") from error
    server.run(
        folder,
        port,
        host,
        limits or Limits(),
        allowed_hosts,
        allowed_origins,
        grpc_port,
        access_log,
    )
