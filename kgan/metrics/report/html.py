"""Renders a report as HTML: one file, pictures inside, no scripts, nothing fetched."""

import base64
import io
import pathlib
import warnings
from collections.abc import Iterable

import jinja2
from matplotlib.figure import Figure

from kgan.metrics.card import Card
from kgan.metrics.report import text
from kgan.metrics.report.panels import Panel

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(pathlib.Path(__file__).parent),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def render(title: str, card: Card, panels: Iterable[Panel]) -> str:
    """Returns the HTML of a report; see `Report` for the arguments."""
    return _TEMPLATES.get_template("report.html").render(
        title=title,
        pictures=[(panel.title, _encode(panel)) for panel in panels],
        headings=text.HEADINGS,
        rows=text.table(card),
        remarks=text.remarks(card),
    )


def _encode(panel):
    """Returns the base64 text of a panel's PNG."""
    figure = Figure(figsize=(5.2, 4.8), dpi=110, layout="constrained")
    panel.draw(figure.add_subplot())
    content = io.BytesIO()
    with warnings.catch_warnings():
        # A class or file name may be in a script that the font lacks: boxes will do.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure.savefig(content, format="png")
    return base64.b64encode(content.getvalue()).decode("ascii")
