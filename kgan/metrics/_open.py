"""From an extractor's text, as a config or a command line holds it, to the `Extractor`."""

from kgan.errors import InputError, UnknownNameError

KINDS = ("classifier", "inception-2015", "keras-inception", "raw", "saved")
_SHORT = {"inception": "inception-2015"}


def open_extractor(text, images=None, labels=None, resize="clean", sha256=None):
    """Opens the extractor that `text` names.

    Args:
        text: `"classifier"`; `"inception-2015"`, or `"inception"` for short, alone or with
            `":URL-or-path"`; `"keras-inception"` or `"keras-inception:weights"`; `"raw"`; or
            `"saved:path"`, of a Keras model or SavedModel.
        images, labels: the training half of the data, for `"classifier"`.
        resize: `"clean"` or `"tf1"`, where pictures are resized.
        sha256: what the network's file must have, or None.

    Returns:
        An `Extractor`.

    Raises:
        InputError: an unknown kind (the known ones follow, nearest first), or what it lacks.

    Example:
        >>> open_extractor("raw").name
        'raw'
    """
    from kgan.metrics import _classifier, _extractors, _inception, _saved_networks

    check_kind(text)
    kind, colon, argument = text.partition(":")
    kind = _SHORT.get(kind, kind)
    if bool(argument) != bool(colon) or (kind in ("classifier", "raw") and colon):
        raise InputError(f"Expected {kind} without a colon, or a path. Received: {text!r}.")
    if sha256 is not None and kind not in ("inception-2015", "saved"):
        raise InputError(f"Expected no sha256 for {kind}. Received: sha256={sha256!r}.")
    if kind == "classifier":
        if images is None or labels is None:
            raise InputError(
                "Expected images with labels, which the classifier learns. Received: none. "
                "Take data with labels, or raw, inception-2015 or saved:path."
            )
        return _classifier.classifier(images, labels)
    if kind == "raw":
        return _extractors.raw()
    if kind == "keras-inception":
        return _inception.keras_inception(argument or "imagenet", resize)
    if kind == "inception-2015":
        return _inception.inception(argument or _inception.URL, sha256, resize)
    if not argument:
        raise InputError(f"Expected saved:path. Received: {text!r}.")
    return _saved_networks.saved(argument, resize, sha256=sha256)


def check_kind(text):
    """Refuses the text of an unknown extractor before anything is computed for it."""
    kind = text.partition(":")[0]
    if _SHORT.get(kind, kind) not in KINDS:
        raise UnknownNameError("extractor", kind, KINDS)
