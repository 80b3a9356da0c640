"""The application: TensorFlow Serving's REST routes over a `Service`.

Reference: https://www.tensorflow.org/tfx/serving/api_rest
"""

import contextlib
import gzip
import json
import re
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

from kgan.serving import image_limits, request_json, response_json
from kgan.serving.access import log_requests
from kgan.serving.hosts import is_host
from kgan.serving.limits import RequestError, name_status
from kgan.serving.request_body import unpack
from kgan.serving.service import QUICK, Service
from kgan.serving.static_files import ArtefactFiles, PageFiles

_MODEL = r"(?i:/v1/models/([^/:]+)(?:/versions/([0-9]+)|/labels/([^/:]+))?"
_CALL = re.compile(_MODEL + r":(classify|regress|predict))")
_LOOK = re.compile(_MODEL + r"(/metadata)?)")
_SMALL = 2**10  # bytes of an answer that are not worth packing


class Routes:
    """TensorFlow Serving's REST routes, and those of the page.

    Args:
        service: whose models they answer for.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    async def answer_models(self, request: Request) -> Response:
        """Answers `/v1/…`."""
        start = time.perf_counter()
        path = request.scope["path"]
        call = _CALL.fullmatch(path) if request.method == "POST" else None
        try:
            if call is not None:
                body, headers = await self._predict(request, *call.groups())
            else:
                body, headers = self._describe(request.method, path), None
            response = Response(body, headers=headers, media_type="application/json")
        except RequestError as error:
            response = _make_error(error.text, error.status)
        except Exception as error:
            what = f"{request.method} {path[:100]!r} failed: {error!r}"
            self._service.complaints.tell("answer", what)
            response = _make_error("Something went wrong in the server.", 500)
        if call is not None and call[1] in self._service.manager.models:
            seconds = time.perf_counter() - start
            self._service.monitor.count_request(call[1], name_status(response.status_code), seconds)
        return response

    async def _predict(self, request, name, version, label, method):
        async with self._service.bodies.read(request) as body:
            endpoint = await self._service.find_endpoint(name, _read_version(version, label))
            if method.lower() != "predict":
                raise RequestError(f"Expected the method predict. Received: {method.lower()}.")
            encoding = request.headers.get("content-encoding", "").lower()
            key, arrays, row_format = await self._service.offload(
                len(body) > QUICK or encoding, self._read, body, encoding, endpoint
            )
            outputs = await endpoint.batchers[key].run(arrays)
            packs = _takes_gzip(request.headers.get("accept-encoding", ""))
            count = sum(array.size for array in outputs.values())
            return await self._service.offload(
                count > QUICK, self._write, outputs, row_format, packs
            )

    def _write(self, outputs, row_format, packs):
        """Returns an answer's body, and its headers besides those that all have."""
        body = response_json.encode(outputs, row_format, self._service.limits.values)
        if not packs or len(body) < _SMALL:
            return body, {"vary": "accept-encoding"}
        # The fastest level: numbers as text shrink to a third, and by a higher one hardly more.
        packed = gzip.compress(body, 1, mtime=0)
        return packed, {"content-encoding": "gzip", "vary": "accept-encoding"}

    def _read(self, body, encoding, endpoint):
        """Returns the signature's name, `{input's name: array}`, and whether these are rows."""
        limits = self._service.limits
        body = unpack(body, encoding, limits.body_bytes)
        content = request_json.parse(body, limits.depth, limits.sent_values)
        key = request_json.read_signature_name(content)
        specs = endpoint.get_signature(key).inputs
        arrays, row_format = request_json.read_inputs(content, specs, limits.rows)
        image_limits.check_sizes(arrays, limits.pixels)
        return key, arrays, row_format

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
            return json.dumps(self._service.manager.get_status(name, version), indent=1) + "\n"
        endpoint = self._service.get_endpoint(name, version)
        number, signatures = endpoint.servable.version, endpoint.servable.metadata
        content = {
            "model_spec": {"name": name, "signature_name": "", "version": str(number)},
            "metadata": {"signature_def": {"signature_def": signatures}},
        }
        return json.dumps(content, indent=1) + "\n"

    def list_others(self) -> list[Route | Mount]:
        """Returns Starlette's routes to all but the models."""
        service = self._service
        return [
            Route("/healthz", self.answer_health),
            Route("/readyz", self.answer_readiness),
            Route("/monitoring/prometheus/metrics", self.answer_metrics),
            Mount("/artefacts", ArtefactFiles(service.folder, service.current_versions)),
            Mount("/", PageFiles()),
        ]

    async def answer_health(self, request: Request) -> Response:
        """Answers `/healthz`: 200 as long as the server lives."""
        del request
        return Response('{"status": "ok"}\n', media_type="application/json")

    async def answer_readiness(self, request: Request) -> Response:
        """Answers `/readyz`: 200 when anything is served, else 503; and what is not."""
        del request
        ready = self._service.current_versions()
        waiting = sorted(self._service.manager.models.keys() - ready)
        if not ready:
            return _make_error(f"No version is served of: {', '.join(waiting) or 'anything'}", 503)
        text = json.dumps({"status": "ok", "models": sorted(ready), "not_served": waiting}) + "\n"
        return Response(text, media_type="application/json")

    async def answer_metrics(self, request: Request) -> Response:
        """Answers `/monitoring/prometheus/metrics`."""
        del request
        page = self._service.monitor.render(self._service.current_versions())
        return Response(page, media_type=CONTENT_TYPE_PLAIN_0_0_4)


def make_application(
    service: Service,
    hosts: Collection[str] = ("*",),
    origins: Collection[str] = (),
    log: Callable[[str], None] | None = None,
) -> ASGIApp:
    """Returns the ASGI application of a service.

    Args:
        service: whose models it answers for.
        hosts: names that it answers to, see `kgan.serving.hosts`.
        origins: of pages elsewhere whose scripts may read its answers (CORS); `*` for all.
        log: called with a line for each request; None for no such log.
    """
    routes = Routes(service)

    @contextlib.asynccontextmanager
    async def poll(app: Starlette) -> AsyncIterator[None]:
        del app
        async with service.polling():
            yield

    others = Starlette(
        routes=routes.list_others(),
        lifespan=poll,
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
                response = await routes.answer_models(Request(scope, receive))
                await response(scope, receive, send)
                return
        await others(scope, receive, send)

    answer = log_requests(answer, log)
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


def _takes_gzip(header):
    """Returns whether a header `Accept-Encoding` allows gzip."""
    for part in header.lower().split(","):
        name, _, quality = part.partition(";")
        if name.strip() in ("gzip", "*"):
            return quality.replace(" ", "").rstrip("0.") not in ("q=", "q")
    return False


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
