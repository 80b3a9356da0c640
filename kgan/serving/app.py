"""The application: TensorFlow Serving's REST routes over a `ModelManager`.

Reference: https://www.tensorflow.org/tfx/serving/api_rest
"""

import asyncio
import concurrent.futures
import contextlib
import json
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Collection

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from kgan.serving import image_limits, request_json, response_json, servable
from kgan.serving.batching import Endpoint
from kgan.serving.calls import Calls
from kgan.serving.complaints import Complaints
from kgan.serving.hosts import is_host
from kgan.serving.limits import Limits, RequestError
from kgan.serving.model_manager import ModelManager
from kgan.serving.monitoring import Monitor
from kgan.serving.request_body import BodyReader, unpack
from kgan.serving.static_files import ArtefactFiles, PageFiles
from kgan.serving.warmup import warm_up
from kgan.system import count_cores
from kgan.types import PathLike

_MODEL = r"(?i:/v1/models/([^/:]+)(?:/versions/([0-9]+)|/labels/([^/:]+))?"
_CALL = re.compile(_MODEL + r":(classify|regress|predict))")
_LOOK = re.compile(_MODEL + r"(/metadata)?)")
# gRPC's names of the HTTP statuses, by which TensorFlow Serving counts.
_STATUS = {200: "OK", 400: "INVALID_ARGUMENT", 404: "NOT_FOUND", 408: "DEADLINE_EXCEEDED",
           413: "INVALID_ARGUMENT", 415: "INVALID_ARGUMENT", 501: "UNIMPLEMENTED",
           503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED"}  # fmt: skip
_QUICK = 2**14  # bytes of JSON, or values, for which another thread is not worth its while


class Service:
    """What the routes call.

    Args:
        folder: `saved_models`.
        limits: the server's.
        report: called with one line for each change.
        tidy: called when versions came or went.

    Attributes:
        manager: the `ModelManager`.
    """

    def __init__(
        self,
        folder: PathLike,
        limits: Limits,
        report: Callable[[str], None],
        tidy: Callable[[], None] = lambda: None,
    ) -> None:
        self._limits, self._tidy = limits, tidy
        self._complaints = Complaints(report)
        self._folder = folder
        self._monitor = Monitor()
        self._calls = Calls(limits.run_seconds)
        self._executor = concurrent.futures.ThreadPoolExecutor(count_cores(), "kgan-batch")
        self._writer = concurrent.futures.ThreadPoolExecutor(count_cores(), "kgan-json")
        self._loader = concurrent.futures.ThreadPoolExecutor(1, "kgan-load")
        self._bodies = BodyReader(limits)
        self.manager = ModelManager(folder, limits, self._load, self._make_endpoint, report)

    def _load(self, path, version):
        one = servable.load(path, version, self._calls.bound)
        warm_up(one)
        return one

    def _make_endpoint(self, name, one):
        def count_rows(rows):
            self._monitor.count_batch(name, rows)

        return Endpoint(one, self._limits, self._executor, count_rows)

    def refresh(self) -> concurrent.futures.Future:
        """Looks at the folder in the loading thread."""
        return self._loader.submit(self._refresh)

    def _refresh(self):
        if self.manager.refresh():
            self._tidy()

    def stop(self, seconds: float = 1.0) -> bool:
        """Cuts off what runs, and lets the threads go.

        Args:
            seconds: that they have to end.

        Returns:
            Whether all have ended: a single operation of TensorFlow cannot be cut off.
        """
        self._calls.stop()

        def close():
            for pool in (self._loader, self._executor, self._writer):
                pool.shutdown(cancel_futures=True)

        closing = threading.Thread(target=close, daemon=True)
        closing.start()
        closing.join(seconds)
        return not closing.is_alive()

    @contextlib.asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        """Looks at the folder from time to time, as long as the server lives."""
        del app
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._handle_loop_error)
        polling = asyncio.create_task(self._poll())
        yield
        polling.cancel()
        self.stop()

    def _handle_loop_error(self, loop, context):
        del loop
        error = context.get("exception")
        reason = f": {error!r}" if error else ""
        self._complaints.tell("loop", f"In the server, {context['message']}{reason}")

    async def _poll(self):
        while True:
            await asyncio.sleep(self._limits.poll_seconds)
            try:
                await asyncio.wrap_future(self.refresh())
            except Exception as error:  # the next look may succeed
                self._complaints.tell("look", f"Looking for new versions failed: {error!r}")

    # ---- Routes -----------------------------------------------------------------------------

    async def answer_models(self, request: Request) -> Response:
        """Answers `/v1/…`."""
        start = time.perf_counter()
        path = request.scope["path"]
        call = _CALL.fullmatch(path) if request.method == "POST" else None
        try:
            if call is not None:
                body = await self._predict(request, *call.groups())
            else:
                body = self._describe(request.method, path)
            response = Response(body, media_type="application/json")
        except RequestError as error:
            response = _make_error(error.text, error.status)
        except Exception as error:
            self._complaints.tell("answer", f"{request.method} {path[:100]!r} failed: {error!r}")
            response = _make_error("Something went wrong in the server.", 500)
        if call is not None and call[1] in self.manager.models:
            status = _STATUS.get(response.status_code, "INTERNAL")
            self._monitor.count_request(call[1], status, time.perf_counter() - start)
        return response

    async def _predict(self, request, name, version, label, method):
        async with self._bodies.read(request) as body:
            endpoint = await self._find_endpoint(name, version, label)
            if method.lower() != "predict":
                raise RequestError(f"Expected the method predict. Received: {method.lower()}.")
            encoding = request.headers.get("content-encoding", "").lower()
            key, arrays, row_format = await self._offload(
                len(body) > _QUICK or encoding, self._read, body, encoding, name, endpoint
            )
            outputs = await endpoint.batchers[key].run(arrays)
            count = sum(array.size for array in outputs.values())
            return await self._offload(
                count > _QUICK, response_json.encode, outputs, row_format, self._limits.values
            )

    def _read(self, body, encoding, name, endpoint):
        """Returns the signature's name, `{input's name: array}`, and whether these are rows."""
        limits = self._limits
        body = unpack(body, encoding, limits.body_bytes)
        content = request_json.parse(body, limits.depth, limits.sent_values)
        key = request_json.read_signature_name(content)
        signatures = endpoint.servable.signatures
        if key not in signatures:
            raise RequestError(
                f"Expected a signature of {name}: {', '.join(signatures)}. Received: {key[:100]}."
            )
        arrays, row_format = request_json.read_inputs(content, signatures[key].inputs, limits.rows)
        image_limits.check_sizes(arrays, limits.pixels)
        return key, arrays, row_format

    async def _offload(self, large, function, *arguments):
        """Calls a function, for large data in another thread, so that others need not wait."""
        if not large:
            return function(*arguments)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writer, function, *arguments)

    async def _find_endpoint(self, name, version, label):
        version = _read_version(version, label)
        if version is None:
            return self.manager.get_latest(name)
        endpoint = self.manager.get_version(name, version)
        if endpoint is None:
            load = self._loader.submit(self._load_version, name, version)
            endpoint = await asyncio.wrap_future(load)
        return endpoint

    def _load_version(self, name, version):
        endpoint = self.manager.load_version(name, version)
        self._tidy()
        return endpoint

    def _describe(self, method, path):
        """Returns the JSON of a model's status or metadata."""
        look = _LOOK.fullmatch(path) if method == "GET" else None
        if look is None:
            raise RequestError(
                "Expected POST /v1/models/NAME:predict or GET /v1/models/NAME. Received: "
                f"{method} {path[:200]}"
            )
        name, version, label, metadata = look.groups()
        version = _read_version(version, label)
        if not metadata:
            return json.dumps(self.manager.get_status(name, version), indent=1) + "\n"
        if version is None:
            endpoint = self.manager.get_latest(name)
        else:
            endpoint = self.manager.get_version(name, version)
        if endpoint is None:
            raise RequestError(
                f"Expected a version that is loaded. Received: {name}, version {version}.", 404
            )
        number, signatures = endpoint.servable.version, endpoint.servable.metadata
        content = {
            "model_spec": {"name": name, "signature_name": "", "version": str(number)},
            "metadata": {"signature_def": {"signature_def": signatures}},
        }
        return json.dumps(content, indent=1) + "\n"

    async def answer_health(self, request: Request) -> Response:
        """Answers `/healthz`: 200 as long as the server lives."""
        del request
        return Response('{"status": "ok"}\n', media_type="application/json")

    async def answer_readiness(self, request: Request) -> Response:
        """Answers `/readyz`: 200 when anything is served, else 503; and what is not."""
        del request
        ready = self._current_versions()
        waiting = sorted(self.manager.models.keys() - ready)
        if not ready:
            return _make_error(f"No version is served of: {', '.join(waiting) or 'anything'}", 503)
        text = json.dumps({"status": "ok", "models": sorted(ready), "not_served": waiting}) + "\n"
        return Response(text, media_type="application/json")

    async def answer_metrics(self, request: Request) -> Response:
        """Answers `/monitoring/prometheus/metrics`."""
        del request
        page = self._monitor.render(self._current_versions())
        return Response(page, media_type=CONTENT_TYPE_PLAIN_0_0_4)

    def artefact_files(self) -> ArtefactFiles:
        """Returns the application of `/artefacts/…`: the files of served models that pages read."""
        return ArtefactFiles(self._folder, self._current_versions)

    def _current_versions(self):
        """Returns `{model: newest version that is served}`."""
        return {
            name: model.current.servable.version
            for name, model in self.manager.models.items()
            if model.current is not None
        }


