"""What all pictures share: a figure without global state, colours, and saving."""

from typing import NamedTuple

from kgan.files import replace_atomically

# Okabe and Ito's colours, told apart by colour-blind readers too.
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
    """What a topic gives: the paths of its pictures, and lines of text with its numbers."""

    paths: list
    lines: list


def figure(rows, columns, width, height, title):
    """Returns a figure of `width` by `height` inches with a title, and its axes [rows][columns]."""
    # The object-oriented interface: no window, no global state, safe in any process.
    from matplotlib.figure import Figure

    made = Figure(figsize=(width, height), dpi=100, layout="constrained")
    made.suptitle(title, fontsize=13, fontweight="bold")
    axes = made.subplots(rows, columns, squeeze=False)
    for one in axes.flat:
        one.spines[["top", "right"]].set_visible(False)
        one.grid(True, color=LIGHT, linewidth=0.6)
        one.set_axisbelow(True)
    return made, axes


def label(axes, title, x, y):
    """Gives axes their title and the names, with units, of x and y."""
    axes.set_title(title, fontsize=10.5)
    axes.set_xlabel(x)
    axes.set_ylabel(y)


def number(value):
    """Returns a number to two digits as a picture prints it: 0.64, −510, 2.6·10⁻⁶."""
    digits, power = f"{value:.1e}".split("e")
    if -3 < int(power) < 4:
        return f"{float(f'{value:.2g}'):g}".replace("-", "−")
    raised = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{digits}·10{raised}".replace("-", "−")


def save(made, folder, name):
    """Writes `folder/name.png` whole or not at all, and returns its path."""
    path = folder / f"{name}.png"
    with replace_atomically(path) as temporary:
        made.savefig(temporary, format="png")
    return path
