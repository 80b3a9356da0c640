"""What the tests of serving share: a hand-written artefact, a server in this process, requests."""

import contextlib
import hashlib
import http.client
import json
import threading
import time

import tensorflow as tf

from kgan.serving import Limits
from kgan.serving.app import make_application
from kgan.serving.grpc_server import GrpcServer
from kgan.serving.server import Server, bind_socket
from kgan.serving.service import Service

QUICK = Limits(poll_seconds=0.05)


def spec(dtype, *shape):
    return tf.TensorSpec((None, *shape), dtype)


class Several(tf.Module):
    """Signatures of one input and several, of every type, that fail, and that cannot be joined.

    Args:
        scale: what `serving_default` multiplies by.
    """

    def __init__(self, scale=2.0):
        super().__init__()
        self.scale = tf.Variable(scale)

    @tf.function(input_signature=[spec(tf.float32, 2)])
    def double(self, x):
        return {"y": x * self.scale + 1.0}

    @tf.function(input_signature=[spec(tf.float32), spec(tf.int32, 2)])
    def two(self, a, b):
        rows = tf.as_string(b[:, 0])
        return {"sum": a + tf.cast(tf.reduce_sum(b, 1), tf.float32), "row": rows, "row_bytes": rows}

    @tf.function(input_signature=[spec(tf.string)])
    def text(self, text):
        return {"text": tf.strings.join(["<", text, ">"])}

    @tf.function(input_signature=[spec(tf.bool), spec(tf.int64), spec(tf.uint8), spec(tf.float64)])
    def types(self, flag, large, small, exact):
        return {
            "flag": ~flag,
            "large": large,
            "small": small + tf.constant(1, tf.uint8),
            "e": exact,
        }

    @tf.function(input_signature=[spec(tf.int32)])
    def pick(self, place):
        """Refuses places beyond the list."""
        return {"picked": tf.gather([10.0, 20.0, 30.0], place)}

    @tf.function(input_signature=[spec(tf.float32)])
    def total(self, x):
        """Not a row from a row: what is joined with others would come out wrong."""
        return {"total": tf.reduce_sum(x)}

    @tf.function(input_signature=[spec(tf.int32)])
    def slow(self, steps):
        """Takes some seconds for a million steps."""
        count = tf.reduce_max(steps)
        made = tf.while_loop(
            lambda i, x: i < count, lambda i, x: (i + 1, tf.sin(x)), (0, tf.ones(3)), None, 1
        )
        return {"done": steps + tf.cast(made[1][0] * 0.0, tf.int32)}

    def signatures(self):
        return {
            "serving_default": self.double,
            "two": self.two,
            "text": self.text,
            "types": self.types,
            "pick": self.pick,
            "total": self.total,
            "slow": self.slow,
        }


def publish(module, path, signatures=None, manifest=True):
    """Saves a module as a version, with the manifest that kgan's export writes.

    It appears whole, as exported versions do.
    """
    aside = path.parent / f".aside-{path.name}"
    tf.saved_model.save(module, str(aside), signatures=signatures or module.signatures())
    if manifest:
        hashes = {
            str(file.relative_to(aside)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in aside.rglob("*")
            if file.is_file()
        }
        (aside / "assets.extra").mkdir()
        (aside / "assets.extra" / "manifest.json").write_text(json.dumps({"sha256": hashes}))
    aside.rename(path)
    return path


class Running(Server):
    """A server in a thread of this process.

    Attributes:
        port: where it listens.
        service: the `Service`.
        grpc: the `GrpcServer`, or None.
        said: the lines it reported.
    """

    def __init__(self, folder, limits, grpc=False, **options):
        self.said = []
        self.service = Service(folder, limits, self.said.append)
        self.service.refresh().result()
        self.grpc = GrpcServer(self.service, "127.0.0.1", 0, options.get("log")) if grpc else None
        super().__init__(make_application(self.service, **options), limits, self.grpc)
        self._socket = bind_socket("127.0.0.1", 0)
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def ask(self, method, path, body=None):
        """Returns `(status, JSON of the answer)`."""
        connection = self.connect()
        with contextlib.closing(connection):
            data = json.dumps(body).encode() if isinstance(body, dict | list) else body
            connection.request(method, path, data)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

    def predict(self, body, model="several", where=""):
        return self.ask("POST", f"/v1/models/{model}{where}:predict", body)

    def until(self, happened, seconds=20.0):
        """Waits until a condition holds."""
        end = time.monotonic() + seconds
        while not happened():
            if time.monotonic() > end:
                raise AssertionError(f"It did not happen in {seconds} s. Said: {self.said}")
            time.sleep(0.01)


@contextlib.contextmanager
def running(folder, limits=QUICK, **options):
    """Yields a `Running` server of a folder."""
    server = Running(folder, limits, **options)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [server._socket]})
    thread.start()
    try:
        server.until(lambda: server.started)
        yield server
    finally:
        server.should_exit = True
        thread.join(30)
        server._socket.close()
        server.service.stop()
        assert not thread.is_alive()