def make_application(
    service: Service, hosts: Collection[str] = ("*",), origins: Collection[str] = ()
) -> ASGIApp:
    """Returns the ASGI application of a service.

    Args:
        service: whose routes it has.
        hosts: names that it answers to, see `kgan.serving.hosts`.
        origins: of pages elsewhere whose scripts may read its answers (CORS); `*` for all.
    """
    routes = [
        Route("/healthz", service.answer_health),
        Route("/readyz", service.answer_readiness),
        Route("/monitoring/prometheus/metrics", service.answer_metrics),
        Mount("/artefacts", service.artefact_files()),
        Mount("/", PageFiles()),
    ]
    others = Starlette(
        routes=routes,
        lifespan=service.lifespan,
        exception_handlers={HTTPException: _handle_refusal, Exception: _handle_failure},
    )

    async def answer(scope, receive, send):
        if scope["type"] == "http":
            names = [value.decode("latin-1") for key, value in scope["headers"] if key == b"host"]
            wrong = [name for name in names if not is_host(name, hosts)]
            if wrong:
                text = f"Expected an allowed host. Received: {wrong[0][:100]}. See --allowed-hosts."
                await _make_error(text, 403)(scope, receive, send)
                return
            # Requests to models do not pass through Starlette's routing, a fifth of their time.
            if scope["path"][:4].lower() == "/v1/":
                response = await service.answer_models(Request(scope, receive))
                await response(scope, receive, send)
                return
        await others(scope, receive, send)

    if not origins:
        return answer
    return CORSMiddleware(
        answer, origins, allow_methods=("GET", "POST"), allow_headers=("content-type",)
    )


async def _handle_refusal(request, error):
    text = f"{error.detail}: {request.method} {request.scope['path'][:200]}"
    return _make_error(text, error.status_code)


async def _handle_failure(request, error):
    del request, error
    return _make_error("Something went wrong in the server.", 500)


def _make_error(text, status):
    return Response(json.dumps({"error": text}), status, media_type="application/json")


def _read_version(text, label):
    """Returns the version that a path names, or None for the newest."""
    if label is not None:
        # Labels stand in TensorFlow Serving's model config, which this server does not read.
        raise RequestError(f"Expected a version's number. Received: the label {label[:100]}.")
    if text is None:
        return None
    version = int(text) if len(text) < 20 else 2**63
    if version >= 2**63:
        raise RequestError(f"Expected a version below 2^63. Received: {text[:40]}.")
    return version
