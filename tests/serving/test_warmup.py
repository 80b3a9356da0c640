"""A version is called before it serves: with its warm-up requests, or once each signature."""

import numpy as np
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.serving import servable, warmup
from tests.serving.servers import Several, publish


@pytest.fixture(scope="module")
def version(tmp_path_factory):
    path = publish(Several(), tmp_path_factory.mktemp("saved") / "1", manifest=False)
    return servable.load(path, 1)


@pytest.fixture
def called(version, monkeypatch):
    """What each signature is called with."""
    called = []
    for name, signature in version.signatures.items():
        real = signature.run

        def run(arrays, name=name, real=real):
            called.append((name, {key: value.tolist() for key, value in arrays.items()}))
            return real(arrays)

        monkeypatch.setattr(signature, "run", run)
    return called


def write(version, *records):
    path = version.path / "assets.extra" / "tf_serving_warmup_requests"
    path.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in records:
            writer.write(record)
    return path


def field(number, data):
    """One field of a protocol buffer, by hand: the numbers are TensorFlow Serving's own."""
    size = len(data)
    length = bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])
    return bytes([number << 3 | 2]) + length + data


def log(signature, **inputs):
    """A `PredictionLog` whose predict_log (6) has a request (1): model_spec (1), inputs (2)."""
    model = field(1, b"several") + (field(3, signature.encode()) if signature else b"")
    entries = b"".join(
        field(2, field(1, key.encode()) + field(2, tf.make_tensor_proto(v).SerializeToString()))
        for key, v in inputs.items()
    )
    return field(6, field(1, field(1, model) + entries))


def test_each_signature_is_called_once(version, called):
    warmup.warm_up(version)
    assert sorted(name for name, _ in called) == sorted(version.signatures)
    assert dict(called)["two"] == {"a": [0.0], "b": [[0, 0]]}


def test_the_requests_it_came_with_are_used(version, called):
    requests = write(
        version,
        log("", x=np.array([[1, 2]], np.float32)),
        log("two", a=np.float32([5.0]), b=np.array([[1, 2]], np.int32)),
    )
    warmup.warm_up(version)
    requests.unlink()
    assert called == [
        ("serving_default", {"x": [[1.0, 2.0]]}),
        ("two", {"a": [5.0], "b": [[1, 2]]}),
    ]


@pytest.mark.parametrize(
    "record, reason",
    [
        (b"\xff\xff", "a warm-up request is damaged"),
        (log("pick", place=np.array([7], np.int32)), r"indices\[0\] = 7 is not in \[0, 3\)"),
        (log("nobody", place=np.array([7], np.int32)), "nobody"),
    ],
)
def test_a_request_that_fails_is_told(version, record, reason):
    requests = write(version, record)
    with pytest.raises(InputError, match=rf"whose first call fails: .*{reason}"):
        warmup.warm_up(version)
    requests.unlink()
