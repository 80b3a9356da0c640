"""`classifier`: a small network trained on the data at hand, so that a score needs no download.

It learns the labels of the training half once; its features then compare real and generated
pictures of that data. Its activations are smooth, because the last bits of a sum differ between
machines: over 800 steps they make another network of rectifiers, and change a Fréchet distance by
up to a half; with ELUs it keeps four digits. The SHA-256 on the card is that of the weights.
"""

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from kgan.errors import InputError, check_whole
from kgan.files import cache_folder, load_arrays, save_arrays
from kgan.images import to_uint8
from kgan.metrics import _feature_cache, _validation
from kgan.metrics._extractors import Extractor
from kgan.progress import track
from kgan.random import seed_initializers
from kgan.types import Array, ImageShape

if TYPE_CHECKING:
    import keras

FEATURES = 64
_RECIPE = "2"  # raised when the network or its training changes, for cached ones are then others
_STEPS = 800
_BATCH = 64
_SCALE_IMAGES = 2048  # images that set the features' scale


def classifier(
    images: ArrayLike, labels: ArrayLike, seed: int = 0, cached: bool = True
) -> Extractor:
    """Returns the extractor `classifier`, trained on the images given, or read from the cache.

    Args:
        images: [N, H, W, C] uint8, or floating point in [-1, 1], or signals [N, T, C]: the
            training half; the real ones of a score should not be among them.
        labels: [N] integers from 0, at least two different ones.
        seed: of the initial weights and of the batches.
        cached: look in the cache, by content of images and labels, and keep the weights there.

    Returns:
        An `Extractor` with 64 features of mean square 1 and a logit for each class, for images of
        this shape.

    Raises:
        InputError: images or labels that cannot be learnt from, or a damaged cached file.

    Example:
        >>> data = kgan.data.open_source("digits", {"split": "train"}).arrays()
        >>> extractor = classifier(data["image"], data["label"])
    """
    images = _check_examples(images)
    labels = _validation.check_labels("labels", labels, len(images))
    check_whole(0, seed=seed)
    classes = int(labels.max()) + 1
    if len(np.unique(labels)) < 2:
        raise InputError(
            f"Expected labels of at least 2 classes to learn from. Received: {np.unique(labels)}."
        )
    key = _feature_cache.hash_arrays(images, labels.astype(np.int64), np.array([seed]))
    path = cache_folder() / f"classifier-{_RECIPE}-{key[:16]}.npz"
    network = build_network(images.shape[1:], classes, seed)
    if cached and path.exists():
        *weights, size = load_arrays(path).values()
        network.set_weights(weights)
    else:
        train(network, images, labels, seed)
        size = _root_mean_square(network, images[:_SCALE_IMAGES])
        if cached:
            arrays = enumerate((*network.get_weights(), size))
            save_arrays(path, {str(place): value for place, value in arrays})
    return wrap_classifier(network, images.shape[1:], size)


def wrap_classifier(network: "keras.Model", shape: ImageShape, size: float = 1.0) -> Extractor:
    """Returns the `Extractor` of a network that `build_network` built for images of `shape`.

    Args:
        network: of two outputs, features and logits.
        shape: `(H, W, C)`.
        size: what features are divided by.
    """

    def run(samples):
        if samples.shape[1:] != tuple(shape):
            raise InputError(
                f"Expected images of {tuple(shape)}, which the classifier was trained on. "
                f"Received: shape={samples.shape}."
            )
        pooled, logits = network.predict_on_batch(_validation.to_unit(samples))
        return pooled / size, logits

    digest = _feature_cache.hash_arrays(*network.get_weights(), np.float32(size))
    return Extractor("classifier", run, digest, takes_images=len(shape) == 3)


def _check_examples(images):
    """Returns images as uint8, and signals as they are."""
    if np.ndim(images) != 3:
        return to_uint8(_validation.check_images("images", images))
    signals = np.asarray(images, np.float32)
    _validation.check_finite("signals", signals)
    return signals


def build_network(shape: ImageShape, classes: int, seed: int) -> "keras.Model":
    """Returns an untrained network: images [B, *shape] in [-1, 1] to 64 features and logits.

    Convolutions of stride 2 halve the image until it is 4 pixels or less; signals [B, T, C] are
    divided by four until they are 16 samples or less.
    """
    import keras

    inputs = keras.Input(shape)
    features = inputs
    with seed_initializers(seed):
        if len(shape) == 2:
            features = _convolve_signals(features)
        else:
            for level in range(max(1, round(math.log2(min(shape[:2]) / 4)))):
                channels = min(32 * 2**level, 128)
                features = keras.layers.Conv2D(channels, 3, 2, "same", activation="elu")(features)
            features = keras.layers.GlobalAveragePooling2D()(features)
        pooled = keras.layers.Dense(FEATURES, activation="elu", name="features")(features)
        logits = keras.layers.Dense(classes, name="logits")(pooled)
    return keras.Model(inputs, [pooled, logits])


def _convolve_signals(features):
    """Returns [B, c] of signals [B, T, C]."""
    import keras

    for level in range(max(1, round(math.log(features.shape[1] / 16, 4)))):
        channels = min(32 * 2**level, 128)
        features = keras.layers.Conv1D(channels, 9, 4, "same", activation="elu")(features)
    # The most beside the mean: a peak anywhere is a peak.
    sides = keras.layers.GlobalAveragePooling1D(), keras.layers.GlobalMaxPooling1D()
    return keras.layers.Concatenate()([pool(features) for pool in sides])


def train(
    network: "keras.Model", images: Array, labels: Array, seed: int, steps: int = _STEPS
) -> None:
    """Trains `build_network` on uint8 images or on signals, and labels; a pure function of seed.

    Args:
        steps: batches of 64, drawn epoch by epoch.
    """
    import keras

    learner = keras.Model(network.input, network.outputs[1])
    schedule = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    learner.compile(keras.optimizers.Adam(schedule), loss)
    random = np.random.default_rng(seed)
    order = np.concatenate(
        [random.permutation(len(images)) for _ in range(-(-steps * _BATCH // len(images)))]
    )
    for step in track(range(steps), steps, "Training the classifier, steps"):
        rows = order[step * _BATCH : (step + 1) * _BATCH]
        learner.train_on_batch(_validation.to_unit(images[rows]), labels[rows])


def _root_mean_square(network, images):
    """Returns what to divide features by so that their mean square is 1, a float32.

    The kernel distance adds 1 to x·y / D: features of another size would make it nearly a pure
    cube, or nearly a constant.
    """
    pooled, _ = network.predict_on_batch(_validation.to_unit(images))
    return np.float32(np.sqrt(np.square(pooled, dtype=np.float64).mean())) or np.float32(1.0)
