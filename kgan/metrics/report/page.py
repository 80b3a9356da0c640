"""The page of a report as one picture: everything has its place in inches, so nothing overlaps."""

import contextlib
import math
import textwrap
import warnings

from matplotlib.figure import Figure

from kgan.metrics.report import panels as report_panels
from kgan.metrics.report import text as report_text
from kgan.theory.drawings.figures import GREY, LIGHT

_WIDTH, _MARGIN, _DPI = 11.0, 0.35, 100  # inches, inches, pixels an inch
_PANEL = 4.7  # inches, height of a panel with its labels
_ROW, _LINE = 0.27, 0.2  # inches, of the table and of text
_LETTERS = 132  # that a line of text holds
_COLUMNS = (0.0, 0.37, 0.57, 0.66, 0.79, 0.89)  # where columns of the table begin, of its width


def drawn(report):
    """Returns the matplotlib figure of a `Report`."""
    panels, table = report.panels(), report_text.table(report.card)
    lines = [line for text in report_text.remarks(report.card) for line in _wrapped(text)]
    heading = textwrap.wrap(report.title, 95)
    below = 0.3 * len(heading) + 0.3
    rows = math.ceil(len(panels) / 2)
    height = below + rows * _PANEL + _ROW * (len(table) + 1) + _LINE * len(lines) + 3 * _MARGIN
    figure = Figure(figsize=(_WIDTH, height), dpi=_DPI)

    def write(x, y, text, **style):
        place = (x / _WIDTH, 1.0 - y / height)
        figure.text(*place, text, va="top", parse_math=False, **{"fontsize": 10, **style})

    for number, line in enumerate(heading):
        write(_MARGIN, _MARGIN + 0.3 * number, line, fontsize=13, fontweight="bold")
    for number, panel in enumerate(panels):
        _panel(figure, panel, number % 2, below + _PANEL * (number // 2), height)
    top = below + rows * _PANEL + _MARGIN
    for number, row in enumerate([report_text.HEADINGS, *table]):
        style = {"fontweight": "bold"} if number == 0 else {}
        for cell, start in zip(row, _COLUMNS, strict=True):
            write(_MARGIN + start * (_WIDTH - 2 * _MARGIN), top + _ROW * number, cell, **style)
        _rule(figure, 1.0 - (top + _ROW * (number + 1) - 0.06) / height)
    top += _ROW * (len(table) + 1) + _MARGIN / 2
    for number, line in enumerate(lines):
        warning = line.startswith("warning")
        write(_MARGIN, top + _LINE * number, line, fontsize=9, color="#A00000" if warning else GREY)
    return figure


@contextlib.contextmanager
def any_script():
    """Lets a class or file name in a script that the font lacks be drawn as boxes, unremarked."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        yield


def _panel(figure, panel, column, top, height):
    """Gives a panel its axes, inside the room that its labels need."""
    width = (_WIDTH - 2 * _MARGIN) / 2
    left, right, above, beneath = report_panels.margins(panel)
    axes = figure.add_axes(
        (
            (_MARGIN + column * width + left) / _WIDTH,
            1.0 - (top + _PANEL - beneath) / height,
            (width - left - right) / _WIDTH,
            (_PANEL - above - beneath) / height,
        )
    )
    report_panels.draw(axes, panel)
    axes.set_anchor("N")  # pictures keep their shape: titles stay on one line
    axes.set_title(report_panels.title(panel), fontsize=11, fontweight="bold", pad=8)


def _rule(figure, y):
    from matplotlib.lines import Line2D

    ends = [_MARGIN / _WIDTH, 1.0 - _MARGIN / _WIDTH]
    figure.add_artist(Line2D(ends, [y, y], color=LIGHT, linewidth=0.8))


def _wrapped(text):
    """Returns the lines of a remark; those of a warning all begin so, to be told apart."""
    start = "warning: " if text.startswith("warning") else ""
    lines = textwrap.wrap(text.removeprefix(start), _LETTERS - len(start)) or [""]
    return [
        start + line if number == 0 else "    " * bool(start) + line
        for number, line in enumerate(lines)
    ]
