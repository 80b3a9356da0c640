"""The first calls of a loaded version, before it serves: the first one is the slow one."""

import tensorflow as tf
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from kgan.errors import InputError
from kgan.serving.artefacts import first_line

_REQUESTS = "assets.extra/tf_serving_warmup_requests"
_MOST = 1000  # TensorFlow Serving's own limit


def warm(version):
    """Calls a version with its warm-up requests, or each signature with zeros.

    Args:
        version: a `Version`.

    Raises:
        InputError: if a call fails: such a version must not serve.
    """
    requests = version.path / _REQUESTS
    try:
        if requests.is_file():
            for name, arrays in _recorded(requests):
                version.signatures[name].run(arrays)
        else:
            for signature in version.signatures.values():
                signature.run(signature.example(1))
    except Exception as error:
        raise InputError(
            f"Expected signatures that can be called. Received: {'/'.join(version.path.parts[-2:])}"
            f", whose first call fails: {first_line(error)}"
        ) from error


def _recorded(path):
    """Yields `(signature's name, arrays)` of a file of warm-up requests."""
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


def _prediction_log():
    """Returns the part of TensorFlow Serving's `PredictionLog` message that predict requests use.

    Written out here, because its own package is large and only needed for its full API. Fields
    have the names and numbers of tensorflow_serving/apis/{prediction_log,predict,model}.proto.
    """
    pool = descriptor_pool.Default()
    tensor = ".tensorflow.TensorProto"
    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="kgan/serving/prediction_log.proto",
        package="kgan.serving",
        syntax="proto3",
        dependency=["tensorflow/core/framework/tensor.proto"],
    )

    def message(parent, name, *fields):
        made = (parent.nested_type if parent is not file else parent.message_type).add(name=name)
        for key, number, kind, repeated in fields:
            label = field.LABEL_REPEATED if repeated else field.LABEL_OPTIONAL
            if kind is str:
                made.field.add(name=key, number=number, type=field.TYPE_STRING, label=label)
            else:
                made.field.add(
                    name=key, number=number, type=field.TYPE_MESSAGE, type_name=kind, label=label
                )
        return made

    message(file, "ModelSpec", ("name", 1, str, False), ("signature_name", 3, str, False))
    request = message(
        file,
        "PredictRequest",
        ("model_spec", 1, ".kgan.serving.ModelSpec", False),
        ("inputs", 2, ".kgan.serving.PredictRequest.InputsEntry", True),
    )
    entry = message(request, "InputsEntry", ("key", 1, str, False), ("value", 2, tensor, False))
    entry.options.map_entry = True
    message(file, "PredictLog", ("request", 1, ".kgan.serving.PredictRequest", False))
    message(file, "PredictionLog", ("predict_log", 6, ".kgan.serving.PredictLog", False))
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("kgan.serving.PredictionLog"))
