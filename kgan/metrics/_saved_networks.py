"""Any network in a file as an extractor: a Keras model or a SavedModel.

Files may be a stranger's. Keras' `safe_mode` refuses Python code in a `.keras` or `.h5` file, and
Keras refuses names and links that lead out of one; TensorFlow has no such mode, so a SavedModel is
checked against kgan's list of permitted operations before it runs.
"""

import contextlib
import io
import pathlib
import zipfile
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from kgan.errors import InputError
from kgan.metrics import _resizing
from kgan.metrics._download import locate_file
from kgan.metrics._extractors import Extractor, as_colour
from kgan.types import Array, PathLike, Tensor

_KERAS = (".keras", ".h5")
_POOLED = ("pool_3", "features", "pooled")  # names under which a dict may hold the features
# Keras 3.15 refuses a member of an archive that is a hundred times what is stored, but only from
# 4 GiB on: 2 MB of zeros then took 4 GiB of memory. Its own files are stored as they are.
_EXPANSION, _UNSUSPICIOUS = 100, 2**26  # times; bytes


def load_network(
    path: PathLike,
    resize: str = "clean",
    low: float = -1.0,
    high: float = 1.0,
    sha256: str | None = None,
) -> Extractor:
    """Returns the extractor of a network by path; its name is the file's or folder's.

    The network takes images [B, H, W, C] and returns features, a pair `(features, logits)`, or a
    dict with `"features"` (or `"pool_3"`) and maybe `"logits"`. Features with further axes are
    averaged over them.

    Args:
        path: a `.keras` or `.h5` file, or the folder of a SavedModel.
        resize: `"clean"` or `"tf1"`, where the network has one size.
        low, high: the values of black and of white that the network takes.
        sha256: what the file's or folder's must be, or None.

    Raises:
        InputError: no such file, no image network in it, code in it, or another SHA-256.

    Example:
        >>> extractor = load_network("~/models/lenet.keras")
    """
    if not low < high:
        raise InputError(f"Expected low < high. Received: low={low}, high={high}.")
    path, digest = locate_file(path, sha256)
    resize_to = _resizing.choose_resize(resize)
    is_keras = path.suffix in _KERAS
    network, shape = _load_keras(path) if is_keras else load_signature(path)
    size, channels = _size_and_channels(path, shape)

    def run(images):
        if channels == 3:
            images = as_colour(images)
        if images.shape[-1] != channels and channels is not None:
            raise InputError(
                f"Expected images of {channels} channels for {path.name}. "
                f"Received: shape={images.shape}."
            )
        pixels = images.astype(np.float32) if size is None else resize_to(images, size)
        return split_outputs(network(pixels * np.float32((high - low) / 255.0) + np.float32(low)))

    name = path.name.removesuffix(path.suffix) if is_keras else path.name
    return Extractor(name, run, digest, "none" if size is None else resize)


def split_outputs(
    outputs: Tensor | Sequence[Tensor] | Mapping[str, Tensor],
) -> tuple[Array, Array | None]:
    """Returns `(pooled [B, D], logits [B, K] or None)` of a network's outputs."""
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


def load_signature(path: pathlib.Path) -> tuple[Callable, tuple | None]:
    """Returns the function of a SavedModel, images to outputs, and the images' shape or None.

    The function is its signature `serving_default`, or the module itself where there is none.

    Raises:
        InputError: no SavedModel, one that is neither, or a graph that does more than compute.
    """
    import tensorflow as tf

    from kgan.saved_model import loading
    from kgan.saved_model.safety import read_meta_graph

    read_meta_graph(path, str(path))  # before any of it runs
    try:
        module = loading.load(path)
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

        return function, None if spec.shape.rank is None else tuple(spec.shape)
    if not callable(module):
        raise InputError(f"Expected a SavedModel that can be called. Received: {path}.")
    return lambda images: module(tf.constant(images)), None


def first_line(error: Exception) -> str:
    """Returns the first line of an error's text."""
    return str(error).strip().split("\n")[0]


def _load_keras(path):
    """Returns the function of a Keras model, images to outputs, and the images' shape."""
    import keras

    try:
        _check_expansion(path)
        model = keras.saving.load_model(str(path), compile=False, safe_mode=True)
        shape = model.inputs[0].shape
    except InputError:
        raise
    except Exception as error:  # a damaged or hostile configuration may fail anywhere in Keras
        raise InputError(
            f"Expected a Keras model. Received: {path}: {first_line(error)}"
        ) from error
    return lambda images: model(images, training=False), shape


def _check_expansion(path):
    """Refuses a file that unpacks to far more than it holds: an archive, or arrays in HDF5."""
    most = max(_EXPANSION * path.stat().st_size, _UNSUSPICIOUS)
    if not zipfile.is_zipfile(path):
        _refuse_expansion(path, _count_array_bytes(path), most)
        return
    with zipfile.ZipFile(path) as archive:
        _refuse_expansion(path, sum(member.file_size for member in archive.infolist()), most)
        for member in archive.infolist():
            if member.filename.endswith(".h5"):
                with archive.open(member) as file:
                    _refuse_expansion(path, _count_array_bytes(io.BytesIO(file.read())), most)


def _count_array_bytes(file):
    """Returns how many bytes the arrays of an HDF5 file take in memory; 0 for no such file."""
    import h5py

    sizes = []
    with contextlib.suppress(OSError), h5py.File(file, "r") as arrays:
        arrays.visititems(
            lambda _, item: sizes.append(item.nbytes if isinstance(item, h5py.Dataset) else 0)
        )
    return sum(sizes)


def _refuse_expansion(path, unpacked, most):
    if unpacked > most:
        raise InputError(
            f"Expected a Keras model. Received: {path}, whose {unpacked >> 20} MiB are more than "
            f"{_EXPANSION} times the file."
        )


def _size_and_channels(path, shape):
    """Returns the side of the square images and their channels, each None where any will do."""
    if shape is None:
        return None, None
    if len(shape) != 4 or shape[1] != shape[2]:
        raise InputError(
            f"Expected a network of square images [B, H, W, C]. Received: {path.name}, which takes "
            f"{shape}."
        )
    return shape[1], shape[3]
