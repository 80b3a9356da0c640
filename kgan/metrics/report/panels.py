"""The pictures of a report, each drawn on axes of its own."""

import math

import numpy as np

from kgan.metrics.report.report import Neighbours, Scatter
from kgan.theory.drawings.figures import FAKE, LIGHT, REAL

_GRID = 64  # samples shown
_PAPER = 235  # grey, on which black and white pictures have an edge
_LEAST = 64  # pixels a picture is enlarged to, by a whole factor


def draw(axes, panel):
    """Draws a panel of a `Report`: an array of samples, `Neighbours`, `Scatter` or `Shares`."""
    if isinstance(panel, np.ndarray):
        _samples(axes, panel)
    elif isinstance(panel, Neighbours):
        _neighbours(axes, panel)
    elif isinstance(panel, Scatter):
        _scatter(axes, panel) if panel.real.shape[1] == 2 else _line(axes, panel)
    else:
        _shares(axes, panel)


def title(panel):
    """Returns what a panel is called."""
    if isinstance(panel, np.ndarray):
        return f"{min(len(panel), _GRID)} generated samples"
    if isinstance(panel, Neighbours):
        return "Samples nearest to the training set"
    if isinstance(panel, Scatter):
        points = panel.axes[0] in ("first coordinate", "value")
        return "Real and generated points" if points else "Real and generated features"
    shown = len(panel.names)
    part = "" if shown == panel.classes else f", {shown} commonest of {panel.classes}"
    return f"Shares of the classes by {panel.by}{part}"


def margins(panel):
    """Returns the inches left, right, above and below that a panel's labels need."""
    if isinstance(panel, np.ndarray):
        return 0.2, 0.2, 0.65, 0.1
    if isinstance(panel, Neighbours):
        return 0.9, 0.2, 0.65, 0.45
    return 0.75, 0.25, 0.65, 0.75


def _samples(axes, images):
    images = images[:_GRID]
    page, _ = _laid_out(images, math.ceil(math.sqrt(len(images))))
    _show(axes, page)
    axes.set(xticks=[], yticks=[])


def _neighbours(axes, panel):
    rows, columns = panel.images.shape[:2]
    page, step = _laid_out(panel.images.reshape(-1, *panel.images.shape[2:]), columns)
    _show(axes, page)
    middle = (step - 1) / 2
    titles = ["sample", "nearest", "2nd", "3rd", *(f"{n}th" for n in range(4, columns))][:columns]
    axes.xaxis.tick_top()
    axes.set_xticks([middle + step * n for n in range(columns)], titles, fontsize=9)
    labels = [f"{distance:.3g}" for distance in panel.distances[:, 0]]
    axes.set_yticks([middle + step * n for n in range(rows)], labels, fontsize=9)
    axes.tick_params(length=0)
    axes.set_ylabel("distance to the nearest", fontsize=9)
    axes.set_xlabel(f"Euclidean, {panel.space}", fontsize=9)
    axes.axvline(step - 1, color="black", linewidth=1.5)


def _scatter(axes, panel):
    for points, color, name in ((panel.real, REAL, "real"), (panel.fake, FAKE, "generated")):
        label = f"{name} ({len(points)})"
        axes.scatter(*points.T, s=9, alpha=0.45, linewidths=0, color=color, label=label)
    if title(panel).endswith("points"):
        axes.set_aspect("equal", adjustable="datalim")
    _label(axes, *panel.axes)
    axes.legend(fontsize=9, markerscale=2, framealpha=0.9)


def _line(axes, panel):
    low, high = (function(panel.real[:, 0].tolist()) for function in (min, max))
    margin = 0.25 * (high - low) or 1.0
    bins = np.linspace(low - margin, high + margin, 60)
    for points, color, name in ((panel.real, REAL, "real"), (panel.fake, FAKE, "generated")):
        outside = int(((points < bins[0]) | (points > bins[-1])).sum())
        label = f"{name} ({len(points)}" + (f", {outside} outside)" if outside else ")")
        # Of all points, also where some, or all, are outside.
        weights = np.full(len(points), 1.0 / (len(points) * (bins[1] - bins[0])))
        axes.hist(points[:, 0], bins, weights=weights, alpha=0.5, color=color, label=label)
    _label(axes, panel.axes[0], "density")
    axes.legend(fontsize=9)


def _shares(axes, panel):
    places = np.arange(len(panel.names))
    for values, color, name, shift in (
        (panel.real, REAL, "real", -0.2),
        (panel.fake, FAKE, "generated", 0.2),
    ):
        axes.bar(places + shift, 100.0 * values, 0.4, color=color, label=name)
    long = max(map(len, panel.names)) > 3 or len(places) > 16
    axes.set_xticks(places, panel.names, rotation=90 if long else 0, fontsize=9)
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


def _show(axes, page):
    axes.imshow(page)
    axes.spines[:].set_visible(False)


def _laid_out(images, columns):
    """Returns uint8 [H', W', 3] of images in rows, and how many pixels a cell takes."""
    factor = max(1, math.ceil(_LEAST / images.shape[1]))
    images = images.repeat(factor, axis=1).repeat(factor, axis=2)
    images = images[..., :3] if images.shape[-1] >= 3 else images[..., :1].repeat(3, axis=-1)
    height, width = images.shape[1:3]
    gap = max(2, height // 16)
    rows = math.ceil(len(images) / columns)
    page = np.full((rows * (height + gap), columns * (width + gap), 3), _PAPER, np.uint8)
    for number, image in enumerate(images):
        top, left = number // columns * (height + gap), number % columns * (width + gap)
        page[top : top + height, left : left + width] = image
    return page[:-gap, :-gap], width + gap
