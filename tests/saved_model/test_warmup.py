"""Warm-up requests are written as TensorFlow Serving reads them."""

import numpy as np
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.saved_model import warmup

REQUESTS = [
    ("sample", {"seed": np.array([[7, 0], [8, 1]], np.int32)}),
    ("translate_png", {"image_bytes": np.array([b"\x89PNG\x00"], object)}),
    ("serving_default", {"latents": np.ones((1, 3), np.float32), "label": np.int32([4])}),
]


def assert_same(found):
    found = list(found)
    assert [name for name, _ in found] == [name for name, _ in REQUESTS]
    for (_, made), (_, wanted) in zip(found, REQUESTS, strict=True):
        assert made.keys() == wanted.keys()
        for name, array in wanted.items():
            np.testing.assert_array_equal(made[name], array)
            assert made[name].dtype == array.dtype


def test_what_is_written_is_read(tmp_path):
    warmup.write(tmp_path / "requests", REQUESTS, "digits")
    assert_same(warmup.read(tmp_path / "requests"))


def test_tensorflow_serving_s_own_messages_read_it(tmp_path):
    prediction_log = pytest.importorskip(
        "tensorflow_serving.apis.prediction_log_pb2", reason="the extra serving is not installed"
    )
    warmup.write(tmp_path / "requests", REQUESTS, "digits")
    found = []
    for record in tf.data.TFRecordDataset(str(tmp_path / "requests")).as_numpy_iterator():
        request = prediction_log.PredictionLog.FromString(record).predict_log.request
        assert request.model_spec.name == "digits"
        arrays = {name: tf.make_ndarray(tensor) for name, tensor in request.inputs.items()}
        found.append((request.model_spec.signature_name, arrays))
    assert_same(found)


def test_a_damaged_record_is_told(tmp_path):
    with tf.io.TFRecordWriter(str(tmp_path / "requests")) as writer:
        writer.write(b"\xff\xff")
    with pytest.raises(InputError, match="a warm-up request is damaged"):
        list(warmup.read(tmp_path / "requests"))
