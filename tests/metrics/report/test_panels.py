"""The pictures of a report show what was computed."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from kgan.errors import InputError
from kgan.metrics.report.panels import Lines, Neighbours, SampleGrid, Scatter, Shares


def test_the_scatter_is_of_the_real_ones_components(random):
    along = np.outer(random.normal(size=200), [3.0, 4.0, 0.0])
    across = np.outer(random.normal(size=200), [0.0, 0.0, 1.0])
    panel = Scatter.of_features(along + across, [[3.0, 4.0, 0.0], [0.0, 0.0, 0.0]])
    share = along.var(axis=0).sum() / (along + across).var(axis=0).sum()
    assert panel.labels[0] == f"1st principal component of real ({share:.0%} of variance)"
    assert panel.title == "Real and generated features"
    apart = panel.fake[0] - panel.fake[1]
    np.testing.assert_allclose(np.abs(apart), [5.0, 0.0], atol=0.4)
    assert np.linalg.norm(apart) <= 5.0 + 1e-9


def test_points_are_shown_as_they_are(random):
    points = random.normal(size=(30, 2))
    panel = Scatter.of_features(points, points[:3])
    np.testing.assert_array_equal(panel.real, points)
    np.testing.assert_array_equal(panel.fake, points[:3])
    assert panel.title == "Real and generated points"
    assert Scatter.of_features(points[:, :1], points[:, :1]).labels == ("value",)
    with pytest.raises(InputError, match="real and fake of one shape"):
        Scatter.of_features(points, points[:, :1])


def test_the_nearest_neighbours_are_the_copies(random):
    train_images = random.integers(0, 256, (40, 4, 4, 1)).astype(np.uint8)
    fake_images = random.integers(0, 256, (20, 4, 4, 1)).astype(np.uint8)
    fake_images[[7, 12]] = train_images[[31, 2]]
    flat = [images.reshape(len(images), -1).astype(float) for images in (fake_images, train_images)]
    panel = Neighbours.of_features(
        *flat, lambda n: fake_images[n], lambda n: train_images[n], "pixels"
    )
    assert panel.images.shape == (6, 4, 4, 4, 1)
    np.testing.assert_array_equal(panel.distances[:2, 0], [0.0, 0.0])
    assert panel.distances[2, 0] > 0
    np.testing.assert_array_equal(panel.images[:2, 0], fake_images[[7, 12]])
    np.testing.assert_array_equal(panel.images[:2, 1], train_images[[31, 2]])
    gap = (panel.images[5, 0].astype(float) - panel.images[5, 3]).ravel()
    np.testing.assert_allclose(panel.distances[5, 2], np.linalg.norm(gap))


def test_shares_are_of_the_commonest_classes():
    panel = Shares.of_labels([0, 1, 1, 3], [1, 1], ("a", "b", "c", "d"), "classifier")
    np.testing.assert_array_equal(panel.real, [0.25, 0.5, 0.0, 0.25])
    np.testing.assert_array_equal(panel.fake, [0.0, 1.0, 0.0, 0.0])
    assert panel.names == ("a", "b", "c", "d")
    assert panel.title == "Shares of the classes by classifier"
    many = np.repeat(np.arange(30), np.arange(30) + 1)
    panel = Shares.of_labels(many, many, None, "x")
    assert panel.names == tuple(map(str, range(10, 30)))
    assert panel.classes == 30
    assert panel.title == "Shares of the classes by x, 20 commonest of 30"


def test_floats_are_drawn_as_the_uint8_they_are_scored_as(random):
    images = random.integers(0, 256, (70, 8, 8, 3)).astype(np.uint8)
    drawings = []
    for pictures in (images, images / 127.5 - 1.0):
        panel = SampleGrid(pictures)
        axes = Figure().add_subplot()
        panel.draw(axes)
        drawings.append(np.asarray(axes.images[0].get_array()))
        assert panel.title == "64 generated samples"
    np.testing.assert_array_equal(*drawings)
    with pytest.raises(InputError, match=r"in \[-1, 1\]"):
        SampleGrid(np.full((2, 4, 4, 1), 9.0)).draw(axes)


@pytest.mark.filterwarnings("error")
def test_long_texts_are_cut_and_leave_room_for_axes():
    figure = Figure(figsize=(5.2, 4.8), layout="constrained")
    axes = figure.add_subplot()
    panel = Lines(("short", "word " * 60))
    panel.draw(axes)
    figure.draw_without_rendering()
    first, second = axes.texts[0].get_text().splitlines()
    assert panel.title == "2 generated texts" and first == "short"
    assert len(second) <= 90 and second.endswith(" …")
