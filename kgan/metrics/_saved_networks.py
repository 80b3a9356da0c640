"""Any network in a file as an extractor: a Keras model or a SavedModel."""

import numpy as np

from kgan.errors import InputError
from kgan.metrics import _cache, _extractors, _resizing, keras_files

_KERAS = (".keras", ".h5")
_POOLED = ("pool_3", "features", "pooled")  # names under which a dict may hold the features


def saved(path, resize="clean", low=-1.0, high=1.0, sha256=None):
    """Returns the extractor of a network by path; its name is the file's or folder's.

    The network takes images [B, H, W, C] and returns features, a pair `(features, logits)`, or a
    dict with `"features"` (or `"pool_3"`) and maybe `"logits"`. Features with further axes are
    averaged over them.

    Args:
        path: a `.keras` or `.h5` file, or the folder of a SavedModel.
        resize: `"clean"` or `"tf1"`, where the network has one size.
        low, high: what the network takes black and white for.
        sha256: what the file's or folder's must be, or None.

    Raises:
        InputError: no such file, no image network in it, or another SHA-256.

    Example:
        >>> extractor = saved("~/models/lenet.keras")
    """
    if not low < high:
        raise InputError(f"Expected low < high. Received: low={low}, high={high}.")
    path, found = _cache.local(path, sha256)
    resized = _resizing.named(resize)
    network, size, channels = _keras(path) if path.suffix in _KERAS else _opened(path)

    def run(images):
        if channels == 3:
            images = _extractors.as_colour(images)
        if images.shape[-1] != channels and channels is not None:
            raise InputError(
                f"Expected images of {channels} channels for {path.name}. "
                f"Received: shape={images.shape}."
            )
        pixels = images.astype(np.float32) if size is None else resized(images, size)
        return two_outputs(network(pixels * np.float32((high - low) / 255.0) + np.float32(low)))

    name = path.name.removesuffix(path.suffix) if path.suffix in _KERAS else path.name
    return _extractors.Extractor(name, run, found, "none" if size is None else resize)


def two_outputs(outputs):
    """Returns `(pooled [B, D], logits [B, K] or None)` of whatever a network returned."""
    logits = None
    if isinstance(outputs, dict):
        named = [outputs[name] for name in _POOLED if name in outputs]
        if not named and len(outputs) > 1:
            raise InputError(
                f"Expected an output named {' or '.join(_POOLED)}. "
                f"Received: {', '.join(sorted(outputs))}."
            )
        logits = outputs.get("logits") if named else None
        outputs = named[0] if named else next(iter(outputs.values()))
    elif isinstance(outputs, list | tuple):
        logits = outputs[1] if len(outputs) > 1 else None
        outputs = outputs[0]
    pooled = np.asarray(outputs, np.float32)
    pooled = pooled.reshape(len(pooled), -1, pooled.shape[-1]).mean(axis=1)
    return pooled, None if logits is None else np.asarray(logits).reshape(len(pooled), -1)


def open_saved_model(path):
    """Returns `(function, shape)` of a SavedModel: it maps images to its outputs.

    Its signature `serving_default` is taken, or its own call where there is none.

    Raises:
        InputError: no SavedModel, or one that is neither.
    """
    import tensorflow as tf

    from kgan.saved_model.safety import read_meta_graph

    read_meta_graph(path, str(path))  # before any of it runs
    try:
        module = tf.saved_model.load(str(path))
    except (OSError, ValueError) as error:
        raise InputError(f"Expected a SavedModel. Received: {path}: {first_line(error)}") from error
    if "serving_default" in module.signatures:
        signature = module.signatures["serving_default"]
        inputs = signature.structured_input_signature[1]
        if len(inputs) != 1:
            raise InputError(
                f"Expected a network of one input, images. Received: {path} with "
                f"{', '.join(sorted(inputs)) or 'none'}."
            )
        ((name, spec),) = inputs.items()

        # `module` stays referred to: its variables go when it does.
        def function(images, module=module):
            return signature(**{name: tf.constant(images)})

        return function, spec.shape
    if not callable(module):
        raise InputError(f"Expected a SavedModel that can be called. Received: {path}.")
    return lambda images: module(tf.constant(images)), tf.TensorShape(None)


def first_line(error):
    """Returns the first line of an error's text."""
    return str(error).strip().split("\n")[0]


def _opened(path):
    function, shape = open_saved_model(path)
    return (function, *((None, None) if shape.rank is None else _size_of(path, tuple(shape))))


def _keras(path):
    import keras

    keras_files.check(path)
    try:
        model = keras.saving.load_model(str(path), compile=False)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(
            f"Expected a Keras model. Received: {path}: {first_line(error)}"
        ) from error
    return (lambda images: model(images, training=False), *_size_of(path, model.inputs[0].shape))


def _size_of(path, shape):
    if len(shape) != 4 or shape[1] != shape[2]:
        raise InputError(
            f"Expected a network of square images [B, H, W, C]. Received: {path.name}, which takes "
            f"{shape}."
        )
    return shape[1], shape[3]
