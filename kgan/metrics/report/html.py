"""The page of a report as HTML: one file, pictures inside, no scripts, nothing fetched."""

import base64
import html
import io

from matplotlib.figure import Figure

from kgan.metrics.report import page, panels
from kgan.metrics.report import text as report_text

_STYLE = """\
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem;
       color: #222; background: #fff }
h1 { font-size: 1.3rem } figure { margin: 1rem 0; display: inline-block; vertical-align: top;
       width: min(30rem, 100%) } img { width: 100% } figcaption { font-weight: 600 }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .3rem .8rem
       .3rem 0; border-bottom: 1px solid #ddd; font-variant-numeric: tabular-nums }
.warning { color: #a00000 } li { overflow-wrap: anywhere }"""


def text(report):
    """Returns the HTML of a `Report`."""
    title = html.escape(report.title)
    rows = [_row(row, "td") for row in report_text.table(report.card)]
    lines = [_remark(line) for line in report_text.remarks(report.card)]
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title>\n<style>\n{_STYLE}\n</style></head>",
            f"<body>\n<h1>{title}</h1>",
            *(_figure(panel) for panel in report.panels()),
            f"<table>\n<thead>{_row(report_text.HEADINGS, 'th')}</thead>\n<tbody>",
            *rows,
            "</tbody></table>\n<ul>",
            *lines,
            "</ul>\n</body>\n</html>\n",
        ]
    )


def _remark(line):
    kind = "warning" if line.startswith("warning") else "note"
    return f'<li class="{kind}">{html.escape(line)}</li>'


def _row(cells, tag):
    return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"


def _figure(panel):
    """Returns a panel as an embedded PNG with its caption."""
    drawn = Figure(figsize=(5.2, 4.8), dpi=110, layout="constrained")
    panels.draw(drawn.add_subplot(), panel)
    written = io.BytesIO()
    with page.any_script():
        drawn.savefig(written, format="png")
    encoded = base64.b64encode(written.getvalue()).decode("ascii")
    name = html.escape(panels.title(panel))
    return (
        f'<figure><figcaption>{name}</figcaption><img alt="{name}" '
        f'src="data:image/png;base64,{encoded}"></figure>'
    )
