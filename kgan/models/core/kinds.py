"""Every kind of condition, and the conditions of an artefact by its manifest."""

from typing import Any

from kgan.models.core.codes import Codes
from kgan.models.core.condition import Condition
from kgan.models.core.conditions import Attributes, Caption, Label, Tokens, Truncation
from kgan.models.core.image_conditions import Mask, SourceImage

KINDS = {
    kind.kind: kind
    for kind in (Label, Attributes, Caption, Tokens, SourceImage, Mask, Truncation, Codes)
}


def restore_condition(
    name: str, shape: tuple[int, ...], description: dict[str, Any], metadata: dict[str, Any]
) -> Condition | None:
    """Returns the condition that an artefact's input is of, or None for no or an unknown one.

    Args:
        name: of the input.
        shape: of the input, without the batch axis.
        description: of the input by its signature's `kinds` in the manifest; empty where nobody
            tells, and then its name is its kind.
        metadata: the manifest.
    """
    kind = KINDS.get(description.get("kind", name))
    try:
        return kind and kind.restore(description.get("key", name), shape, metadata)
    except KeyError:  # it does not say what is to know of it
        return None
