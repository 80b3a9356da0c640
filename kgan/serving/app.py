"""The application: TensorFlow Serving's REST routes over a `Shelf`.

Reference: https://www.tensorflow.org/tfx/serving/api_rest
"""

import asyncio
import concurrent.futures
import contextlib
import json
import os
import re
import time

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from kgan.serving import image_limits, request_json, response_json
from kgan.serving.batching import Batcher
from kgan.serving.limits import RequestError
from kgan.serving.model_manager import Shelf
from kgan.serving.monitoring import Monitor
from kgan.serving.request_body import Bodies
from kgan.serving.statics import ArtefactFiles, PageFiles

_MODEL = r"(?i:/v1/models/([^/:]+)(?:/versions/([0-9]+)|/labels/([^/:]+))?"
_CALL = re.compile(_MODEL + r":(classify|regress|predict))")
_LOOK = re.compile(_MODEL + r"(/metadata)?)")
_STATUS = {200: "OK", 400: "INVALID_ARGUMENT", 404: "NOT_FOUND", 408: "DEADLINE_EXCEEDED",
           413: "INVALID_ARGUMENT", 501: "UNIMPLEMENTED", 503: "UNAVAILABLE"}  # fmt: skip


class Servable:
    """A version and the queues of its signatures.

    Attributes:
        version: the `Version`.
        batchers: `{signature's name: Batcher}`.
    """

    def __init__(self, name, version, limits, executor, monitor):
        self.version = version
        self.batchers = {
            key: Batcher(signature, limits, executor, lambda rows: monitor.ran(name, rows))
            for key, signature in version.signatures.items()
        }


