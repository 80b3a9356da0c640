"""The page of an evaluation: pictures of the very samples that were scored."""

import numpy as np

from kgan.images import to_uint8
from kgan.metrics import _validation
from kgan.metrics.report import report

_SHOWN = 64  # generated samples


def page(title, found, generated, reference):
    """Returns the `Report` of a `Scored`.

    Args:
        title: what was compared with what.
        found: `Scored`.
        generated: `Samples`.
        reference: `Reference`.
    """
    fake, real = found.fake, found.real
    scatter = report.scatter(real.pooled, fake.pooled)
    samples = neighbours = None
    if len(reference.real.shape) == 3:
        numbers = range(min(_SHOWN, len(fake.pooled)))
        samples = to_uint8(_validation.images("images", generated.pick(numbers)))
        neighbours = report.neighbours(
            fake.pooled, found.train.pooled, generated.pick, reference.train.pick,
            "pixels in [−1, 1]" if found.card.extractor == "raw" else
            f"features of {found.card.extractor}",
        )  # fmt: skip
    return report.Report(title, found.card, scatter, samples, neighbours, _shares(found, reference))


def _shares(found, reference):
    if found.real.logits is not None:
        labels = (side.logits.argmax(axis=1) for side in (found.real, found.fake))
        classes = reference.source.classes
        width = found.real.logits.shape[1]
        names = classes if classes and len(classes) == width else None
        return report.shares(*labels, names, found.card.extractor)
    if reference.mixture is not None:
        centres = reference.mixture[0]
        labels = (_nearest(side.pooled, centres) for side in (found.real, found.fake))
        return report.shares(*labels, tuple(map(str, range(len(centres)))), "nearest mode")
    return None


def _nearest(points, centres):
    return np.square(points[:, None] - centres).sum(axis=2).argmin(axis=1)
