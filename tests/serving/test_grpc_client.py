"""The gRPC client against a `PredictionService` of the generated servicer, in this process."""

import concurrent.futures
import sys

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from kgan.errors import InputError, RunError
from kgan.serving import GrpcClient

LABELLED = {"label": tf.int32, "seed": tf.int32}
SIGNATURES = {
    "double": ({"x": tf.float32}, {"y": tf.float32}),
    "sample": (LABELLED, {"images": tf.uint8}),
    "sample_png": (LABELLED, {"image_bytes": tf.string}),
    "seeds": ({"seed": tf.int32}, {"images": tf.uint8, "row_bytes": tf.string}),
    "text": ({"text": tf.string}, {"text": tf.string}),
}


class Stub(prediction_service_pb2_grpc.PredictionServiceServicer):
    """Serves `several`, version 3 of which is the only one."""

    def __init__(self):
        self.asked = []

    def _check(self, spec, context):
        if spec.name != "several" or spec.version.value not in (0, 3):
            context.abort(grpc.StatusCode.NOT_FOUND, f"Servable not found: {spec.name}")

    def GetModelMetadata(self, request, context):
        self._check(request.model_spec, context)
        told = get_model_metadata_pb2.SignatureDefMap()
        told.signature_def["__saved_model_init_op"].outputs["init"].name = "NoOp"
        for name, (inputs, outputs) in SIGNATURES.items():
            for names, kind in ((inputs, "inputs"), (outputs, "outputs")):
                for key, dtype in names.items():
                    getattr(told.signature_def[name], kind)[key].dtype = dtype.as_datatype_enum
        answer = get_model_metadata_pb2.GetModelMetadataResponse()
        answer.metadata["signature_def"].Pack(told)
        return answer

    def Predict(self, request, context):
        self._check(request.model_spec, context)
        self.asked.append(request)
        given = {key: tf.make_ndarray(value) for key, value in request.inputs.items()}
        name = request.model_spec.signature_name
        if name == "double":
            made = {"y": given["x"] * 2}
        elif name == "text":
            made = {"text": given["text"]}
        elif name == "sample":
            made = {"images": given["seed"][:, 0] + given["label"]}
        elif name == "sample_png":
            made = {"image_bytes": np.array([b"\x89PNG"] * len(given["seed"]), object)}
        elif given["seed"][0, 0] < 0:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "a seed\nthat cannot be")
        elif given["seed"][0, 0] == 99:
            context.abort(grpc.StatusCode.INTERNAL, "broken")
        else:
            # More than gRPC's usual 4 MB.
            images = np.full((len(given["seed"]), 1200, 1200, 3), 7, np.uint8)
            made = {"images": images, "row_bytes": np.array([b"\xff\x00"] * len(images), object)}
        answer = predict_pb2.PredictResponse()
        for key, value in made.items():
            dtype = SIGNATURES[name][1][key]
            answer.outputs[key].CopyFrom(tf.make_tensor_proto(value, dtype))
        return answer


@pytest.fixture(scope="module")
def stub():
    return Stub()


@pytest.fixture(scope="module")
def client(stub):
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        server = grpc.server(threads, options=[("grpc.max_send_message_length", -1)])
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(stub, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        with GrpcClient(f"127.0.0.1:{port}", timeout=30) as client:
            yield client
        server.stop(None).wait()


def test_the_signature_is_the_one_with_these_inputs(client):
    made = client.predict("several", x=[[0.1, 2.0]])
    np.testing.assert_array_equal(made, np.float32([[0.1, 2.0]]) * 2)
    assert made.dtype == np.float32


def test_several_outputs_come_by_name_and_are_as_large_as_they_are(client):
    made = client.predict("several", seed=[[1, 0], [2, 0]])
    assert set(made) == {"images", "row_bytes"}
    assert made["images"].shape == (2, 1200, 1200, 3) and made["images"].dtype == np.uint8
    assert (made["images"] == 7).all()
    assert made["row_bytes"].tolist() == [b"\xff\x00"] * 2


def test_versions_and_signatures_are_sent(client, stub):
    client.predict("several", signature="double", version=3, x=[1.0])
    assert stub.asked[-1].model_spec.version.value == 3
    assert stub.asked[-1].model_spec.signature_name == "double"
    assert stub.asked[-1].inputs["x"].dtype == tf.float32.as_datatype_enum


def test_numbers_are_meant_where_files_could_be(client, stub):
    made = client.predict("several", seed=[[5, 0], [6, 0]], label=[1, 1])
    assert stub.asked[-1].model_spec.signature_name == "sample"
    assert made.tolist() == [6, 7] and made.dtype == np.uint8
    files = client.predict("several", signature="sample_png", seed=[[5, 0]], label=[1])
    assert stub.asked[-1].model_spec.signature_name == "sample_png"
    assert files.tolist() == [b"\x89PNG"]


def test_strings(client):
    assert client.predict("several", text=["ä", b"b"]).tolist() == ["ä".encode(), b"b"]


@pytest.mark.parametrize(
    "model, options, error",
    [
        ("no", {"x": [1]}, r"answers NOT_FOUND: Servable not found: no$"),
        ("several", {"version": 4, "x": [1]}, "answers NOT_FOUND"),
        ("several", {"seed": [[-1, 0]]}, "answers INVALID_ARGUMENT: a seed that cannot be$"),
        ("several", {"z": [1]}, r"\(double: x; sample: label, seed; sample_png: "),
        (
            "several",
            {"signature": "no", "x": [1]},
            "of several: double, sample, sample_png, seeds, text. Received: signature='no'",
        ),
        (
            "several",
            {"signature": "double", "z": [1]},
            "the inputs x. Received: signature='double' with z",
        ),
    ],
)
def test_what_is_refused_is_one_line(client, model, options, error):
    with pytest.raises(InputError, match=error) as caught:
        client.predict(model, **options)
    assert "\n" not in str(caught.value)


def test_what_fails(client):
    with pytest.raises(RunError, match="INTERNAL: broken"):
        client.predict("several", seed=[[99, 0]])
    with GrpcClient("127.0.0.1:1", timeout=5) as nobody, pytest.raises(RunError, match="No answer"):
        nobody.predict("several", x=[1])


@pytest.mark.parametrize("address", ["http://127.0.0.1:8500", "localhost"])
def test_addresses_are_no_urls(address):
    with pytest.raises(InputError, match="Expected an address HOST:PORT"):
        GrpcClient(address)


def test_without_its_package_one_line_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_serving.apis", None)
    with pytest.raises(InputError, match=r"pip install 'kgan\[serving\]'"):
        GrpcClient("127.0.0.1:8500")
