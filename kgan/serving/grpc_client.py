"""A client of TensorFlow Serving's gRPC API: arrays as bytes, where REST has them as text."""

import numpy as np
from numpy.typing import ArrayLike

from kgan.errors import InputError, MissingExtraError, RunError
from kgan.serving.client import choose_signature
from kgan.types import Array

_BAD = ("INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION", "OUT_OF_RANGE")  # gRPC's names


class GrpcClient:
    """Asks TensorFlow Serving's `PredictionService`, with the methods of `Client`.

    It needs `tensorflow-serving-api`, which is imported when a client is made. `kgan serve
    --grpc-port 8500` answers it too.

    Args:
        address: of the server, `HOST:PORT`; TensorFlow Serving's port is 8500.
        timeout: seconds to wait for an answer.

    Raises:
        InputError: for another kind of address, or without tensorflow-serving-api.

    Example:
        >>> with GrpcClient("127.0.0.1:8500") as client:
        ...     images = client.predict("digits", seed=[[7, 0]])
    """

    def __init__(self, address: str, timeout: float = 60.0) -> None:
        if "://" in address or ":" not in address:
            raise InputError(f"Expected an address HOST:PORT. Received: address={address!r}.")
        self._address, self._timeout = address, timeout
        self._api = _import_api()
        # Pictures are larger than gRPC's 4 MB.
        options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
        # Servers on one's own network are not reached through a web proxy.
        options.append(("grpc.enable_http_proxy", 0))
        self._channel = self._api["grpc"].insecure_channel(address, options=options)
        self._stub = self._api["service"].PredictionServiceStub(self._channel)
        self._signatures = {}  # by model and version, from their metadata

    def __enter__(self) -> "GrpcClient":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection."""
        self._channel.close()

    def predict(
        self,
        model: str,
        /,
        signature: str | None = None,
        version: int | None = None,
        **inputs: ArrayLike,
    ) -> Array | dict[str, Array]:
        """Returns a model's outputs for named inputs.

        Args:
            model: its name.
            signature: which function; by default the one that takes inputs of these names.
            version: a number, or None for the newest.
            **inputs: arrays [N, …], or values that NumPy makes arrays of.

        Returns:
            The array [N, …] of the only output, or `{name: array}` of several.

        Raises:
            InputError: the server refuses the request.
            RunError: no server, or one that failed.
        """
        try:
            answer = self._request(model, signature, version, inputs)
        except InputError:
            self._signatures.pop((model, version), None)  # a new version may have others
            raise
        outputs = {key: self._api["tf"].make_ndarray(v) for key, v in answer.outputs.items()}
        return next(iter(outputs.values())) if len(outputs) == 1 else outputs

    def _request(self, model, name, version, inputs):
        tf = self._api["tf"]
        signatures = self._read_signatures(model, version)
        specs = {key: signature.inputs for key, signature in signatures.items()}
        texts = {
            key
            for key, signature in signatures.items()
            if tf.string.as_datatype_enum in {info.dtype for info in signature.outputs.values()}
        }
        if name is None:
            name = choose_signature(model, specs, texts, inputs)
        if set(specs.get(name, ())) != set(inputs):
            known = f"the inputs {', '.join(sorted(specs[name]))}" if name in specs else (
                f"a signature of {model}: {', '.join(specs)}"
            )  # fmt: skip
            raise InputError(
                f"Expected {known}. Received: signature={name!r} with "
                f"{', '.join(inputs) or 'none'}."
            )
        request = self._api["predict"].PredictRequest()
        self._set_model(request, model, version)
        request.model_spec.signature_name = name
        for key, value in inputs.items():
            dtype = tf.as_dtype(specs[name][key].dtype)
            array = np.asarray(value, object if dtype == "string" else dtype.as_numpy_dtype)
            request.inputs[key].CopyFrom(tf.make_tensor_proto(array, dtype))
        return self._call(self._stub.Predict, request)

    def _set_model(self, request, model, version):
        request.model_spec.name = model
        if version is not None:
            request.model_spec.version.value = int(version)

    def _read_signatures(self, model, version):
        if (model, version) not in self._signatures:
            request = self._api["metadata"].GetModelMetadataRequest(
                metadata_field=["signature_def"]
            )
            self._set_model(request, model, version)
            answer = self._call(self._stub.GetModelMetadata, request)
            signatures = self._api["metadata"].SignatureDefMap()
            answer.metadata["signature_def"].Unpack(signatures)
            # A signature without inputs is the graph's initialization.
            self._signatures[model, version] = {
                name: value
                for name, value in sorted(signatures.signature_def.items())
                if value.inputs
            }
        return self._signatures[model, version]

    def _call(self, method, request):
        grpc = self._api["grpc"]
        try:
            return method(request, timeout=self._timeout)
        except grpc.RpcError as error:
            code, text = error.code().name, " ".join((error.details() or "").split())
            if code in _BAD:
                raise InputError(f"{self._address} answers {code}: {text}") from error
            raise RunError(f"No answer from {self._address}: {code}: {text}") from error


def _import_api():
    """Returns the modules that gRPC needs, by short names."""
    try:
        import grpc
        import tensorflow as tf
        from tensorflow_serving.apis import (
            get_model_metadata_pb2,
            predict_pb2,
            prediction_service_pb2_grpc,
        )
    except ModuleNotFoundError as error:
        raise MissingExtraError("to ask by gRPC", error.name, "serving") from error
    return {
        "grpc": grpc,
        "tf": tf,
        "metadata": get_model_metadata_pb2,
        "predict": predict_pb2,
        "service": prediction_service_pb2_grpc,
    }
