"""The pictures of a report: each panel has a title and draws itself on matplotlib axes."""

import dataclasses
import math
import textwrap
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import ArrayLike

from kgan.images import to_uint8
from kgan.metrics import _classification, _memorisation, _validation
from kgan.theory.drawings.figures import FAKE, LIGHT, REAL
from kgan.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SAMPLES = 64  # pictures in a grid
_POINTS = 1000  # points of each kind in a scatter plot
_ROWS, _NEAREST = 6, 3  # samples shown with their nearest training samples, and how many of these
_BARS = 20  # classes in a histogram
_PAPER = 235  # grey, on which black and white pictures have an edge
_LETTERS = 90  # of a line of text
_LEAST = 64  # pixels a picture is enlarged to, by a whole factor


class Panel(Protocol):
    """What a report can show."""

    @property
    def title(self) -> str:
        """The caption."""

    def draw(self, axes: "Axes") -> None:
        """Draws the panel."""


@dataclasses.dataclass(frozen=True)
class SampleGrid:
    """Generated pictures, at most 64.

    Args:
        images: [N, H, W, C] uint8, or floating point in [-1, 1].
    """

    images: Array

    @property
    def title(self) -> str:
        return f"{min(len(self.images), _SAMPLES)} generated samples"

    def draw(self, axes: "Axes") -> None:
        images = to_uint8(_validation.check_images("images", self.images[:_SAMPLES]))
        grid, _ = _arrange(images, math.ceil(math.sqrt(len(images))))
        _show(axes, grid)
        axes.set(xticks=[], yticks=[])


@dataclasses.dataclass(frozen=True)
class Lines:
    """Generated texts, a line each.

    Args:
        texts: those to show; a longer one than the page is wide is cut.
    """

    texts: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"{len(self.texts)} generated texts"

    def draw(self, axes: "Axes") -> None:
        lines = [textwrap.shorten(text, _LETTERS, placeholder=" …") for text in self.texts]
        style = {"family": "monospace", "fontsize": 6, "va": "top", "parse_math": False}
        text = axes.text(0.0, 1.0, "\n".join(lines), transform=axes.transAxes, **style)
        text.set_in_layout(False)  # a long line must not leave its axes without room
        axes.set_axis_off()


@dataclasses.dataclass(frozen=True)
class Neighbours:
    """The samples nearest to a training sample, each followed by its nearest training samples.

    Args:
        images: uint8 [m, 1 + k, H, W, C].
        distances: [m, k], in units of `space`.
        space: what the distances are between, e.g. `"features of classifier"`.
    """

    images: Array
    distances: Array
    space: str
    title = "Samples nearest to the training set"

    @classmethod
    def of_features(
        cls,
        fake: ArrayLike,
        train: ArrayLike,
        pick_fake: Callable[[Array], Array],
        pick_train: Callable[[Array], Array],
        space: str,
    ) -> "Neighbours":
        """Returns the panel of the samples that are nearest to a training sample.

        Args:
            fake: [M, D] features.
            train: [N, D] features of the training set.
            pick_fake: maps whole numbers [B] below M to pictures [B, H, W, C], in `fake`'s order.
            pick_train: the same for the training set.
            space: what the features are, for the reader.
        """
        indices, gaps = _memorisation.nearest_training(fake, train, min(_NEAREST, len(train)))
        first = np.argsort(gaps[:, 0], kind="stable")[:_ROWS]
        indices = indices[first]
        own = to_uint8(_validation.check_images("fake", pick_fake(first)))
        known = to_uint8(_validation.check_images("train", pick_train(indices.ravel())))
        known = known.reshape(*indices.shape, *known.shape[1:])
        return cls(np.concatenate([own[:, None], known], axis=1), gaps[first], space)

    def draw(self, axes: "Axes") -> None:
        rows, columns = self.images.shape[:2]
        grid, step = _arrange(self.images.reshape(-1, *self.images.shape[2:]), columns)
        _show(axes, grid)
        middle = (step - 1) / 2
        names = ["sample", "nearest", "2nd", "3rd", *(f"{n}th" for n in range(4, columns))]
        axes.xaxis.tick_top()
        axes.set_xticks([middle + step * n for n in range(columns)], names[:columns], fontsize=9)
        labels = [f"{distance:.3g}" for distance in self.distances[:, 0]]
        axes.set_yticks([middle + step * n for n in range(rows)], labels, fontsize=9)
        axes.tick_params(length=0)
        axes.set_ylabel("distance to the nearest", fontsize=9)
        axes.set_xlabel(f"Euclidean, {self.space}", fontsize=9)
        axes.axvline(step - 1, color="black", linewidth=1.5)


