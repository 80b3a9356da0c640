"""The page about a card: what it shows is what was computed, and nothing lies over anything."""

import itertools
import re

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from PIL import Image

from kgan.errors import InputError
from kgan.metrics.card import Card, MetricName, Score
from kgan.metrics.report import page as report_page
from kgan.metrics.report import report
from kgan.metrics.report import text as report_text


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
def page(card, random):
    images = random.integers(0, 256, (70, 8, 8, 3)).astype(np.uint8)
    real = random.normal(size=(50, 5))
    pick = images.__getitem__
    found = report.neighbours(real[:9] + 0.1, real, pick, pick, "features of inception-2015")
    return report.Report(
        "runs/with_a_rather_long_name (variant, 1000 rounds) against " + "data " * 20,
        card,
        report.scatter(real, real + 1.0),
        images,
        found,
        report.shares([0, 1, 1], [1, 1, 2], ("zero", "one", "two"), "classifier"),
    )


def test_the_scatter_is_of_the_real_ones_components(random):
    along = np.outer(random.normal(size=200), [3.0, 4.0, 0.0])
    across = np.outer(random.normal(size=200), [0.0, 0.0, 1.0])
    found = report.scatter(along + across, [[3.0, 4.0, 0.0], [0.0, 0.0, 0.0]])
    share = along.var(axis=0).sum() / (along + across).var(axis=0).sum()
    assert found.axes[0] == f"1st principal component of real ({share:.0%} of variance)"
    apart = found.fake[0] - found.fake[1]
    np.testing.assert_allclose(np.abs(apart), [5.0, 0.0], atol=0.4)
    assert np.linalg.norm(apart) <= 5.0 + 1e-9


def test_points_are_shown_as_they_are(random):
    points = random.normal(size=(30, 2))
    found = report.scatter(points, points[:3])
    np.testing.assert_array_equal(found.real, points)
    np.testing.assert_array_equal(found.fake, points[:3])
    assert report.scatter(points[:, :1], points[:, :1]).axes == ("value",)
    with pytest.raises(InputError, match="real and fake of one shape"):
        report.scatter(points, points[:, :1])


def test_the_nearest_neighbours_are_the_copies(random):
    train_images = random.integers(0, 256, (40, 4, 4, 1)).astype(np.uint8)
    fake_images = random.integers(0, 256, (20, 4, 4, 1)).astype(np.uint8)
    fake_images[[7, 12]] = train_images[[31, 2]]
    flat = [images.reshape(len(images), -1).astype(float) for images in (fake_images, train_images)]
    found = report.neighbours(*flat, lambda n: fake_images[n], lambda n: train_images[n], "pixels")
    assert found.images.shape == (6, 4, 4, 4, 1)
    np.testing.assert_array_equal(found.distances[:2, 0], [0.0, 0.0])
    assert found.distances[2, 0] > 0
    np.testing.assert_array_equal(found.images[:2, 0], fake_images[[7, 12]])
    np.testing.assert_array_equal(found.images[:2, 1], train_images[[31, 2]])
    gap = (found.images[5, 0].astype(float) - found.images[5, 3]).ravel()
    np.testing.assert_allclose(found.distances[5, 2], np.linalg.norm(gap))


def test_shares_are_of_the_commonest_classes():
    found = report.shares([0, 1, 1, 3], [1, 1], ("a", "b", "c", "d"), "classifier")
    np.testing.assert_array_equal(found.real, [0.25, 0.5, 0.0, 0.25])
    np.testing.assert_array_equal(found.fake, [0.0, 1.0, 0.0, 0.0])
    assert found.names == ("a", "b", "c", "d")
    many = np.repeat(np.arange(30), np.arange(30) + 1)
    found = report.shares(many, many, None, "x")
    assert found.names == tuple(map(str, range(10, 30)))
    assert found.classes == 30


def test_the_table_has_value_spread_ideal_and_bias(card):
    first, second = report_text.table(card)
    expected = ("fid/inception-2015/50000/clean", "3.3 ± 0.14", "2", "", "0.12", "lower")
    assert first == expected
    assert second[1:] == ("0.4", "1", "0.46", "", "near the ideal")
    remarks = report_text.remarks(card)
    assert remarks[0].startswith("warning: fid/inception-2015")
    assert any("TF-GAN 2.1.0 3.2: agree" in line for line in remarks)
    assert any("seeds from 0, 50000" in line for line in remarks)
    assert remarks[-1] == "note: another"


def test_no_text_of_the_page_lies_over_another(page, monkeypatch):
    drawn, draw = {}, Text.draw

    def record(text, renderer):
        if text.get_text().strip() and text.get_visible():
            drawn[text] = text.get_window_extent(renderer)
        draw(text, renderer)

    monkeypatch.setattr(Text, "draw", record)
    figure = report_page.drawn(page)
    figure.draw(FigureCanvasAgg(figure).get_renderer())
    assert len(drawn) > 60
    width, height = figure.get_size_inches() * figure.dpi
    for text, box in drawn.items():
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
        assert inside, text.get_text()
    for (one, first), (other, second) in itertools.combinations(drawn.items(), 2):
        x = min(first.x1, second.x1) - max(first.x0, second.x0)
        y = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert x <= 1 or y <= 1, (one.get_text(), other.get_text())


def test_the_png_is_one_page(page, tmp_path):
    page.write_png(tmp_path / "report.png")
    with Image.open(tmp_path / "report.png") as picture:
        assert picture.size[0] == 1100
        assert len(np.unique(np.asarray(picture.convert("L")))) > 50
    assert [path.name for path in tmp_path.iterdir()] == ["report.png"]


def test_the_html_is_whole_by_itself(page, tmp_path):
    page.write_html(tmp_path / "report.html")
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert html.count('src="data:image/png;base64,') == html.count("<img") == 4
    assert "<script" not in html and "http" not in html and "<link" not in html
    assert "&lt;b&gt;a folder&lt;/b&gt; &amp; its files" in html and "<b>a" not in html
    assert html.count('<li class="warning">') == 1
    cells = re.findall("<td>(.*?)</td>", html)
    assert cells[:2] == ["fid/inception-2015/50000/clean", "3.3 ± 0.14"]


def test_points_need_no_pictures(card, random, tmp_path):
    for width in (1, 2):
        points = random.normal(size=(30, width))
        plain = report.Report("points", card, report.scatter(points, points + 9.0))
        assert len(plain.panels()) == 1
        plain.write_png(tmp_path / f"{width}.png")
        assert (tmp_path / f"{width}.png").stat().st_size > 10_000
