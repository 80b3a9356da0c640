"""Inception: the 2015 graph that FID is defined on, and Keras' own network under another name.

Published FID, KID and Inception Scores use one set of weights, trained in 2015, as TF-GAN does.
Keras' InceptionV3 was trained separately: its distances compare with each other, but are not FID.
A frozen graph is checked against kgan's list of permitted operations before it runs, because
TensorFlow has no safe way to load one.
"""

import pathlib
import tarfile

import numpy as np

from kgan.errors import InputError
from kgan.metrics import _extractors, _saved_networks
from kgan.metrics._download import locate_file
from kgan.metrics._feature_cache import hash_arrays
from kgan.types import PathLike

# The graph of TF-GAN and, before it, of `tf.contrib.gan`.
URL = "http://download.tensorflow.org/models/frozen_inception_v1_2015_12_05.tar.gz"
SIZE = 299
INPUT, POOLED, LOGITS = "Mul:0", "pool_3:0", "logits:0"


def inception(
    source: PathLike = URL, sha256: str | None = None, resize: str = "clean"
) -> _extractors.Extractor:
    """Returns the extractor of the 2015 Inception graph: `inception-2015`.

    Args:
        source: a URL, fetched once and cached, or a local path: of the archive, of the frozen
            graph inside it (`.pb`), or of TF-GAN's SavedModel from TensorFlow Hub.
        sha256: what the file's SHA-256 must be; None accepts any, and the card says which it was.
        resize: `"clean"` (Pillow's bicubic) or `"tf1"`.

    Returns:
        An `Extractor` with 2,048 features and 1,008 logits.

    Raises:
        InputError: no network, another SHA-256, or a file that holds another graph.

    Example:
        >>> extractor = inception("~/models/frozen_inception_v1_2015_12_05.tar.gz")

    Reference: Szegedy et al. 2015, arXiv:1512.00567; Section 4, Heusel et al. 2017,
    arXiv:1706.08500.
    """
    path, digest = locate_file(source, sha256)
    graph = _load_hub_model(path) if path.is_dir() else _open_frozen(path)

    def network(images):
        pooled, logits = graph(images)
        return pooled.reshape(len(images), -1), logits.reshape(len(images), -1)

    # The graph was trained on (x − 128) / 128, not on (x − 127.5) / 127.5.
    return _extractors.wrap_network("inception-2015", network, digest, resize, SIZE, 128.0, 128.0)


def keras_inception(weights: PathLike = "imagenet", resize: str = "clean") -> _extractors.Extractor:
    """Returns the extractor of Keras' InceptionV3: `keras-inception`, which gives no FID.

    Args:
        weights: `"imagenet"`, which Keras fetches once and caches; or a path of `.weights.h5`.
        resize: `"clean"` or `"tf1"`.

    Returns:
        An `Extractor` with 2,048 features and 1,000 logits.

    Raises:
        InputError: no network, or a file that does not hold these weights.

    Differs from the paper: FID is defined on other weights. These distances compare only with
    each other; their names say so.
    """
    import keras

    if weights != "imagenet" and not pathlib.Path(weights).expanduser().is_file():
        raise InputError(f"Expected 'imagenet' or a file. Received: weights={str(weights)!r}.")
    if weights != "imagenet":
        weights = str(pathlib.Path(weights).expanduser())
    try:
        whole = keras.applications.InceptionV3(weights=weights, classifier_activation=None)
    except Exception as error:  # Keras raises `Exception` itself where a download fails
        raise InputError(
            f"Expected Keras' InceptionV3. Received: {_saved_networks.first_line(error)}. "
            "Where there is no network, copy its weights here and give their path."
        ) from error
    both = keras.Model(whole.input, [whole.get_layer("avg_pool").output, whole.output])

    def network(images):
        return tuple(np.asarray(output) for output in both(images, training=False))

    digest = hash_arrays(*whole.get_weights())
    return _extractors.wrap_network("keras-inception", network, digest, resize, SIZE, 127.5, 127.5)


def _open_frozen(path):
    """Returns the function of a frozen graph: float32 [B, 299, 299, 3] to two arrays."""
    import tensorflow as tf
    from google.protobuf.message import DecodeError

    from kgan.saved_model.safety import check_graph_def

    graph = tf.compat.v1.GraphDef()
    whole = tf.Graph()
    try:
        graph.ParseFromString(_graph_bytes(path))
        check_graph_def(graph, str(path))  # before any of it runs
        with whole.as_default():
            outputs = tf.import_graph_def(graph, name="", return_elements=[POOLED, LOGITS])
        whole.get_tensor_by_name(INPUT)
    except (DecodeError, ValueError, KeyError) as error:
        raise InputError(
            f"Expected the frozen Inception graph with {INPUT}, {POOLED} and {LOGITS}. "
            f"Received: {path}: {_saved_networks.first_line(error)}."
        ) from error
    # A session, not a tf.function: only a graph of its own version may hold some operations of 2015
    # (BatchNormWithGlobalNormalization), and a function's version is always today's.
    session = tf.compat.v1.Session(graph=whole)
    return lambda images: session.run(outputs, {INPUT: images})


def _graph_bytes(path):
    if not tarfile.is_tarfile(path):
        return path.read_bytes()
    with tarfile.open(path) as archive:
        graphs = [name for name in archive.getnames() if name.endswith(".pb")]
        if len(graphs) != 1:
            raise InputError(
                f"Expected one frozen graph (.pb) in the archive. Received: {path} with "
                f"{len(graphs)}. Unpack a SavedModel and give its folder."
            )
        return archive.extractfile(graphs[0]).read()


def _load_hub_model(path):
    """Returns the function of TF-GAN's SavedModel, whose call returns `pool_3` and `logits`."""
    function, _ = _saved_networks.load_signature(path)

    def graph(images):
        outputs = function(images)
        missing = {"pool_3", "logits"} - set(outputs)
        if missing:
            raise InputError(
                f"Expected the Inception SavedModel with outputs pool_3 and logits. "
                f"Received: {path} with {', '.join(sorted(outputs))}."
            )
        return outputs["pool_3"].numpy(), outputs["logits"].numpy()

    return graph
