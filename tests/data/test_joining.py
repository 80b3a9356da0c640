"""Unpaired sides: every example of both, in orders that have nothing to do with each other."""

import numpy as np
import pytest
import tensorflow as tf

import kgan.data
from kgan.data._arrays import arrays_source
from kgan.data._joining import two_sides
from kgan.errors import InputError


def numbered(count, first=0, size=1):
    images = np.zeros([count, size, 2, 1], np.uint8)
    images[:, :, 0] = np.arange(first, first + count).reshape(-1, 1, 1)
    return arrays_source(images)


def read(batch):
    """Returns the numbers [2, B] that the pictures of a batch carry."""
    return np.stack([np.max(batch[key], axis=(1, 2, 3)) for key in "ab"])


def epochs(dataset, count):
    batches = [read(batch) for batch in dataset.as_numpy_iterator()]
    return np.split(np.concatenate(batches, axis=1), count, axis=1)


SOURCE = two_sides(numbered(12), numbered(12, 100))


def test_each_epoch_reads_each_side_once_and_pairs_anew():
    partners = []
    for a, b in epochs(SOURCE.stream(4, seed=0).take(3 * 50), 50):
        assert sorted(a) == list(range(12)) and sorted(b) == list(range(100, 112))
        partners.append(tuple(b[np.argsort(a)]))
    assert len(set(partners)) == 50
    # Independent orders: 0 meets each of the 12 about 50 / 12 times, and never in one order.
    assert len({partner[0] for partner in partners}) > 8


def test_orders_are_independent_not_a_shift_or_the_same():
    gaps = [(b - a) % 12 for a, b in epochs(SOURCE.stream(12, seed=3).take(40), 40)]
    assert min(len(set(gap)) for gap in gaps) > 3


def test_an_order_is_that_of_the_side_alone():
    # The first side reads what a source without another side would: sides add, and change nothing.
    alone = numbered(12).stream(4, seed=7).take(9).as_numpy_iterator()
    both = SOURCE.stream(4, seed=7).take(9).as_numpy_iterator()
    for expected, received in zip(alone, both, strict=True):
        np.testing.assert_array_equal(received["a"], expected["image"])


@pytest.mark.parametrize("start", [0, 2, 3, 7])
def test_stream_from_any_step_is_the_tail_of_the_whole(start):
    source = two_sides(numbered(14), numbered(5, 100), mirror=True)
    whole = list(source.stream(4, seed=5).take(12).as_numpy_iterator())
    tail = list(source.stream(4, seed=5, start_step=start).take(12 - start).as_numpy_iterator())
    for expected, received in zip(whole[start:], tail, strict=True):
        for key in "ab":
            np.testing.assert_array_equal(received[key], expected[key])


def test_the_shorter_side_begins_again_without_favourites():
    source = two_sides(numbered(12), numbered(5, 100))
    assert source.count == 12 and source.steps_per_epoch(4) == 3
    counts = np.zeros(5)
    for a, b in epochs(source.stream(4, seed=0).take(3 * 100), 100):
        assert sorted(a) == list(range(12))
        times = np.bincount(b - 100, minlength=5)
        assert times.min() == 2 and times.max() == 3 and len(set(b[:5])) == 5
        counts += times
    # 240 expected of each with a standard deviation of 4.9; a fixed remainder would give 200, 300.
    assert np.abs(counts - 240).max() < 25


def test_dataset_pairs_anew_each_time_and_repeats_from_its_seed():
    dataset = SOURCE.dataset(12, seed=3)
    first, second = (epochs(dataset, 1)[0] for _ in range(2))
    assert (first != second).any(axis=1).all()
    np.testing.assert_array_equal(epochs(SOURCE.dataset(12, seed=3), 1)[0], first)
    assert dataset.element_spec["b"] == tf.TensorSpec([12, 1, 2, 1], tf.uint8)


def test_without_shuffling_each_side_is_in_index_order():
    source = two_sides(numbered(6), numbered(4, 100))
    expected = [[0, 1, 2, 3, 4, 5], [100, 101, 102, 103, 100, 101]]
    np.testing.assert_array_equal(epochs(source.dataset(3, shuffle=False), 1)[0], expected)
    np.testing.assert_array_equal(read(source.arrays()), expected)
    np.testing.assert_array_equal(read(source.arrays(limit=2)), [[0, 1], [100, 101]])


def test_mirror_flips_both_pictures_of_a_pair_together():
    images = np.zeros([200, 1, 2, 1], np.uint8)
    images[:, :, 0] = 1
    pairs = arrays_source({"image": images, "source": images, "target": images}, mirror=True)
    batch = next(pairs.stream(200, seed=0).as_numpy_iterator())
    np.testing.assert_array_equal(batch["source"], batch["target"])
    assert 70 < batch["source"][:, 0, 1, 0].sum() < 130
    sides = two_sides(arrays_source(images), arrays_source(images), mirror=True)
    batch = next(sides.stream(200, seed=0).as_numpy_iterator())
    assert 70 < batch["b"][:, 0, 1, 0].sum() < 130


def test_two_replicas_get_the_two_halves_of_each_batch(two_replicas):
    parts = iter(two_replicas.experimental_distribute_dataset(SOURCE.stream(4, 7)))
    for batch in SOURCE.stream(4, 7).take(3).as_numpy_iterator():
        halves = two_replicas.experimental_local_results(next(parts)["b"])
        np.testing.assert_array_equal(np.concatenate(halves), batch["b"])


def test_notes_and_names_of_both():
    assert SOURCE.sides == (12, 12) and SOURCE.name == "two_sides"
    assert kgan.data.two_sides is two_sides


def test_pictures_of_two_shapes_are_refused():
    with pytest.raises(InputError, match=r"a=1x2x1 uint8, b=3x2x1 uint8"):
        two_sides(numbered(2), numbered(2, size=3))
