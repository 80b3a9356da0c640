"""Variety within a condition, by hand, and on generators that listen to their noise or do not."""

import numpy as np
import pytest

from kgan.data import arrays
from kgan.errors import InputError
from kgan.evaluation.variety import Told, describe_conditions, find_groups, measure_variety
from kgan.metrics import conditional_variety, raw
from kgan.models import CGAN, DCGAN, Pix2Pix


def test_it_is_the_mean_distance_of_pairs_over_the_datas():
    real = [[[0.0], [2.0], [4.0]], [[0.0], [6.0]]]  # 8/3 and 6
    fake = [[[0.0], [1.0], [2.0]], [[9.0], [9.0]]]  # 4/3 and 0
    assert conditional_variety(real, fake) == pytest.approx((4 / 3) / (8 / 3 + 6))


def test_what_has_no_variety_is_refused():
    with pytest.raises(InputError, match="all alike"):
        conditional_variety([[[1.0], [1.0]]], [[[1.0], [2.0]]])
    with pytest.raises(InputError, match="same conditions"):
        conditional_variety([[[1.0], [2.0]]], [])
    with pytest.raises(InputError):
        conditional_variety([[[1.0]]], [[[1.0]]])


@pytest.fixture
def source(random):
    images = random.integers(0, 256, (40, 8, 8, 1)).astype("uint8")
    return arrays(images, labels=np.arange(40) % 10 // 3)


def told(source, width):
    """A generator whose pictures of a label are noise of this width."""

    def make(number, seeds):
        noise = np.random.default_rng(number).uniform(-width, width, (len(seeds), 8, 8, 1))
        return noise.astype("float32")

    return Told(source, ("label",), "image", make)


def test_groups_share_a_label_and_frequent_ones_come_first(source):
    groups = find_groups(told(source, 1.0))
    assert [len(group) for group in groups] == [8, 8, 8, 4]
    for group in groups:
        assert len(set(source.examples(group)["label"])) == 1


def test_a_deaf_generator_has_none_and_a_true_one_as_much_as_the_data(source):
    assert measure_variety(told(source, 0.0), raw()) == 0.0
    assert measure_variety(told(source, 1.0), raw()) == pytest.approx(1.0, abs=0.05)
    assert measure_variety(told(source, 0.5), raw()) == pytest.approx(0.5, abs=0.03)


def test_captions_are_conditions_too(random):
    images = random.integers(0, 256, (6, 8, 8, 1)).astype("uint8")
    source = arrays(images, labels=[0, 1, 2, 3, 4, 5])
    assert measure_variety(told(source, 1.0), raw()) is None  # no two share one


def test_who_is_told_something(random):
    images = random.integers(0, 256, (6, 16, 16, 1)).astype("uint8")
    source = arrays(images, labels=[0, 1, 2, 3, 4, 5])
    assert describe_conditions(DCGAN.example(), source) is None
    assert describe_conditions(Pix2Pix.example(), source) is None
    gan = CGAN.example(image_shape=(16, 16, 1))
    described = describe_conditions(gan, source)
    assert (described.keys, described.key) == (("label",), "image")
    images = described.make(3, [5, 6])
    label = source.examples([3])["label"][0]
    np.testing.assert_allclose(images, gan.sample([5, 6], {"label": int(label)}), atol=1e-6)
