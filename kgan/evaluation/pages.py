"""The page of an evaluation: pictures of the very samples that were scored."""

import numpy as np

from kgan.metrics import Report
from kgan.metrics.report.panels import Neighbours, SampleGrid, Scatter, Shares

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
    panels = []
    if len(reference.real.shape) == 3:
        numbers = range(min(_SHOWN, len(fake.pooled)))
        raw = found.card.extractor == "raw"
        space = "pixels in [−1, 1]" if raw else f"features of {found.card.extractor}"
        panels += [
            SampleGrid(generated.pick(numbers)),
            Neighbours.of_features(
                fake.pooled, found.train.pooled, generated.pick, reference.train.pick, space
            ),
        ]
    panels += [Scatter.of_features(real.pooled, fake.pooled), *_shares(found, reference)]
    return Report(title, found.card, panels)


def _shares(found, reference):
    if found.real.logits is not None:
        labels = (side.logits.argmax(axis=1) for side in (found.real, found.fake))
        classes = reference.source.classes
        width = found.real.logits.shape[1]
        names = classes if classes and len(classes) == width else None
        return [Shares.of_labels(*labels, names, found.card.extractor)]
    if reference.mixture is not None:
        centres = reference.mixture[0]
        labels = (_nearest(side.pooled, centres) for side in (found.real, found.fake))
        return [Shares.of_labels(*labels, tuple(map(str, range(len(centres)))), "nearest mode")]
    return []


def _nearest(points, centres):
    return np.square(points[:, None] - centres).sum(axis=2).argmin(axis=1)
