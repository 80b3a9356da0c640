"""The gRPC server, asked by kgan's client, by TensorFlow Serving's stubs, and by noise."""

import gzip
import pathlib
import random

import grpc
import numpy as np
import pytest
import tensorflow as tf
from google.protobuf import wrappers_pb2
from tensorflow.core.framework import tensor_pb2
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_management_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from kgan.errors import InputError
from kgan.serving import Client, GrpcClient
from tests.serving.servers import QUICK, Several, publish, running

ARTEFACTS = pathlib.Path(__file__).parents[2] / "saved_models"
PREDICT = "/tensorflow.serving.PredictionService/Predict"
LIMITS = QUICK._replace(body_bytes=200_000, bodies_bytes=400_000, run_seconds=1.0, rows=50)


@pytest.fixture(scope="module")
def log():
    return []


@pytest.fixture(scope="module")
def server(several, log):
    with running(several, LIMITS, grpc=True, log=log.append) as server:
        yield server


@pytest.fixture(scope="module")
def channel(server):
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc.port}") as channel:
        yield channel


@pytest.fixture(scope="module")
def client(server):
    with GrpcClient(f"127.0.0.1:{server.grpc.port}", timeout=30) as client:
        yield client


def request(signature="", model="several", version=None, outputs=(), **inputs):
    message = predict_pb2.PredictRequest(output_filter=outputs)
    message.model_spec.name, message.model_spec.signature_name = model, signature
    if version is not None:
        message.model_spec.version.value = version
    for name, value in inputs.items():
        own = isinstance(value, tensor_pb2.TensorProto)
        message.inputs[name].CopyFrom(value if own else tf.make_tensor_proto(value))
    return message


def send(channel, data, path=PREDICT, **options):
    """Sends bytes as they are; returns those of the answer."""
    return channel.unary_unary(path)(data, timeout=30, **options)


def refuse(channel, data, path=PREDICT, **options):
    """Returns the name of the status and its text."""
    with pytest.raises(grpc.RpcError) as caught:
        send(channel, data, path, **options)
    return caught.value.code().name, caught.value.details()


