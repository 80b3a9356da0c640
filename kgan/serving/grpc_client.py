"""A client of TensorFlow Serving's gRPC API: arrays as bytes, where REST has them as text."""

import numpy as np

from kgan.errors import InputError, RunError
from kgan.serving.client import chosen

_BAD = ("INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION", "OUT_OF_RANGE")  # gRPC's names


class GrpcClient:
    """Asks TensorFlow Serving's `PredictionService`, with the methods of `Client`.

    It needs `tensorflow-serving-api`, which is imported when a client is made. `kgan serve` itself
    speaks REST only.

    Args:
        address: of the server, `HOST:PORT`; TensorFlow Serving's port is 8500.
        timeout: seconds to wait for an answer.

    Raises:
        InputError: for what is no such address, or without tensorflow-serving-api.

    Example:
        >>> with GrpcClient("127.0.0.1:8500") as client:
        ...     images = client.predict("digits", seed=[[7, 0]])
    """

    def __init__(self, address, timeout=60.0):
        if "://" in address or ":" not in address:
            raise InputError(f"Expected an address HOST:PORT. Received: address={address!r}.")
        self._address, self._timeout = address, timeout
        self._api = _api()
        # Pictures are larger than gRPC's 4 MB.
        options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
        # A proxy for the web is of no use for a server in the house.
        options.append(("grpc.enable_http_proxy", 0))
        self._channel = self._api["grpc"].insecure_channel(address, options=options)
        self._stub = self._api["service"].PredictionServiceStub(self._channel)
        self._signatures = {}  # of a model and version, as its metadata told

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends the connection."""
        self._channel.close()

    def predict(self, model, /, signature=None, version=None, **inputs):
        """Returns what a model makes of named inputs.

        Args:
            model: its name.
            signature: which function; by default the one that takes inputs of these names.
            version: a number, or None for the newest.
            **inputs: arrays [N, …], or what NumPy makes arrays of.

        Returns:
            The array [N, …] of the only output, or `{name: array}` of several.

        Raises:
            InputError: for what the server refuses.
            RunError: no server, or one that failed.
        """
        try:
            answer = self._asked(model, signature, version, inputs)
        except InputError:
            self._signatures.pop((model, version), None)  # a new version may have others
            raise
        made = {key: self._api["tf"].make_ndarray(v) for key, v in answer.outputs.items()}
        return next(iter(made.values())) if len(made) == 1 else made

    def _asked(self, model, signature, version, inputs):
        signatures = self._signatures_of(model, version)
        taken = {key: told.inputs for key, told in signatures.items()}
        text = self._api["tf"].string.as_datatype_enum
        files = {
            key
            for key, told in signatures.items()
            if text in {info.dtype for info in told.outputs.values()}
        }
        name = chosen(model, taken, files, inputs) if signature is None else signature
        if set(taken.get(name, ())) != set(inputs):
            known = f"the inputs {', '.join(sorted(taken[name]))}" if name in taken else (
                f"a signature of {model}: {', '.join(taken)}"
            )  # fmt: skip
            raise InputError(
                f"Expected {known}. Received: signature={name!r} with "
                f"{', '.join(inputs) or 'none'}."
            )
        request = self._api["predict"].PredictRequest()
        self._specify(request, model, version)
        request.model_spec.signature_name = name
        for key, value in inputs.items():
            dtype = self._api["tf"].as_dtype(taken[name][key].dtype)
            array = np.asarray(value, object if dtype == "string" else dtype.as_numpy_dtype)
            request.inputs[key].CopyFrom(self._api["tf"].make_tensor_proto(array, dtype))
        return self._called(self._stub.Predict, request)

    def _specify(self, request, model, version):
        request.model_spec.name = model
        if version is not None:
            request.model_spec.version.value = int(version)

    def _signatures_of(self, model, version):
        if (model, version) not in self._signatures:
            request = self._api["metadata"].GetModelMetadataRequest(
                metadata_field=["signature_def"]
            )
            self._specify(request, model, version)
            answer = self._called(self._stub.GetModelMetadata, request)
            told = self._api["metadata"].SignatureDefMap()
            answer.metadata["signature_def"].Unpack(told)
            # What has no inputs is the graph's initialization.
            self._signatures[model, version] = {
                name: value for name, value in sorted(told.signature_def.items()) if value.inputs
            }
        return self._signatures[model, version]

    def _called(self, method, request):
        grpc = self._api["grpc"]
        try:
            return method(request, timeout=self._timeout)
        except grpc.RpcError as error:
            code, text = error.code().name, " ".join((error.details() or "").split())
            if code in _BAD:
                raise InputError(f"{self._address} answers {code}: {text}") from error
            raise RunError(f"No answer from {self._address}: {code}: {text}") from error


def _api():
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
        raise InputError(
            f"Expected tensorflow-serving-api for gRPC. Received: no {error.name}. "
            "pip install 'kgan[serving]'."
        ) from error
    return {
        "grpc": grpc,
        "tf": tf,
        "metadata": get_model_metadata_pb2,
        "predict": predict_pb2,
        "service": prediction_service_pb2_grpc,
    }
