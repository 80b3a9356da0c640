"""A card with pictures: what a number alone would hide. Arrays in, a PNG and an HTML page out.

page = Report("runs/mine against digits", card, samples, scatter(real, fake))
page.write_png("report.png")
page.write_html("report.html")
"""

import dataclasses
from typing import NamedTuple

import numpy as np

from kgan.files import replace_atomically, write_text
from kgan.images import to_uint8
from kgan.metrics import _classification, _memorisation, _validation
from kgan.metrics.card import Card

_SHOWN = 1000  # points of each kind in a scatter plot
_ROWS, _NEAREST = 6, 3  # samples shown with their nearest training samples, and how many of these
_BARS = 20  # classes in a histogram


class Scatter(NamedTuple):
    """Real and fake features in the plane, or on the line.

    Attributes:
        real: [N, 2] or [N, 1].
        fake: [M, 2] or [M, 1].
        axes: what the axes show, a text for each.
    """

    real: np.ndarray
    fake: np.ndarray
    axes: tuple[str, ...]


class Neighbours(NamedTuple):
    """The samples nearest to a training sample, each before its nearest training samples.

    Attributes:
        images: uint8 [m, 1 + k, H, W, C].
        distances: [m, k], in units of `space`.
        space: what the distances are between, e.g. `"features of classifier"`.
    """

    images: np.ndarray
    distances: np.ndarray
    space: str


class Shares(NamedTuple):
    """How often each class is found.

    Attributes:
        names: of the classes, [K].
        real: [K] shares in [0, 1].
        fake: [K] shares in [0, 1].
        by: who says so, e.g. `"classifier"`.
        classes: how many there are, of which these are the commonest.
    """

    names: tuple[str, ...]
    real: np.ndarray
    fake: np.ndarray
    by: str
    classes: int


@dataclasses.dataclass(frozen=True)
class Report:
    """One page about one card.

    Args:
        title: what was compared with what.
        card: `Card`.
        scatter: `Scatter`.
        samples: uint8 [n, H, W, C] of generated pictures, or None for points.
        neighbours: `Neighbours`, or None.
        shares: `Shares`, or None.
    """

    title: str
    card: Card
    scatter: Scatter
    samples: np.ndarray | None = None
    neighbours: Neighbours | None = None
    shares: Shares | None = None

    def panels(self):
        """Returns those pictures of the page that there are, in the order of reading."""
        found = (self.samples, self.neighbours, self.scatter, self.shares)
        return [panel for panel in found if panel is not None]

    def write_png(self, path):
        """Writes the page as one PNG, atomically."""
        from kgan.metrics.report import page

        figure = page.drawn(self)
        with replace_atomically(path) as temporary, page.any_script():
            figure.savefig(temporary, format="png")

    def write_html(self, path):
        """Writes the page as one self-contained HTML file without scripts, atomically."""
        from kgan.metrics.report import html

        write_text(path, html.text(self))


def scatter(real, fake):
    """Returns the `Scatter` of features: the two principal components of the real ones.

    Args:
        real: [N, D] features; up to D = 2 they are shown as they are.
        fake: [M, D].
    """
    real, fake = _validation.row_pair(real, fake)
    real, fake = real[:_SHOWN], fake[:_SHOWN]
    if real.shape[1] <= 2:
        axes = ("first coordinate", "second coordinate") if real.shape[1] == 2 else ("value",)
        return Scatter(real, fake, axes)
    from sklearn.decomposition import PCA

    found = PCA(2, random_state=0).fit(real)
    axes = tuple(
        f"{place} principal component of real ({share:.0%} of variance)"
        for place, share in zip(("1st", "2nd"), found.explained_variance_ratio_, strict=True)
    )
    return Scatter(found.transform(real), found.transform(fake), axes)


def neighbours(fake, train, pick_fake, pick_train, space):
    """Returns the `Neighbours` of the samples that are nearest to a training sample.

    Args:
        fake: [M, D] features.
        train: [N, D] features of the training set.
        pick_fake: maps whole numbers [B] below M to pictures [B, H, W, C], in the order of `fake`.
        pick_train: the same of the training set.
        space: what the features are, for the reader.
    """
    found, gaps = _memorisation.nearest_training(fake, train, min(_NEAREST, len(train)))
    first = np.argsort(gaps[:, 0], kind="stable")[:_ROWS]
    made = to_uint8(_validation.images("fake", pick_fake(first)))
    known = to_uint8(_validation.images("train", pick_train(found[first].ravel())))
    known = known.reshape(*found[first].shape, *known.shape[1:])
    return Neighbours(np.concatenate([made[:, None], known], axis=1), gaps[first], space)


def shares(real_labels, fake_labels, names, by):
    """Returns the `Shares` of classes; of more than 20, the commonest.

    Args:
        real_labels: [N] integers from 0, of a labelling function.
        fake_labels: [M] integers, of the same one.
        names: of the classes, or None for their numbers.
        by: who labels, for the reader.
    """
    found = _classification.class_shares(real_labels, fake_labels)
    count = max(len(found.real), len(names or ()))
    real, fake = (np.pad(side, (0, count - len(side))) for side in (found.real, found.fake))
    names = tuple(names or map(str, range(count)))
    kept = np.sort(np.argsort(-(real + fake), kind="stable")[:_BARS])
    return Shares(tuple(names[place] for place in kept), real[kept], fake[kept], by, count)
