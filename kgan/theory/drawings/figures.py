"""Figures without global state, their colours, labels and files, shared by all drawings."""

import pathlib
from typing import TYPE_CHECKING, NamedTuple

from kgan.files import replace_atomically
from kgan.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which colour-blind readers can tell apart too.
BLUE, ORANGE, GREEN, PINK, SKY, YELLOW = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#E69F00",
)
GREY, LIGHT = "#666666", "#DDDDDD"
REAL, FAKE = BLUE, ORANGE


class Drawing(NamedTuple):
    """The result of drawing a topic.

    Attributes:
        paths: of the PNG files.
        lines: lines of text with its numbers.
    """

    paths: list[pathlib.Path]
    lines: list[str]


def make_figure(
    rows: int, columns: int, width: float, height: float, title: str
) -> "tuple[Figure, Array]":
    """Returns a figure of `width` by `height` inches with a title, and its axes [rows, columns]."""
    # The object-oriented interface: no window, no global state, safe in any process.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=100, layout="constrained")
    figure.suptitle(title, fontsize=13, fontweight="bold")
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat:
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(True, color=LIGHT, linewidth=0.6)
        axes.set_axisbelow(True)
    return figure, grid


def label_axes(axes: "Axes", title: str, x: str, y: str) -> None:
    """Gives axes a title, and labels with units for x and y."""
    axes.set_title(title, fontsize=10.5)
    axes.set_xlabel(x)
    axes.set_ylabel(y)


def format_number(value: float) -> str:
    """Returns a number with two digits, e.g. 0.64, −510, 2.6·10⁻⁶."""
    digits, power = f"{value:.1e}".split("e")
    if -3 < int(power) < 4:
        return f"{float(f'{value:.2g}'):g}".replace("-", "−")
    exponent = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{digits}·10{exponent}".replace("-", "−")


def save_figure(figure: "Figure", folder: pathlib.Path, name: str) -> pathlib.Path:
    """Writes `folder/name.png` atomically, and returns its path."""
    path = folder / f"{name}.png"
    with replace_atomically(path) as temporary:
        figure.savefig(temporary, format="png")
    return path