@dataclasses.dataclass(frozen=True)
class Scatter:
    """Real and fake features in the plane, or on the line.

    Args:
        real: [N, 2] or [N, 1].
        fake: [M, 2] or [M, 1].
        labels: of the axes.
        projected: whether these are principal components, and not the samples themselves.
    """

    real: Array
    fake: Array
    labels: tuple[str, ...]
    projected: bool = False

    @classmethod
    def of_features(cls, real: ArrayLike, fake: ArrayLike) -> "Scatter":
        """Returns the panel of features, along the two principal components of the real ones.

        Args:
            real: [N, D] features; up to D = 2 they are shown as they are.
            fake: [M, D].
        """
        real, fake = _validation.check_row_pair(real, fake)
        real, fake = real[:_POINTS], fake[:_POINTS]
        if real.shape[1] == 1:
            return cls(real, fake, ("value",))
        if real.shape[1] == 2:
            return cls(real, fake, ("first coordinate", "second coordinate"))
        from sklearn.decomposition import PCA

        fitted = PCA(2, random_state=0).fit(real)
        labels = tuple(
            f"{place} principal component of real ({share:.0%} of variance)"
            for place, share in zip(("1st", "2nd"), fitted.explained_variance_ratio_, strict=True)
        )
        return cls(fitted.transform(real), fitted.transform(fake), labels, projected=True)

    @property
    def title(self) -> str:
        return f"Real and generated {'features' if self.projected else 'points'}"

    def draw(self, axes: "Axes") -> None:
        sides = (self.real, REAL, "real"), (self.fake, FAKE, "generated")
        if self.real.shape[1] == 1:
            self._draw_histogram(axes, sides)
            return
        for points, color, name in sides:
            label = f"{name} ({len(points)})"
            axes.scatter(*points.T, s=9, alpha=0.45, linewidths=0, color=color, label=label)
        if not self.projected:
            axes.set_aspect("equal", adjustable="datalim")
        _label(axes, *self.labels)
        axes.legend(fontsize=9, markerscale=2, framealpha=0.9)

    def _draw_histogram(self, axes, sides):
        low, high = float(self.real.min()), float(self.real.max())
        margin = 0.25 * (high - low) or 1.0
        bins = np.linspace(low - margin, high + margin, 60)
        for points, color, name in sides:
            outside = int(((points < bins[0]) | (points > bins[-1])).sum())
            label = f"{name} ({len(points)}" + (f", {outside} outside)" if outside else ")")
            # Of all points, also where some, or all, are outside.
            weights = np.full(len(points), 1.0 / (len(points) * (bins[1] - bins[0])))
            axes.hist(points[:, 0], bins, weights=weights, alpha=0.5, color=color, label=label)
        _label(axes, self.labels[0], "density")
        axes.legend(fontsize=9)


@dataclasses.dataclass(frozen=True)
class Shares:
    """How often each class occurs.

    Args:
        names: of the classes, [K].
        real: [K] shares in [0, 1].
        fake: [K] shares in [0, 1].
        by: the labelling function, for the reader, e.g. `"classifier"`.
        classes: how many there are, of which these are the commonest.
    """

    names: tuple[str, ...]
    real: Array
    fake: Array
    by: str
    classes: int

    @classmethod
    def of_labels(
        cls,
        real_labels: ArrayLike,
        fake_labels: ArrayLike,
        names: Sequence[str] | None,
        by: str,
    ) -> "Shares":
        """Returns the panel of the classes; of more than 20, the commonest.

        Args:
            real_labels: [N] integers from 0, of a labelling function.
            fake_labels: [M] integers, of the same one.
            names: of the classes, or None for their numbers.
            by: the labelling function, for the reader.
        """
        counted = _classification.class_shares(real_labels, fake_labels)
        count = max(len(counted.real), len(names or ()))
        real, fake = (np.pad(side, (0, count - len(side))) for side in (counted.real, counted.fake))
        names = tuple(names or map(str, range(count)))
        kept = np.sort(np.argsort(-(real + fake), kind="stable")[:_BARS])
        return cls(tuple(names[place] for place in kept), real[kept], fake[kept], by, count)

    @property
    def title(self) -> str:
        part = (
            ""
            if len(self.names) == self.classes
            else (f", {len(self.names)} commonest of {self.classes}")
        )
        return f"Shares of the classes by {self.by}{part}"

    def draw(self, axes: "Axes") -> None:
        places = np.arange(len(self.names))
        for values, color, name, shift in (
            (self.real, REAL, "real", -0.2),
            (self.fake, FAKE, "generated", 0.2),
        ):
            axes.bar(places + shift, 100.0 * values, 0.4, color=color, label=name)
        long = max(map(len, self.names)) > 3 or len(places) > 16
        axes.set_xticks(places, self.names, rotation=90 if long else 0, fontsize=9)
        _label(axes, "class", "share of the samples, %")
        axes.margins(y=0.2)  # room for the legend above the bars
        axes.legend(fontsize=9, ncols=2, loc="upper right")


def _label(axes, x, y):
    axes.set_xlabel(x, fontsize=9)
    axes.set_ylabel(y, fontsize=9)
    axes.tick_params(labelsize=9)
    axes.grid(True, color=LIGHT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _show(axes, picture):
    axes.imshow(picture)
    axes.spines[:].set_visible(False)


def _arrange(images, columns):
    """Returns uint8 [H', W', 3] of images in rows, and the distance between two, in pixels."""
    factor = max(1, math.ceil(_LEAST / images.shape[1]))
    images = images.repeat(factor, axis=1).repeat(factor, axis=2)
    images = images[..., :3] if images.shape[-1] >= 3 else images[..., :1].repeat(3, axis=-1)
    height, width = images.shape[1:3]
    gap = max(2, height // 16)
    rows = math.ceil(len(images) / columns)
    grid = np.full((rows * (height + gap), columns * (width + gap), 3), _PAPER, np.uint8)
    for number, image in enumerate(images):
        top, left = number // columns * (height + gap), number % columns * (width + gap)
        grid[top : top + height, left : left + width] = image
    return grid[:-gap, :-gap], width + gap