class Service:
    """What the routes call.

    Args:
        folder: `saved_models`.
        limits: the server's `Limits`.
        report: called with one line for each change.

    Attributes:
        shelf: the `Shelf`.
    """

    def __init__(self, folder, limits, report):
        self._limits, self._report = limits, report
        self._folder = folder
        self._monitor = Monitor()
        self._executor = concurrent.futures.ThreadPoolExecutor(os.cpu_count(), "kgan-batch")
        self._loader = concurrent.futures.ThreadPoolExecutor(1, "kgan-load")
        self._bodies = Bodies(limits)
        self.shelf = Shelf(folder, limits, self._prepared, report)

    def _prepared(self, name, version):
        return Servable(name, version, self._limits, self._executor, self._monitor)

    @contextlib.asynccontextmanager
    async def lifespan(self, app):
        """Looks at the folder from time to time, as long as the server lives."""
        del app
        polling = asyncio.create_task(self._poll())
        yield
        polling.cancel()
        self._loader.shutdown(cancel_futures=True)
        self._executor.shutdown()

    async def _poll(self):
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._limits.poll_seconds)
            try:
                await loop.run_in_executor(self._loader, self.shelf.refresh)
            except Exception as error:  # the next look may succeed
                self._report(f"Looking for new versions failed: {error!r}")

    # ---- Routes -----------------------------------------------------------------------------

    async def models(self, request):
        """Answers `/v1/…`."""
        start = time.perf_counter()
        path = request.scope["path"]
        call = _CALL.fullmatch(path) if request.method == "POST" else None
        try:
            if call is not None:
                body = await self._called(request, *call.groups())
            else:
                body = self._looked(request.method, path)
            response = Response(body, media_type="application/json")
        except RequestError as error:
            response = _error(error.text, error.status)
        except Exception as error:
            self._report(f"{request.method} {path[:100]!r} failed: {error!r}")
            response = _error("Something went wrong in the server.", 500)
        if call is not None and call[1] in self.shelf.artefacts:
            status = _STATUS.get(response.status_code, "INTERNAL")
            self._monitor.answered(call[1], status, time.perf_counter() - start)
        return response

    async def _called(self, request, name, number, label, method):
        async with self._bodies.read(request) as body:
            servable = await self._servable(name, number, label)
            if method.lower() != "predict":
                kind = "classification" if method.lower() == "classify" else "regression"
                raise RequestError(
                    f"Expected {kind} signature method_name to be tensorflow/serving/"
                    f"{method.lower()}. Was: tensorflow/serving/predict"
                )
            asked = request_json.parsed(body, self._limits.depth)
            key = request_json.signature_name(asked)
            if key not in servable.batchers:
                raise RequestError(
                    f'Serving signature name: "{key[:100]}" not found in signature def'
                )
            specs = servable.version.signatures[key].inputs
            arrays, row = request_json.inputs_of(asked, specs, self._limits.rows)
            image_limits.check_sizes(arrays, self._limits.pixels)
            outputs = await servable.batchers[key].run(arrays)
            return response_json.answer(outputs, row, self._limits.values)

    async def _servable(self, name, number, label):
        if label is not None:
            # Labels stand in TensorFlow Serving's model config, which this server does not read.
            raise RequestError(f"Unrecognized servable version label: {label[:100]}")
        if number is None:
            return self.shelf.latest(name)
        number = _version(number)
        servable = self.shelf.ready(name, number)
        if servable is None:
            loop = asyncio.get_running_loop()
            servable = await loop.run_in_executor(self._loader, self.shelf.pinned, name, number)
        return servable

    def _looked(self, method, path):
        look = _LOOK.fullmatch(path) if method == "GET" else None
        if look is None:
            if method == "GET" and path.lower() == "/v1/models":
                raise RequestError("Missing model name in request.")
            raise RequestError(f"Malformed request: {method} {path[:200]}")
        name, number, label, metadata = look.groups()
        if label is not None:
            raise RequestError(f"Unrecognized servable version label: {label[:100]}")
        number = None if number is None else _version(number)
        if not metadata:
            return json.dumps(self.shelf.status(name, number), indent=1) + "\n"
        servable = self.shelf.latest(name) if number is None else self.shelf.ready(name, number)
        if servable is None:
            raise RequestError(f"Servable not found for request: Specific({name}, {number})", 404)
        version = servable.version
        told = {
            "model_spec": {"name": name, "signature_name": "", "version": str(version.number)},
            "metadata": {"signature_def": {"signature_def": version.metadata}},
        }
        return json.dumps(told, indent=1) + "\n"

    async def health(self, request):
        """Answers `/healthz`: 200 when every artefact has a version that is served, else 503."""
        del request
        artefacts = self.shelf.artefacts
        waiting = sorted(name for name, found in artefacts.items() if found.current is None)
        if waiting or not artefacts:
            return _error(f"No version is served of: {', '.join(waiting) or 'anything'}", 503)
        return Response('{"status": "ok"}\n', media_type="application/json")

    async def metrics(self, request):
        """Answers `/monitoring/prometheus/metrics`."""
        del request
        versions = {
            name: artefact.current.version.number
            for name, artefact in self.shelf.artefacts.items()
            if artefact.current is not None
        }
        return Response(self._monitor.page(versions), media_type="text/plain; version=0.0.4")

    def files(self):
        """Returns the application of `/artefacts/…`: what the page reads of what is served."""
        return ArtefactFiles(self._folder, self._served)

    def _served(self):
        return [name for name, found in self.shelf.artefacts.items() if found.current is not None]


def application(service):
    """Returns the ASGI application.

    Args:
        service: a `Service`.
    """
    routes = [
        Route("/healthz", service.health),
        Route("/monitoring/prometheus/metrics", service.metrics),
        Mount("/artefacts", service.files()),
        Mount("/", PageFiles()),
    ]
    others = Starlette(
        routes=routes,
        lifespan=service.lifespan,
        exception_handlers={HTTPException: _refused, Exception: _failed},
    )

    async def answered(scope, receive, send):
        # Requests to models do not pass through Starlette's routing, a fifth of their time here.
        if scope["type"] == "http" and scope["path"].startswith("/v1/"):
            response = await service.models(Request(scope, receive))
            await response(scope, receive, send)
        else:
            await others(scope, receive, send)

    return answered


async def _refused(request, error):
    return _error(f"{error.detail}: {request.method} {request.scope['path'][:200]}",
                  error.status_code)  # fmt: skip


async def _failed(request, error):
    del request, error
    return _error("Something went wrong in the server.", 500)


def _error(text, status):
    return Response(json.dumps({"error": text}), status, media_type="application/json")


def _version(text):
    number = int(text) if len(text) < 20 else 2**63
    if number >= 2**63:
        raise RequestError(f"Failed to convert version: {text[:40]} to numeric.")
    return number
