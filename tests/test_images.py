"""Grids and walks, to the pixel."""

import numpy as np
import pytest
from PIL import Image

from kgan.errors import InputError
from kgan.images import (
    draw_grid,
    format_size,
    from_uint8,
    parse_size,
    save_grid,
    save_samples,
    save_walk,
    to_uint8,
)


def test_floats_become_grey_levels():
    floats = np.array([-2.0, -1.0, -0.5 / 127.5, 0.0, 1.0, 2.0])
    assert to_uint8(floats).tolist() == [0, 0, 127, 128, 255, 255]


def test_every_grey_level_comes_back():
    levels = np.arange(256, dtype=np.uint8).reshape(4, 64)
    floats = from_uint8(levels)
    assert floats.dtype == np.float32 and floats.shape == (4, 64)
    assert (floats[0, 0], floats[-1, -1]) == (-1.0, 1.0)
    np.testing.assert_array_equal(to_uint8(floats), levels)
    assert to_uint8(levels) is levels


def test_images_lie_row_by_row_with_a_grey_gap():
    images = np.array([10, 20, 30], np.uint8)[:, None, None, None] * np.ones((3, 2, 2, 1), np.uint8)
    page = draw_grid(images, columns=2)
    assert page[..., 0].tolist() == [
        [10, 10, 127, 20, 20],
        [10, 10, 127, 20, 20],
        [127, 127, 127, 127, 127],
        [30, 30, 127, 127, 127],
        [30, 30, 127, 127, 127],
    ]


@pytest.mark.parametrize("count, shape", [(1, (4, 4)), (4, (9, 9)), (5, (9, 14)), (64, (39, 39))])
def test_a_grid_is_the_squarest(count, shape):
    assert draw_grid(np.zeros((count, 4, 4, 3), np.uint8)).shape == (*shape, 3)


@pytest.mark.parametrize("channels, mode", [(1, "L"), (2, "LA"), (3, "RGB"), (4, "RGBA")])
def test_a_saved_grid_reads_back(tmp_path, random, channels, mode):
    images = random.integers(0, 256, (4, 8, 8, channels), np.uint8)
    save_grid(tmp_path / "grid.png", images)
    with Image.open(tmp_path / "grid.png") as read:
        assert read.mode == mode
        np.testing.assert_array_equal(np.asarray(read).reshape(17, 17, channels), draw_grid(images))


def test_a_walk_runs_there_and_back(tmp_path):
    images = np.linspace(-1, 1, 4)[:, None, None, None] * np.ones((4, 8, 8, 1), np.float32)
    save_walk(tmp_path / "walk.gif", images)
    with Image.open(tmp_path / "walk.gif") as read:
        levels = []
        for frame in range(read.n_frames):
            read.seek(frame)
            levels.append(read.convert("L").getpixel((0, 0)))
        assert read.info["loop"] == 0
    assert levels == [0, 85, 170, 255, 170, 85]


def test_a_walk_needs_two_frames(tmp_path):
    with pytest.raises(InputError, match=r"at least 2 frames. Received: frames=1"):
        save_walk(tmp_path / "walk.gif", np.zeros((1, 8, 8, 1), np.float32))
    assert not list(tmp_path.iterdir())


def test_points_are_plotted_and_higher_dimensions_refused(tmp_path, random):
    for dimension in (1, 2):
        path = tmp_path / f"{dimension}.png"
        save_samples(path, random.normal(size=(50, dimension)).astype("float32"))
        with Image.open(path) as picture:
            assert picture.size == (500, 500)
            assert len(np.unique(np.asarray(picture.convert("L")))) > 10
    with pytest.raises(InputError, match=r"shape=\(5, 3\)"):
        save_samples(tmp_path / "3.png", np.zeros((5, 3)))
    assert not (tmp_path / "3.png").exists()


def test_a_grid_of_pictures_with_alpha_is_one(tmp_path):
    save_grid(tmp_path / "a.png", np.full((3, 2, 2, 4), 200, np.uint8), columns=2)
    with Image.open(tmp_path / "a.png") as grid:
        assert (grid.mode, grid.size) == ("RGBA", (5, 5))
        alpha = np.asarray(grid)[..., 3]
    assert (alpha[:2, :2] == 200).all() and not alpha[2].any() and not alpha[3:, 3:].any()


@pytest.mark.parametrize(
    "text, size",
    [(32, (32, 32)), ("32", (32, 32)), ("48x64", (48, 64)), ("48×64", (48, 64)), ((1, 2), (1, 2))],
)
def test_a_size_is_of_a_square_or_height_and_width(text, size):
    assert parse_size(text) == size
    assert parse_size(format_size(*size)) == size


@pytest.mark.parametrize("text", [0, "", "64x", "64x0", "-3", "6.5", "wide", (2, 0), True])
def test_other_sizes_are_refused(text):
    with pytest.raises(InputError, match="Received"):
        parse_size(text)
