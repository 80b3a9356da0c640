"""Opens the `Extractor` that a config or a command line names by a text."""

from numpy.typing import ArrayLike

from kgan.errors import InputError, UnknownNameError
from kgan.metrics._extractors import Extractor

KINDS = (
    "classifier", "efficientnet-lite0", "inception-2015", "keras-inception", "raw", "saved",
)  # fmt: skip
_SHORT = {"inception": "inception-2015"}


def open_extractor(
    text: str,
    images: ArrayLike | None = None,
    labels: ArrayLike | None = None,
    resize: str = "clean",
    sha256: str | None = None,
) -> Extractor:
    """Opens the extractor that `text` names.

    Args:
        text: `"classifier"`; `"efficientnet-lite0"`; `"inception-2015"`, or `"inception"` for
            short, alone or with `":URL-or-path"`; `"keras-inception"` or
            `"keras-inception:weights"`; `"raw"`; or `"saved:path"`, of a Keras model or
            SavedModel.
        images, labels: the training half of the data, for `"classifier"`.
        resize: `"clean"` or `"tf1"`, where pictures are resized.
        sha256: what the SHA-256 of the network's file must be, or None.

    Returns:
        An `Extractor`.

    Raises:
        InputError: an unknown kind (the known ones follow, nearest first), or something it lacks.

    Example:
        >>> open_extractor("raw").name
        'raw'
    """
    from kgan.metrics import _classifier, _efficientnet, _extractors, _inception, _saved_networks

    check_extractor(text)
    kind, colon, argument = text.partition(":")
    kind = _SHORT.get(kind, kind)
    if bool(argument) != bool(colon) or (
        kind in ("classifier", "efficientnet-lite0", "raw") and colon
    ):
        raise InputError(f"Expected {kind} without a colon, or a path. Received: {text!r}.")
    if sha256 is not None and kind not in ("inception-2015", "saved"):
        raise InputError(f"Expected no sha256 for {kind}. Received: sha256={sha256!r}.")
    if kind == "classifier":
        if images is None or labels is None:
            raise InputError(
                "Expected images with labels for the classifier to learn. Received: none. "
                "Take data with labels, or raw, inception-2015 or saved:path."
            )
        return _classifier.classifier(images, labels)
    if kind == "raw":
        return _extractors.raw()
    if kind == "efficientnet-lite0":
        return _efficientnet.efficientnet(resize)
    if kind == "keras-inception":
        return _inception.keras_inception(argument or "imagenet", resize)
    if kind == "inception-2015":
        return _inception.inception(argument or _inception.URL, sha256, resize)
    if not argument:
        raise InputError(f"Expected saved:path. Received: {text!r}.")
    return _saved_networks.load_network(argument, resize, sha256=sha256)


def check_extractor(text: str) -> None:
    """Refuses the text of an unknown kind of extractor before anything is computed for it."""
    kind = text.partition(":")[0]
    if _SHORT.get(kind, kind) not in KINDS:
        raise UnknownNameError("extractor", kind, KINDS)
