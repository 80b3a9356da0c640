"""Baselines by hand: what a simple answer to each task is."""

import numpy as np
import pytest
import tensorflow as tf

from kgan import data as sources
from kgan.evaluation import baselines


@pytest.fixture
def pictures(random):
    return random.integers(0, 256, (6, 16, 16, 3), np.uint8)


def answer(source, target, train=None, **more):
    """Returns `{name: pictures}` of the baselines for all examples, the last one first."""
    data = sources.arrays({"source": source, "target": target, **more})
    order = np.arange(len(source))[::-1]
    pickers = baselines.list_baselines(data, order, train or data)
    return {name: pick(range(len(source)))[::-1] for name, pick in pickers.items()}


def test_small_pictures_are_enlarged(pictures):
    small = pictures[:, ::4, ::4]
    answers = answer(small, pictures)
    assert list(answers) == ["bicubic", "nearest neighbour"]
    expected = tf.image.resize(small, (16, 16), "bicubic").numpy().clip(0, 255).round()
    np.testing.assert_array_equal(answers["bicubic"], expected)
    np.testing.assert_array_equal(answers["nearest neighbour"], pictures)


def test_grey_stays_grey_and_others_are_copied(pictures):
    grey = pictures[..., :1]
    np.testing.assert_array_equal(answer(grey, pictures)["grey"], np.repeat(grey, 3, axis=3))
    np.testing.assert_array_equal(answer(255 - pictures, pictures)["copying"], 255 - pictures)


def test_the_nearest_is_of_the_training_examples(pictures):
    train = sources.arrays({"source": pictures[:3], "target": 255 - pictures[:3]})
    near = np.minimum(pictures[:3].astype(int) + 3, 255).astype(np.uint8)
    answers = answer(near, near, train)
    np.testing.assert_array_equal(answers["nearest neighbour"], 255 - pictures[:3])


def test_holes_are_filled_with_the_mean_and_with_a_membrane():
    """A ramp is its own membrane, also where the hole meets the border: there it is level."""
    ramp = np.broadcast_to(10 * np.arange(16, dtype=np.uint8)[:, None, None], (16, 16, 1))
    images = np.stack([ramp] * 3)
    mask = np.zeros((3, 16, 16, 1), np.uint8)
    mask[0, 4:9, 3:12] = mask[1, 13:] = 255
    source = np.where(mask > 0, 128, images).astype(np.uint8)
    answers = answer(source, images, mask=mask)
    filled = answers["membrane"]
    np.testing.assert_array_equal(filled[0], images[0])
    np.testing.assert_array_equal(filled[1, 13:], 120)
    np.testing.assert_array_equal(filled[2], images[2])
    mean = source[1][mask[1] == 0].mean()
    np.testing.assert_array_equal(answers["mean fill"][1, 13:], round(mean))
    for name in answers.keys() - {"nearest neighbour"}:
        np.testing.assert_array_equal(answers[name][mask == 0], source[mask == 0])
