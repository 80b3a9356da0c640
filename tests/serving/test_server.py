"""The command as a person meets it: it starts, answers, ends well, or says in a line why not."""

import contextlib
import gc
import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

import numpy as np
import pytest
import tensorflow as tf

from kgan import export
from kgan.cli import main
from kgan.errors import RunError
from kgan.images import to_uint8
from kgan.models import DCGAN
from kgan.serving import Client, GrpcClient, server
from tests.serving.servers import Several, publish

KGAN = "import sys; from kgan.cli import main; sys.exit(main())"


@pytest.fixture(scope="module")
def gan():
    gan = DCGAN.example()
    for weight in gan.sampling_generator.variables:
        if weight.name == "kernel":
            weight.assign(weight * 20.0)
    return gan


@pytest.fixture(scope="module")
def folder(gan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved_models")
    export.publish(gan, folder / "digits")
    (folder / "several").mkdir()
    publish(Several(), folder / "several" / "1")
    return folder


class Process:
    """`kgan serve` in a process of its own; it has said that it serves, and so it answers."""

    def __init__(self, folder, *options):
        command = [sys.executable, "-c", KGAN, "serve", str(folder), "--port", "0", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.said = []
        for line in self.process.stdout:
            self.said.append(line.strip())
            if line.startswith("Serving "):
                break
        where = self.said[-1].split(" at ")[1]
        self.url = where.removesuffix(". Ctrl-C stops.").removesuffix(", and by gRPC")

    def ended(self):
        """Returns the exit code."""
        self.said += [line.strip() for line in self.process.stdout]
        self.process.stdout.close()
        return self.process.wait(60)


def test_kgan_serve_makes_the_pictures_that_the_model_makes(folder, gan):
    server = Process(folder)
    try:
        made = Client(server.url).predict("digits", seed=[[7, 0], [0, 1]])
    finally:
        server.process.send_signal(signal.SIGINT)
    assert server.ended() == 0
    expected = to_uint8(gan.sample([7, 2**32]))
    assert (made.shape, made.dtype) == (expected.shape, np.uint8)
    assert np.ptp(made) > 200
    assert np.abs(made.astype(int) - expected).max() <= 1
    serving = f"Serving digits (version 1), several (version 1) at {server.url}. Ctrl-C stops."
    lines = [f"{name}: Version 1 is served." for name in ("digits", "several")]
    assert server.said == [*lines, serving, "Stopped."]


def test_a_request_under_way_is_answered_before_the_server_ends(folder):
    server = Process(folder)
    told = []

    def ask():
        body = {"signature_name": "slow", "instances": [400_000]}
        request = urllib.request.Request(
            f"{server.url}/v1/models/several:predict", json.dumps(body).encode()
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            told.append((time.monotonic(), json.loads(answer.read())))

    try:
        asking = threading.Thread(target=ask)
        asking.start()
        time.sleep(1.0)
        assert not told  # it takes longer than that
    finally:
        server.process.send_signal(signal.SIGTERM)
    stopped = time.monotonic()
    asking.join()
    assert server.ended() == 0
    assert told[0][1] == {"predictions": [400_000]}
    assert told[0][0] > stopped
    assert server.said[-1] == "Stopped."
    with pytest.raises(RunError, match="No answer"):
        Client(server.url).predict("several", place=[1])


def test_what_is_loaded_is_out_of_the_collectors_sight():
    before = gc.get_freeze_count()
    gc.unfreeze()
    try:
        server._freeze()
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()
        if before:
            gc.freeze()


@pytest.mark.slow
def test_a_stuck_request_does_not_outlive_the_grace(folder):
    server = Process(folder, "--grace-seconds", "1")
    body = {"signature_name": "slow", "instances": [2_000_000_000]}
    request = urllib.request.Request(
        f"{server.url}/v1/models/several:predict", json.dumps(body).encode()
    )

    def ask():
        with contextlib.suppress(OSError):
            urllib.request.urlopen(request, timeout=120)

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(0.5)
    server.process.send_signal(signal.SIGTERM)
    stopped = time.monotonic()
    assert server.ended() == 0
    assert time.monotonic() - stopped < 8
    asking.join()


@pytest.mark.slow
def test_a_thread_that_nothing_cuts_off_does_not_keep_the_server(tmp_path):
    class Blocking(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None,), tf.int32)])
        def block(self, size):
            """One operation, of a minute for 4,000: TensorFlow cancels between operations only."""
            side = tf.maximum(tf.reduce_max(size), 2)
            matrix = tf.reshape(tf.sin(tf.range(tf.cast(side * side, tf.float32))), (side, side))
            return {"largest": tf.repeat(tf.linalg.svd(matrix, compute_uv=False)[0], tf.size(size))}

    (tmp_path / "blocking").mkdir()
    publish(Blocking(), tmp_path / "blocking" / "1", {"serving_default": Blocking().block})
    server = Process(tmp_path, "--grace-seconds", "1")
    body = json.dumps({"instances": [4000]}).encode()
    request = urllib.request.Request(f"{server.url}/v1/models/blocking:predict", body)

    def ask():
        with contextlib.suppress(OSError):
            urllib.request.urlopen(request, timeout=120)

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(1.0)
    server.process.send_signal(signal.SIGTERM)
    stopped = time.monotonic()
    assert server.ended() == 1
    assert time.monotonic() - stopped < 8
    asking.join()


