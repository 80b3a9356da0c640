"""The page about a card: whole by itself, escaped, and nothing lies over anything."""

import base64
import io
import itertools
import re

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from PIL import Image

from kgan.metrics.card import Card, MetricName, Score
from kgan.metrics.report import text
from kgan.metrics.report.page import Report
from kgan.metrics.report.panels import Neighbours, SampleGrid, Scatter, Shares


@pytest.fixture
def card():
    scores = (
        Score(
            MetricName("fid", "inception-2015", 50_000, "clean"), (3.2, 3.4), None, 0.123,
            "fid: kgan 3.2, TF-GAN 2.1.0 3.2: agree (relative difference 1.0e-12)",
            ("fid/inception-2015/50000/clean: about 0.123 of 3.3 is due to so few samples " * 3,),
        ),
        Score(MetricName("authenticity", "inception-2015", 50_000, "clean"), (0.4,), 0.46),
    )  # fmt: skip
    notes = ("<b>a folder</b> & its files: " + "x" * 200, "another")
    return Card(scores, "inception-2015", "ab" * 32, "clean", 400, 50_000, (0, 50_000), notes=notes)


@pytest.fixture
def report(card, random):
    images = random.integers(0, 256, (70, 8, 8, 3)).astype(np.uint8)
    real = random.normal(size=(50, 5))
    pick = images.__getitem__
    return Report(
        "runs/with_a_rather_long_name (variant, 1000 rounds) against " + "data " * 20,
        card,
        [
            SampleGrid(images),
            Neighbours.of_features(real[:9] + 0.1, real, pick, pick, "features of inception-2015"),
            Scatter.of_features(real, real + 1.0),
            Shares.of_labels([0, 1, 1], [1, 1, 2], ("zero", "<one>", "二"), "classifier"),
        ],
    )


def html_of(report, folder):
    report.write(folder / "report.html")
    assert [path.name for path in folder.iterdir()] == ["report.html"]
    return (folder / "report.html").read_text(encoding="utf-8")


def pictures_of(html):
    encoded = re.findall(r'src="data:image/png;base64,([^"]*)"', html)
    return [Image.open(io.BytesIO(base64.b64decode(text))) for text in encoded]


def test_the_table_has_value_spread_ideal_and_bias(card):
    first, second = text.table(card)
    expected = ("fid/inception-2015/50000/clean", "3.3 ± 0.14", "2", "", "0.12", "lower")
    assert first == expected
    assert second[1:] == ("0.4", "1", "0.46", "", "near the ideal")
    remarks = text.remarks(card)
    assert remarks[0].startswith("warning: fid/inception-2015")
    assert any("TF-GAN 2.1.0 3.2: agree" in line for line in remarks)
    assert any("seeds from 0, 50000" in line for line in remarks)
    assert remarks[-1] == "note: another"


def test_no_text_of_a_picture_lies_over_another(report, monkeypatch, tmp_path):
    drawings, draw = {}, Text.draw

    def record(words, renderer):
        if words.get_text().strip() and words.get_visible():
            canvas = words.figure.canvas
            drawings.setdefault(canvas, {})[words] = words.get_window_extent(renderer)
        draw(words, renderer)

    monkeypatch.setattr(Text, "draw", record)
    report.write(tmp_path / "report.html")
    drawings = {canvas: boxes for canvas, boxes in drawings.items() if boxes}
    assert len(drawings) == 3  # the grid of samples has no words
    assert sum(map(len, drawings.values())) > 40
    for canvas, boxes in drawings.items():
        assert isinstance(canvas, FigureCanvasAgg)
        width, height = canvas.get_width_height()
        for words, box in boxes.items():
            inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
            assert inside, words.get_text()
        for (one, first), (other, second) in itertools.combinations(boxes.items(), 2):
            x = min(first.x1, second.x1) - max(first.x0, second.x0)
            y = min(first.y1, second.y1) - max(first.y0, second.y0)
            assert x <= 1 or y <= 1, (one.get_text(), other.get_text())


def test_the_pictures_are_drawn(report, tmp_path):
    pictures = pictures_of(html_of(report, tmp_path))
    assert len(pictures) == 4
    for picture in pictures:
        assert picture.size == (572, 528)
        assert len(np.unique(np.asarray(picture.convert("L")))) > 50


def test_the_html_is_whole_by_itself(report, tmp_path):
    html = html_of(report, tmp_path)
    assert html.count('src="data:image/png;base64,') == html.count("<img") == 4
    assert "<script" not in html and "http" not in html and "<link" not in html
    assert "&lt;b&gt;a folder&lt;/b&gt; &amp; its files" in html and "<b>a" not in html
    assert html.count('<li class="warning">') == 1
    cells = re.findall("<td>(.*?)</td>", html)
    assert cells[:2] == ["fid/inception-2015/50000/clean", "3.3 ± 0.14"]


def test_points_need_no_pictures(card, random, tmp_path):
    for width in (1, 2):
        points = random.normal(size=(30, width))
        plain = Report("points", card, [Scatter.of_features(points, points + 9.0)])
        plain.write(tmp_path / f"{width}.html")
        (picture,) = pictures_of((tmp_path / f"{width}.html").read_text(encoding="utf-8"))
        assert len(np.unique(np.asarray(picture.convert("L")))) > 20
