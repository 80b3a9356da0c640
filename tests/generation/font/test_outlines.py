"""Outlines of pictures: as near as promised, smooth, with corners, and without crossings."""

import numpy as np
import pytest

from kgan.data import FontFile, Frame
from kgan.data._fonts.font_files import list_font_files
from kgan.generation.font.curves import fit_line
from kgan.generation.font.outlines import (
    find_crossings,
    flatten,
    measure_area,
    sharpen,
    trace_outlines,
)
from kgan.generation.font.typeface import Names, read_metrics, write_typeface


def disc(radius, size=32, middle=16.0):
    """A disc, as areas of pixels."""
    fine = (np.arange(8 * size) + 0.5) / 8 - middle
    inside = fine[:, np.newaxis] ** 2 + fine**2 <= radius**2
    return inside.reshape(size, 8, size, 8).mean(axis=(1, 3))


def test_a_square_has_four_corners_where_they_are():
    picture = np.zeros((16, 16))
    picture[4:12, 3:13] = 1.0
    (contour,) = trace_outlines(picture)
    assert all(on for _, _, on in contour) and len(contour) == 4
    corners = np.array(contour)[:, :2]
    for expected in ((3, 4), (3, 12), (13, 4), (13, 12)):
        assert np.linalg.norm(corners - expected, axis=1).min() < 0.2


def test_a_disc_is_round_between_pixels():
    for radius in (3.3, 9.7):
        (contour,) = trace_outlines(disc(radius))
        distances = np.linalg.norm(flatten(contour) - 16.0, axis=1)
        np.testing.assert_allclose(distances, radius, atol=0.2)
        assert abs(abs(measure_area(flatten(contour))) / (np.pi * radius**2) - 1) < 0.03
        assert len(contour) <= 24


def test_a_hole_runs_the_other_way_round():
    outer, inner = trace_outlines(disc(10.0) - disc(5.0))
    areas = [measure_area(flatten(contour)) for contour in (outer, inner)]
    assert areas[0] * areas[1] < 0


@pytest.mark.parametrize("width", [0.6, 0.8])
def test_a_hairline_stays_as_wide_as_it_was(width):
    picture = np.zeros((16, 16))
    picture[3:13, 8] = width  # nowhere full
    (contour,) = trace_outlines(picture)
    assert abs(abs(measure_area(flatten(contour))) / picture.sum() - 1) < 0.15
    assert sharpen(picture).shape == (64, 64)


def test_noise_on_a_blank_page_is_nothing(random):
    assert trace_outlines(np.zeros((16, 16))) == []
    assert trace_outlines(0.1 * random.random((32, 32))) == []


def test_crossings_are_counted():
    bow = [(0.0, 0.0, True), (4.0, 4.0, True), (4.0, 0.0, True), (0.0, 4.0, True)]
    square = [(0.0, 0.0, True), (4.0, 0.0, True), (4.0, 4.0, True), (0.0, 4.0, True)]
    moved = [(x + 2.0, y + 2.0, on) for x, y, on in square]
    apart = [(x + 9.0, y, on) for x, y, on in square]
    assert find_crossings([bow]) == 1
    assert find_crossings([square]) == find_crossings([square, apart]) == 0
    assert find_crossings([square, moved]) == 2


def test_points_on_a_curve_come_back():
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    ellipse = np.stack([20 + 12 * np.cos(angle), 20 + 7 * np.sin(angle)], axis=1)
    chain = fit_line(ellipse, 0.05)
    assert len(chain) <= 12
    for one, other in zip(chain, [*chain[1:], chain[0]], strict=True):
        np.testing.assert_allclose(one[-1], other[0], atol=1e-9)
    t = np.linspace(0, 1, 20)[:, np.newaxis]
    for curve in chain:
        a, b, c, d = curve
        points = (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d
        off = ((points - 20) / (12, 7)) ** 2
        np.testing.assert_allclose(off.sum(axis=1), 1.0, atol=0.03)


@pytest.mark.parametrize("name", ["DejaVuSans", "STIXGeneralItalic"])
def test_a_fonts_rasters_become_a_font_that_draws_them_again(name, tmp_path):
    (font,), characters = list_font_files([name]), "AGQWaegms&@ß"
    frame = Frame.fit(font, characters, 64)
    metrics = read_metrics(font.path)
    pictures = frame.draw(font, characters) / 255.0
    outlines, points = {}, 0
    for character, picture in zip(characters, pictures, strict=True):
        contours = trace_outlines(picture)
        assert find_crossings(contours) == 0
        points += sum(map(len, contours))
        units, middle = metrics.units / frame.em, metrics.advances[character] / 2
        outlines[character] = [
            [((x - 32) * units + middle, (frame.baseline - y) * units, on) for x, y, on in contour]
            for contour in contours
        ]
    path = tmp_path / "again.ttf"
    write_typeface(path, outlines, metrics, Names("Again", "", "", ""))
    again = frame.draw(FontFile(path, 0, "again"), characters) / 255.0
    errors = np.sqrt(((again - pictures) ** 2).mean(axis=(1, 2)))
    assert np.sqrt((errors**2).mean()) < 0.05 and errors.max() < 0.08
    assert path.stat().st_size / points < 40 and points / len(characters) < 90
