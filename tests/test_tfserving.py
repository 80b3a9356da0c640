"""TensorFlow Serving: the files of deploy/tfserving, and the server itself where there is one."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import time
import urllib.request

import numpy as np
import pytest
import tensorflow as tf
import yaml
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from tensorflow_serving.config import model_server_config_pb2

from kgan.errors import InputError
from kgan.saved_model.layout import list_artefacts
from kgan.serving import Client, GrpcClient, static_site
from tests.serving.servers import Several, publish

FOLDER = pathlib.Path(__file__).parent.parent / "deploy" / "tfserving"
BINARY = shutil.which("tensorflow_model_server")
URL = os.environ.get("KGAN_TFSERVING_URL")


def message(name, **fields):
    """Returns a message class whose fields are wrapped numbers, a flag or a text.

    No package holds TensorFlow Serving's BatchingParameters and MonitoringConfig. Names and types
    are those of session_bundle_config.proto and monitoring_config.proto.
    """
    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name=f"kgan/tests/{name}.proto", package="kgan.tests", syntax="proto3"
    )
    wrapped = file.message_type.add(name=f"{name}Value")
    wrapped.field.add(name="value", number=1, type=kinds.TYPE_INT64, label=kinds.LABEL_OPTIONAL)
    made = file.message_type.add(name=name)
    for number, (field, kind) in enumerate(fields.items(), 1):
        options = {"name": field, "number": number, "label": kinds.LABEL_OPTIONAL}
        if kind is int:
            made.field.add(type=kinds.TYPE_MESSAGE, type_name=f".kgan.tests.{name}Value", **options)
        else:
            made.field.add(type=kinds.TYPE_BOOL if kind is bool else kinds.TYPE_STRING, **options)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"kgan.tests.{name}"))


BATCHING = message("BatchingParameters", max_batch_size=int, batch_timeout_micros=int,
                   max_enqueued_batches=int, num_batch_threads=int)  # fmt: skip
MONITORING = message("PrometheusConfig", enable=bool, path=str)


def documents(path):
    return list(yaml.safe_load_all((FOLDER / path).read_text()))


def texts():
    """Yields `(what, {name: text})` of the configurations for compose and for Kubernetes."""
    names = ("models.config", "batching.config", "monitoring.config")
    yield "compose", {name: (FOLDER / name).read_text() for name in names}
    yield "kubernetes", documents("kubernetes/serving.yaml")[0]["data"]


@pytest.mark.parametrize("what, configs", list(texts()), ids=["compose", "kubernetes"])
def test_configurations_are_what_the_server_reads(what, configs):
    models = text_format.Parse(
        configs["models.config"], model_server_config_pb2.ModelServerConfig()
    ).model_config_list.config
    names = sorted(list_artefacts(FOLDER.parent.parent / "saved_models"))
    assert [(m.name, m.base_path, m.model_platform) for m in models] == [
        (name, f"/models/{name}", "tensorflow")
        for name in (names if what == "compose" else ["digits"])
    ]
    assert models[0].model_version_policy.latest.num_versions == 1
    batching = text_format.Parse(configs["batching.config"], BATCHING())
    assert (batching.max_batch_size.value, batching.num_batch_threads.value) == (64, 4)
    inner = re.search(r"prometheus_config \{(.*?)\n\}", configs["monitoring.config"], re.DOTALL)[1]
    prometheus = text_format.Parse(inner, MONITORING())
    assert (prometheus.enable, prometheus.path) == (True, "/monitoring/prometheus/metrics")


def test_what_compose_mounts_is_there_and_what_it_names_is_mounted():
    services = documents("compose.yaml")[0]["services"]
    for name, service in services.items():
        mounts = [volume.split(":") for volume in service.get("volumes", ())]
        for here, _, mode in mounts:
            assert mode == "ro"
            assert here in ("../../saved_models", "../../site") or (FOLDER / here).is_file(), here
        there = {path for _, path, _ in mounts}
        for argument in service.get("command", ()):
            if "=/config/" in argument:
                assert argument.split("=")[1] in there, argument
        for port in service["ports"]:
            assert port.startswith("127.0.0.1:"), (name, port)
    assert services["serving"]["image"] == "tensorflow/serving:2.20.0"


def test_prometheus_and_nginx_ask_the_addresses_that_are_there():
    (scrape,) = documents("prometheus.yml")[0]["scrape_configs"]
    assert scrape["metrics_path"] in (FOLDER / "monitoring.config").read_text()
    assert scrape["static_configs"] == [{"targets": ["serving:8501"]}]
    nginx = (FOLDER / "nginx.conf").read_text()
    assert "proxy_pass http://serving:8501;" in nginx and "listen 8080;" in nginx
    assert f'"{static_site.policy()}"' in nginx  # the page is under the same policy everywhere


def test_kubernetes_names_agree():
    config, deployment, service = documents("kubernetes/serving.yaml")
    pod = deployment["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    assert pod["metadata"]["labels"] == deployment["spec"]["selector"]["matchLabels"]
    assert service["spec"]["selector"] == pod["metadata"]["labels"]
    ports = {port["name"] for port in container["ports"]}
    assert {port["targetPort"] for port in service["spec"]["ports"]} == ports
    volumes = {volume["name"] for volume in pod["spec"]["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes
    for argument in container["args"]:
        if "=/config/" in argument:
            assert argument.split("/config/")[1] in config["data"]
    assert container["image"] == documents("compose.yaml")[0]["services"]["serving"]["image"]


def test_kserve_names_agree():
    runtime, service = documents("kserve/digits.yaml")
    model = service["spec"]["predictor"]["model"]
    assert model["runtime"] == runtime["metadata"]["name"]
    assert model["modelFormat"]["name"] in [
        f["name"] for f in runtime["spec"]["supportedModelFormats"]
    ]
    (container,) = runtime["spec"]["containers"]
    assert container["image"] == "tensorflow/serving:2.20.0"


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """Yields `(REST address, gRPC address)` of TensorFlow Serving with `Several` as `several`."""
    if BINARY is None:
        pytest.skip("no tensorflow_model_server on the path")
    folder = tmp_path_factory.mktemp("tfserving")
    (folder / "several").mkdir()
    publish(Several(), folder / "several" / "1")
    rest, grpc = free_port(), free_port()
    command = [BINARY, f"--rest_api_port={rest}", f"--port={grpc}", "--model_name=several",
               f"--model_base_path={folder / 'several'}"]  # fmt: skip
    log = folder / "log"
    with open(log, "wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file)
    try:
        status = f"http://127.0.0.1:{rest}/v1/models/several"
        for _ in range(120):
            time.sleep(0.5)
            try:
                with urllib.request.urlopen(status, timeout=5) as answer:
                    if b"AVAILABLE" in answer.read():
                        break
            except OSError:
                continue
        else:
            raise AssertionError(log.read_text()[-2000:])
        yield f"http://127.0.0.1:{rest}", f"127.0.0.1:{grpc}"
    finally:
        process.terminate()
        process.wait(60)


@pytest.mark.tfserving
def test_the_real_server_and_both_clients(real):
    rest, grpc = Client(real[0]), GrpcClient(real[1])
    with grpc:
        for client in (rest, grpc):
            made = client.predict("several", x=[[1.0, 2.0]], signature="serving_default")
            np.testing.assert_array_equal(made, np.array([[3.0, 5.0]], np.float32))
            made = client.predict("several", a=np.float32([0.5]), b=np.array([[1, 2]]))
            assert made["sum"].tolist() == [3.5] and made["row_bytes"].tolist() == [b"1"]
            with pytest.raises(InputError, match="not in"):
                client.predict("several", place=[3])


@pytest.mark.tfserving
@pytest.mark.skipif(URL is None, reason="no KGAN_TFSERVING_URL")
def test_a_server_somewhere_serves_the_artefact_digits():
    client = Client(URL)
    first = client.predict("digits", "sample_png", seed=[[7, 0]])
    assert tf.io.decode_png(first[0]).shape.rank == 3
    assert client.predict("digits", "sample_png", seed=[[7, 0]])[0] == first[0]
