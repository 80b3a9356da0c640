"""Warm-up requests: calls that a server makes before a version serves, as the first call is slow.

TensorFlow Serving replays them from `assets.extra/tf_serving_warmup_requests`.
"""

import functools
from collections.abc import Iterable, Iterator

import tensorflow as tf
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from kgan.errors import InputError
from kgan.types import Array, PathLike

_MOST = 1000  # TensorFlow Serving's own limit


def write(path: PathLike, requests: Iterable[tuple[str, dict[str, Array]]], model: str) -> None:
    """Writes a file of requests.

    Args:
        path: of the file.
        requests: `(signature's name, {input's name: array})` of each.
        model: the artefact's name.
    """
    with tf.io.TFRecordWriter(str(path)) as writer:
        for signature, arrays in requests:
            log = _prediction_log()()
            request = log.predict_log.request
            request.model_spec.name = model
            request.model_spec.signature_name = signature
            for name, array in arrays.items():
                request.inputs[name].CopyFrom(tf.make_tensor_proto(array))
            writer.write(log.SerializeToString())


def read(path: PathLike) -> Iterator[tuple[str, dict[str, Array]]]:
    """Yields `(signature's name, {input's name: array})` of a file of requests.

    Raises:
        InputError: for a record that is not a request.
    """
    message = _prediction_log()
    for record in tf.data.TFRecordDataset(str(path)).take(_MOST).as_numpy_iterator():
        log = message()
        try:
            log.ParseFromString(record)
        except DecodeError as error:
            raise InputError("a warm-up request is damaged") from error
        request = log.predict_log.request
        if request.inputs:
            arrays = {name: tf.make_ndarray(tensor) for name, tensor in request.inputs.items()}
            yield request.model_spec.signature_name or "serving_default", arrays


@functools.cache
def _prediction_log():
    """Returns the part of TensorFlow Serving's `PredictionLog` message that predict requests use.

    Defined here because the package that defines all of it is large. Fields have the names and
    numbers of tensorflow_serving/apis/{prediction_log,predict,model}.proto.
    """
    pool = descriptor_pool.Default()
    tensor = ".tensorflow.TensorProto"
    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="kgan/prediction_log.proto",
        package="kgan.warmup",
        syntax="proto3",
        dependency=["tensorflow/core/framework/tensor.proto"],
    )

    def add_message(parent, name, *fields):
        added = (parent.nested_type if parent is not file else parent.message_type).add(name=name)
        for key, number, kind, repeated in fields:
            label = field.LABEL_REPEATED if repeated else field.LABEL_OPTIONAL
            if kind is str:
                added.field.add(name=key, number=number, type=field.TYPE_STRING, label=label)
            else:
                added.field.add(
                    name=key, number=number, type=field.TYPE_MESSAGE, type_name=kind, label=label
                )
        return added

    add_message(file, "ModelSpec", ("name", 1, str, False), ("signature_name", 3, str, False))
    request = add_message(
        file,
        "PredictRequest",
        ("model_spec", 1, ".kgan.warmup.ModelSpec", False),
        ("inputs", 2, ".kgan.warmup.PredictRequest.InputsEntry", True),
    )
    entry = add_message(request, "InputsEntry", ("key", 1, str, False), ("value", 2, tensor, False))
    entry.options.map_entry = True
    add_message(file, "PredictLog", ("request", 1, ".kgan.warmup.PredictRequest", False))
    add_message(file, "PredictionLog", ("predict_log", 6, ".kgan.warmup.PredictLog", False))
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("kgan.warmup.PredictionLog"))