def test_grpc_is_an_option(folder):
    server = Process(folder, "--grpc-port", "0", "--access-log")
    try:
        address = server.said[-1].split(" by gRPC at ")[1].removesuffix(". Ctrl-C stops.")
        with GrpcClient(address) as client:
            made = client.predict("digits", seed=[[7, 0]])
    finally:
        server.process.send_signal(signal.SIGTERM)
    assert server.ended() == 0
    assert made.dtype == np.uint8 and made.shape[0] == 1
    assert any("gRPC /tensorflow.serving.PredictionService/Predict OK" in x for x in server.said)


def test_limits_are_options(folder, capfd):
    (line,) = refused(capfd, folder, "--rows", "0")
    assert line.endswith("Expected rows > 0. Received: rows=0.")


def refused(capfd, *arguments):
    """Returns the lines on standard output, and the one error with which `kgan serve` ends."""
    assert main(["serve", *map(str, arguments)]) == 2
    out, err = capfd.readouterr()
    (line,) = err.splitlines()
    assert line.startswith("kgan: Expected ")
    return [*out.splitlines(), line]


def test_no_folder(tmp_path, capfd):
    (line,) = refused(capfd, tmp_path / "nowhere")
    assert line.endswith(f"Received: {tmp_path / 'nowhere'}, which is not there.")
    (tmp_path / "file").touch()
    (line,) = refused(capfd, tmp_path / "file")
    assert line.endswith(f"Received: {tmp_path / 'file'}, a file.")


def test_an_empty_folder(tmp_path, capfd):
    (line,) = refused(capfd, tmp_path)
    assert line.endswith(f"which holds none. Make one: kgan export RUN --to {tmp_path}/NAME.")


def test_an_artefact_in_place_of_its_folder(folder, capfd):
    (line,) = refused(capfd, folder / "several")
    assert line.endswith(f"an artefact itself. Give the folder that holds it: {folder}.")


def test_a_port_in_use(folder, capfd):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (line,) = refused(capfd, folder, "--port", port)
    assert f"Received: host=127.0.0.1, port={port}: Address already in use." in line


@pytest.mark.parametrize(
    "options, received",
    [(("--port", "70000"), "port=70000."), (("--host", "256.1.1.1"), "host=256.1.1.1, port=8501:")],
)
def test_no_address(folder, capfd, options, received):
    (line,) = refused(capfd, folder, *options)
    assert received in line


def test_nothing_that_can_be_served(tmp_path, capfd):
    (tmp_path / "broken" / "1").mkdir(parents=True)
    (tmp_path / "broken" / "1" / "saved_model.pb").write_bytes(b"no graph")
    reason, line = refused(capfd, tmp_path, "--port", "0")
    assert reason == (
        "broken: version 1 is not served. Expected a SavedModel. Received: broken/1, which is "
        "damaged."
    )
    assert line.endswith(f"Received: {tmp_path}, of which none can.")


def test_without_the_web_extra(folder, capfd, monkeypatch):
    monkeypatch.setitem(sys.modules, "kgan.serving.server", None)
    monkeypatch.delattr("kgan.serving.server", raising=False)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    (line,) = refused(capfd, folder)
    assert line.endswith("pip install 'kgan[web]', or '.[web]' in a clone.")
