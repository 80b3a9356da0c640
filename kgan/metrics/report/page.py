"""The report: a card with pictures of the samples that were scored, as one HTML page.

Example:
    >>> report = Report("runs/mine against digits", card, [Scatter.of_features(real, fake)])
    >>> report.write("report.html")
"""

import dataclasses
from collections.abc import Sequence

from kgan.files import write_text
from kgan.metrics.card import Card
from kgan.metrics.report.panels import Panel
from kgan.types import PathLike


@dataclasses.dataclass(frozen=True)
class Report:
    """One page about one card.

    Args:
        title: what was compared with what.
        card: `Card`.
        panels: its pictures, in the order of reading; see `kgan.metrics.report.panels`.
    """

    title: str
    card: Card
    panels: Sequence[Panel]

    def write(self, path: PathLike) -> None:
        """Writes the page as one self-contained HTML file without scripts, atomically."""
        from kgan.metrics.report import html  # matplotlib and jinja2, which only this needs

        write_text(path, html.render(self.title, self.card, self.panels))