def test_arrays_of_every_type(client):
    made = client.predict("several", signature="serving_default", x=[[0.1, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(made, np.float32([[0.1, 2.0], [3.0, 4.0]]) * 2 + 1)
    made = client.predict("several", flag=[True], large=[2**53 + 1], small=[254], exact=[0.1])
    assert {name: array.tolist() for name, array in made.items()} == {
        "flag": [False], "large": [2**53 + 1], "small": [255], "e": [0.1],
    }  # fmt: skip
    assert client.predict("several", text=["ä"]).tolist() == ["<ä>".encode()]
    made = client.predict("several", signature="two", a=[1.0, 2.0], b=[[3, 4], [5, 6]])
    assert made["sum"].tolist() == [8.0, 13.0] and made["row_bytes"].tolist() == [b"3", b"5"]


def test_the_answer_says_what_answered(channel):
    stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
    sent = request("two", a=np.float32([1]), b=np.int32([[2, 3]]), outputs=["sum"])
    answer = stub.Predict(sent, timeout=30)
    assert set(answer.outputs) == {"sum"}
    spec = answer.model_spec
    assert (spec.name, spec.version.value, spec.signature_name) == ("several", 1, "two")
    # A tensor may be written as numbers, and one number for all.
    tensor = tensor_pb2.TensorProto(dtype=tf.float32.as_datatype_enum, float_val=[0.5])
    for size in (3, 2):
        tensor.tensor_shape.dim.add(size=size)
    answer = stub.Predict(request(x=tensor), timeout=30)
    np.testing.assert_array_equal(tf.make_ndarray(answer.outputs["y"]), np.full((3, 2), 2.0))


def test_metadata_and_status(channel):
    stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
    sent = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
    sent.model_spec.name = "several"
    signatures = get_model_metadata_pb2.SignatureDefMap()
    answer = stub.GetModelMetadata(sent, timeout=30)
    assert answer.metadata["signature_def"].Unpack(signatures)
    assert answer.model_spec.version.value == 1
    two = signatures.signature_def["two"]
    assert two.inputs["b"].dtype == tf.int32.as_datatype_enum
    assert [axis.size for axis in two.inputs["b"].tensor_shape.dim] == [-1, 2]
    sent = get_model_status_pb2.GetModelStatusRequest()
    sent.model_spec.name = "several"
    states = model_service_pb2_grpc.ModelServiceStub(channel).GetModelStatus(sent, timeout=30)
    state = states.model_version_status[0]
    assert state.version == 1 and state.State.Name(state.state) == "AVAILABLE"


def test_health(channel):
    path = "/grpc.health.v1.Health/Check"
    assert send(channel, b"", path) == b"\x08\x01"
    name = wrappers_pb2.StringValue(value="no").SerializeToString()
    assert refuse(channel, name, path)[0] == "NOT_FOUND"


def test_other_methods_are_not_implemented(channel):
    stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
    with pytest.raises(grpc.RpcError) as caught:
        stub.Classify(classification_pb2.ClassificationRequest(), timeout=30)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    models = model_service_pb2_grpc.ModelServiceStub(channel)
    with pytest.raises(grpc.RpcError) as caught:
        models.HandleReloadConfigRequest(model_management_pb2.ReloadConfigRequest(), timeout=30)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def tensor(dtype, *shape, **content):
    message = tensor_pb2.TensorProto(dtype=dtype.as_datatype_enum, **content)
    for size in shape:
        message.tensor_shape.dim.add(size=size)
    return message


FLOAT = tf.float32
LABEL = request(x=np.float32([[1, 2]]))
LABEL.model_spec.version_label = "stable"
OPEN = tensor(FLOAT)
OPEN.tensor_shape.unknown_rank = True


@pytest.mark.parametrize(
    "sent, code, text",
    [
        (request(model="no", x=[1.0]), "NOT_FOUND", "Received: no"),
        (request(model="", x=[1.0]), "INVALID_ARGUMENT", "a model's name"),
        (request(version=9, x=[1.0]), "NOT_FOUND", "version 9"),
        (request(version=-1, x=[1.0]), "NOT_FOUND", "version -1"),
        (LABEL, "INVALID_ARGUMENT", "the label stable"),
        (request("no", x=[1.0]), "INVALID_ARGUMENT", "a signature of several: "),
        (request(), "INVALID_ARGUMENT", "the inputs x. Received: none"),
        (request(x=[1.0], z=[1.0]), "INVALID_ARGUMENT", "the inputs x. Received: x, z"),
        (request(x=[[1, 2]]), "INVALID_ARGUMENT", "float32 for x. Received: int32"),
        (request(x=tensor_pb2.TensorProto(dtype=99)), "INVALID_ARGUMENT", "type 99"),
        (request(x=np.float32([1])), "INVALID_ARGUMENT", r"shape [?,2]"),
        (request(x=np.zeros((51, 2), np.float32)), "INVALID_ARGUMENT", "at most 50 rows"),
        (request(x=tensor(FLOAT, -1, 2)), "INVALID_ARGUMENT", "a whole shape"),
        (request(x=OPEN), "INVALID_ARGUMENT", "a whole shape"),
        (request(x=tensor(FLOAT, 1, 2, tensor_content=b"abc")), "INVALID_ARGUMENT", "as many"),
        (request(x=tensor(FLOAT, 2, 2, float_val=[1, 2, 3, 4, 5])), "INVALID_ARGUMENT", "as many"),
        (request(x=np.float32([[1, 2]]), outputs=["z"]), "INVALID_ARGUMENT", "Received: z"),
        (request("text", text=tensor(tf.string, 1, tensor_content=b"ab")), "INVALID_ARGUMENT",
         "as many"),
        (request("two", a=np.float32([1]), b=np.int32([[1, 2]] * 2)), "INVALID_ARGUMENT",
         "one number of rows"),
        (request("pick", place=np.int32([7])), "INVALID_ARGUMENT", "7"),
        (request("slow", steps=np.int32([10**9])), "DEADLINE_EXCEEDED", "within 1 seconds"),
    ],
)  # fmt: skip
def test_what_is_refused_has_a_status_and_one_line(channel, sent, code, text):
    status, details = refuse(channel, sent.SerializeToString())
    assert status == code and text in details and "\n" not in details


def test_a_few_bytes_do_not_become_gigabytes(several):
    module = Several()

    @tf.function(input_signature=[tf.TensorSpec(None, tf.float32)])
    def any_shape(x):
        return {"y": tf.reduce_sum(x)}

    folder = several.parent / "any"
    (folder / "any").mkdir(parents=True)
    publish(module, folder / "any" / "1", {"serving_default": any_shape})
    bomb = request(model="any", x=tensor(FLOAT, 2**20, 2**20, float_val=[1.0]))
    packed = gzip.compress(b"\0" * 10**7)
    with (
        running(folder, LIMITS, grpc=True) as server,
        grpc.insecure_channel(f"127.0.0.1:{server.grpc.port}") as channel,
    ):
        status, text = refuse(channel, bomb.SerializeToString())
        assert status == "INVALID_ARGUMENT" and "at most 200000 bytes" in text
        assert refuse(channel, packed) == (
            "INVALID_ARGUMENT", "Expected a body of at most 200000 bytes. Received: more."
        )  # fmt: skip
        compressed = refuse(channel, b"\0" * 10**6, compression=grpc.Compression.Gzip)
        assert compressed[0] == "INVALID_ARGUMENT"
        assert refuse(channel, b"\0" * 10**6)[0] == "RESOURCE_EXHAUSTED"


def test_packed_requests_are_read(channel):
    data = request(x=np.zeros((50, 2), np.float32)).SerializeToString()
    answer = send(channel, data, compression=grpc.Compression.Gzip)
    assert len(predict_pb2.PredictResponse.FromString(answer).outputs["y"].tensor_content) == 400


def test_a_thousand_bad_messages(channel, server, client):
    dice, codes = random.Random(3), {}
    fine = request(x=np.float32([[1, 2]])).SerializeToString()
    call = channel.unary_unary(PREDICT)
    for place in range(1000):
        if place % 2:
            data = dice.randbytes(dice.randrange(1, 300))
        else:
            data = bytearray(fine)
            for _ in range(dice.randrange(1, 4)):
                data[dice.randrange(len(data))] = dice.randrange(256)
            data = bytes(data)
        try:
            call(data, timeout=30)
            code = "OK"
        except grpc.RpcError as error:
            code = error.code().name
        codes[code] = codes.get(code, 0) + 1
    # A flipped bit may name another model, or give another number.
    assert codes.keys() <= {"INVALID_ARGUMENT", "NOT_FOUND", "OK"}, codes
    assert codes["INVALID_ARGUMENT"] > 800
    assert not [line for line in server.said if "failed" in line]
    assert client.predict("several", signature="serving_default", x=[[1.0, 2.0]]).tolist() == [
        [3.0, 5.0]
    ]


def test_requests_are_named_counted_and_logged(channel, server, log):
    call = channel.unary_unary(PREDICT)
    data = request(x=np.float32([[1, 2]])).SerializeToString()
    _, done = call.with_call(data, timeout=30, metadata=(("x-request-id", "mine-7"),))
    assert dict(done.trailing_metadata())["x-request-id"] == "mine-7"
    server.until(lambda: any(line.startswith("mine-7 ") for line in log))
    line = next(line for line in log if line.startswith("mine-7 "))
    assert f"gRPC {PREDICT} OK " in line
    page = server.service.monitor.render({}).decode()
    assert 'request_latency_count{API="predict",entrypoint="GRPC",model_name="several"}' in page


def test_rest_and_grpc_share_batches_and_versions(several, server, client):
    publish(Several(scale=3.0), several / "several" / "2")
    server.until(lambda: server.service.current_versions() == {"several": 2})
    assert client.predict("several", signature="serving_default", x=[[1.0, 2.0]]).tolist() == [
        [4.0, 7.0]
    ]
    assert client.predict(
        "several", signature="serving_default", version=1, x=[[1.0, 2.0]]
    ).tolist() == [[3.0, 5.0]]


def test_one_seed_one_picture_by_rest_and_grpc(tmp_path):
    (tmp_path / "digits").symlink_to(ARTEFACTS / "digits")
    inputs = {"seed": [[7, 0], [8, 1]], "label": [3, 5]}
    with running(tmp_path, QUICK, grpc=True) as server:
        by_rest = Client(server.url).predict("digits", **inputs)
        with GrpcClient(f"127.0.0.1:{server.grpc.port}") as client:
            by_grpc = client.predict("digits", **inputs)
    assert by_grpc.dtype == np.uint8
    np.testing.assert_array_equal(by_grpc, by_rest)


def test_a_taken_port_is_told(several):
    with running(several, QUICK, grpc=True) as server, pytest.raises(InputError, match="grpc-port"):
        from kgan.serving import server as module

        module.bind_socket("127.0.0.1", server.grpc.port, "--grpc-port")
