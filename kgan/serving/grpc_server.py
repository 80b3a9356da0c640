"""TensorFlow Serving's gRPC API over a `Service`, in the loop of its REST server.

Reference: https://github.com/tensorflow/serving/tree/master/tensorflow_serving/apis
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import tensorflow as tf
from google.protobuf import json_format, wrappers_pb2
from google.protobuf.message import DecodeError
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    predict_pb2,
)

from kgan.errors import RunError
from kgan.serving import image_limits, response_json
from kgan.serving.access import HEADER, choose_name, describe
from kgan.serving.limits import RequestError, name_status
from kgan.serving.request_body import unpack
from kgan.serving.request_tensors import read_tensors
from kgan.serving.service import QUICK, Service

_GZIP = b"\x1f\x8b"  # no message begins so
_SHOWN = 1000  # characters of an error: it travels in a header
_SERVING, _NOT_SERVING = 1, 2  # grpc.health.v1.HealthCheckResponse.ServingStatus


class GrpcServer:
    """`PredictionService`, `ModelService` and the health service of gRPC.

    Messages come as bytes and are parsed here, so that damaged ones are a client's error, large
    ones keep nobody waiting, and packed ones do not unpack to more than a request may have.

    Args:
        service: whose models it answers for.
        host: address to listen on.
        port: TCP port; 0 for any free one.
        log: called with a line for each request; None for no such log.

    Attributes:
        port: where it listens.
    """

    def __init__(
        self,
        service: Service,
        host: str,
        port: int,
        log: Callable[[str], None] | None = None,
    ) -> None:
        self._service, self._log = service, log
        self._address = f"[{host}]" if ":" in host else host
        self.port = port
        self._server: grpc.aio.Server | None = None

    async def start(self, connections: int) -> None:
        """Begins to listen, in the running loop.

        Args:
            connections: at once, at most.

        Raises:
            RunError: if the address is taken.
        """
        limits = self._service.limits
        options = {
            "grpc.max_receive_message_length": limits.body_bytes,
            "grpc.max_send_message_length": -1,
            "grpc.max_metadata_size": limits.head_bytes,
            "grpc.absolute_max_metadata_size": limits.head_bytes,
            "grpc.server_handshake_timeout_ms": round(1e3 * limits.head_seconds),
            "grpc.max_connection_idle_ms": round(1e3 * limits.idle_seconds),
            "grpc.max_allowed_incoming_connections": connections,
            "grpc.max_concurrent_streams": limits.queued_rows,
            "grpc.per_message_decompression": 0,  # it would unpack any size
            "grpc.so_reuseport": 0,  # two servers would share a port, unawares
        }
        self._server = grpc.aio.server(options=list(options.items()))
        self._server.add_generic_rpc_handlers([_Methods(self._handlers(), self._answer)])
        try:
            self.port = self._server.add_insecure_port(f"{self._address}:{self.port}")
        except RuntimeError as error:
            where = f"{self._address}:{self.port}"
            raise RunError(f"The gRPC server did not start at {where}.") from error
        await self._server.start()

    async def stop(self) -> None:
        """Lets requests under way finish within the grace time, and accepts no others."""
        if self._server is not None:
            await self._server.stop(self._service.limits.grace_seconds)

    def _handlers(self):
        prediction, models = (
            "/tensorflow.serving.PredictionService/",
            "/tensorflow.serving.ModelService/",
        )
        return {
            f"{prediction}Predict": self._predict,
            f"{prediction}GetModelMetadata": self._describe,
            f"{models}GetModelStatus": self._get_status,
            "/grpc.health.v1.Health/Check": self._check_health,
        }  # fmt: skip

    async def _answer(self, method: str, answer: Callable, body: bytes, context: Any) -> bytes:
        """Answers a request by a handler, or ends it with a status that says why not."""
        start, text, status, size = time.perf_counter(), "", 200, 0
        sent = dict(context.invocation_metadata() or ()).get(HEADER)
        name = choose_name(sent if isinstance(sent, str) else None)
        context.set_trailing_metadata(((HEADER, name),))
        model: list[str] = []  # that the request names, once it is read
        try:
            with self._service.bodies.count(len(body)):
                message = await answer(body, model)
                size = len(message)
                return message
        except RequestError as error:
            text, status = error.text, error.status
        except asyncio.CancelledError:
            status = 408
            raise
        except Exception as error:
            self._service.complaints.tell("answer", f"gRPC {method} failed: {error!r}")
            text, status = "Something went wrong in the server.", 500
        finally:
            seconds, code = time.perf_counter() - start, name_status(status)
            if answer == self._predict and model and model[0] in self._service.manager.models:
                self._service.monitor.count_request(model[0], code, seconds, "GRPC")
            if self._log is not None:
                self._log(describe(name, context.peer(), f"gRPC {method}", code, seconds, size))
        await context.abort(grpc.StatusCode[code], text[:_SHOWN])
        return b""  # never: abort raises

    async def _predict(self, body, model):
        request = await self._parse(predict_pb2.PredictRequest, body)
        version = _read_version(request.model_spec, model)
        endpoint = await self._service.find_endpoint(model[0], version)
        key = request.model_spec.signature_name or "serving_default"
        specs, limits = endpoint.get_signature(key).inputs, self._service.limits
        large = len(body) > QUICK
        arrays = await self._service.offload(large, _read, request.inputs, specs, limits)
        outputs = await endpoint.batchers[key].run(arrays)
        response_json.check_count(outputs, limits.values)
        wanted = _filter(outputs, request.output_filter)
        answer = predict_pb2.PredictResponse()
        _set_model(answer.model_spec, model[0], endpoint)
        answer.model_spec.signature_name = key
        large = sum(array.nbytes for array in wanted.values()) > QUICK
        return await self._service.offload(large, _write, answer, wanted)

    async def _describe(self, body, model):
        request = await self._parse(get_model_metadata_pb2.GetModelMetadataRequest, body)
        version = _read_version(request.model_spec, model)
        fields = set(request.metadata_field)
        if fields != {"signature_def"}:
            sent = ", ".join(sorted(fields))[:100]
            raise RequestError(f"Expected the field signature_def. Received: {sent or 'none'}.")
        endpoint = self._service.get_endpoint(model[0], version)
        signatures = json_format.ParseDict(
            {"signature_def": endpoint.servable.metadata}, get_model_metadata_pb2.SignatureDefMap()
        )
        answer = get_model_metadata_pb2.GetModelMetadataResponse()
        _set_model(answer.model_spec, model[0], endpoint)
        answer.metadata["signature_def"].Pack(signatures)
        return answer.SerializeToString()

    async def _get_status(self, body, model):
        request = await self._parse(get_model_status_pb2.GetModelStatusRequest, body)
        version = _read_version(request.model_spec, model)
        status = self._service.manager.get_status(model[0], version)
        answer = get_model_status_pb2.GetModelStatusResponse()
        return json_format.ParseDict(status, answer).SerializeToString()

    async def _check_health(self, body, model):
        """Answers whether anything is served, as HealthCheckResponse."""
        del model
        # Messages of one text and of one number, whatever their names, are the same bytes.
        request = await self._parse(wrappers_pb2.StringValue, body)
        if request.value not in ("", "tensorflow.serving.PredictionService"):
            raise RequestError(f"Expected a service. Received: {request.value[:100]}.", 404)
        status = _SERVING if self._service.current_versions() else _NOT_SERVING
        return wrappers_pb2.Int32Value(value=status).SerializeToString()

    async def _parse(self, message, body):
        return await self._service.offload(
            len(body) > QUICK, _parse, message, body, self._service.limits.body_bytes
        )


class _Methods(grpc.GenericRpcHandler):
    """Finds the handler of a method by its path; others are UNIMPLEMENTED."""

    def __init__(self, handlers: dict[str, Callable], answer: Callable) -> None:
        self._methods = {
            path: grpc.unary_unary_rpc_method_handler(self._bind(path, handler, answer))
            for path, handler in handlers.items()
        }

    def _bind(self, path, handler, answer):
        async def call(body: bytes, context: Any) -> Awaitable[bytes]:
            return await answer(path, handler, body, context)

        return call

    def service(self, handler_call_details: Any) -> grpc.RpcMethodHandler | None:
        return self._methods.get(handler_call_details.method)


def _parse(kind, body, most):
    """Returns the message of some bytes.

    Raises:
        RequestError: none of this kind, or too large a one.
    """
    message = kind()
    if body.startswith(_GZIP):
        body = unpack(body, "gzip", most)
    with contextlib.suppress(DecodeError):
        message.ParseFromString(body)
        return message
    raise RequestError(f"Expected a {kind.DESCRIPTOR.name}. Received: other bytes.")


def _read_version(spec, model):
    """Returns the version that a request names, or None for the newest, and notes its model."""
    if not spec.name:
        raise RequestError("Expected a model's name in model_spec. Received: none.")
    model.append(spec.name)
    if spec.WhichOneof("version_choice") == "version_label":
        # Labels stand in TensorFlow Serving's model config, which this server does not read.
        label = spec.version_label[:100]
        raise RequestError(f"Expected a version's number. Received: the label {label}.")
    return spec.version.value if spec.HasField("version") else None


def _read(tensors, specs, limits):
    arrays = read_tensors(tensors, specs, limits)
    image_limits.check_sizes(arrays, limits.pixels)
    return arrays


def _set_model(spec, name, endpoint):
    spec.name, spec.version.value = name, endpoint.servable.version


def _filter(outputs, names):
    """Returns the outputs that a request asks for; all where it names none."""
    for name in names:
        if name not in outputs:
            raise RequestError(f"Expected outputs of {', '.join(outputs)}. Received: {name[:100]}.")
    return {name: outputs[name] for name in names or outputs}


def _write(answer, outputs):
    for name, array in outputs.items():
        answer.outputs[name].CopyFrom(tf.make_tensor_proto(array))
    return answer.SerializeToString()
