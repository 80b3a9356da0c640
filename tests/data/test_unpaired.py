"""Unpaired sides: every example of both, in orders that have nothing to do with each other."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import kgan.data
from kgan.data._arrays import arrays
from kgan.data._unpaired import join_sides, unpaired
from kgan.errors import InputError


def fill(folder, values):
    folder.mkdir(parents=True, exist_ok=True)
    for value in values:
        Image.new("RGB", (8, 8), (value,) * 3).save(folder / f"{value:03}.png")
    return folder


def test_folders_of_different_lengths(tmp_path):
    a, b = fill(tmp_path / "a", range(5)), fill(tmp_path / "b", range(100, 112))
    source = unpaired(f"{a},{b}", size=4)
    assert source.sides == (5, 12) and source.count == 12
    assert source.spec == {key: tf.TensorSpec((4, 4, 3), tf.uint8) for key in "ab"}
    batches = list(source.stream(4, seed=0).take(3).as_numpy_iterator())
    assert sorted(np.concatenate([batch["b"][:, 0, 0, 0] for batch in batches])) == [
        *range(100, 112)
    ]
    assert {value for batch in batches for value in batch["a"][:, 0, 0, 0]} == set(range(5))


def test_a_dataset_with_options(tmp_path):
    a, b = fill(tmp_path / "a", [3]), fill(tmp_path / "b", [5])
    batch = next(iter(kgan.data.unpaired(f"{a}, {b}", size=2, channels=1).dataset(1)))
    assert batch["a"].shape == (1, 2, 2, 1) and batch["a"][0, 0, 0, 0] == 3


def test_names_with_commas(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fill(tmp_path / "a,b", [1])
    fill(tmp_path / "c", [2])
    whole = unpaired("a,b,c", size=8).arrays()
    assert whole["a"].max() == 1 and whole["b"].min() == 2


def test_notes_say_which_folder(tmp_path):
    a, b = fill(tmp_path / "a", [1]), fill(tmp_path / "b", [2])
    (b / "bad.png").write_bytes(b"")
    assert unpaired(f"{a},{b}", size=8).notes == (
        f"{b}: 1 of 2 pictures skipped: bad.png (empty file)",
    )


@pytest.mark.parametrize(
    ("folders", "message"),
    [
        ("a", "Expected two folders with a comma.*Received: folders='a'. Write unpaired:FIRST,SEC"),
        ("a,", "Expected two folders with a comma.*Received: folders='a,'"),
        (",a", "Expected two folders with a comma.*Received: folders=',a'"),
        ("a,empty/../a", "Expected two folders. Received: .*, the same one twice"),
        ("a,nowhere", "Received: folder='nowhere' .nothing there"),
        ("a,empty", "Received: folder='empty' with no files"),
    ],
)
def test_mistakes_are_named(tmp_path, monkeypatch, folders, message):
    monkeypatch.chdir(tmp_path)
    fill(tmp_path / "a", [1])
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=message):
        unpaired(folders)


def test_both_doors_open_by_name(tmp_path):
    a, b = fill(tmp_path / "x" / "a", [1, 2]), fill(tmp_path / "x" / "b", [1, 2])
    assert kgan.data.open_source(f"unpaired:{a},{b}", {"size": 4}).sides == (2, 2)
    assert kgan.data.open_source(f"pairs:{tmp_path / 'x'}", {"size": 4}).count == 2


def numbered(count, first=0, size=1):
    images = np.zeros([count, size, 2, 1], np.uint8)
    images[:, :, 0] = np.arange(first, first + count).reshape(-1, 1, 1)
    return arrays(images)


def read(batch):
    """Returns the numbers [2, B] that the pictures of a batch carry."""
    return np.stack([np.max(batch[key], axis=(1, 2, 3)) for key in "ab"])


def epochs(dataset, count):
    batches = [read(batch) for batch in dataset.as_numpy_iterator()]
    return np.split(np.concatenate(batches, axis=1), count, axis=1)


SOURCE = join_sides(numbered(12), numbered(12, 100))


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
    source = join_sides(numbered(14), numbered(5, 100), mirror=True)
    whole = list(source.stream(4, seed=5).take(12).as_numpy_iterator())
    tail = list(source.stream(4, seed=5, start_step=start).take(12 - start).as_numpy_iterator())
    for expected, received in zip(whole[start:], tail, strict=True):
        for key in "ab":
            np.testing.assert_array_equal(received[key], expected[key])


def test_the_shorter_side_begins_again_without_favourites():
    source = join_sides(numbered(12), numbered(5, 100))
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
    source = join_sides(numbered(6), numbered(4, 100))
    expected = [[0, 1, 2, 3, 4, 5], [100, 101, 102, 103, 100, 101]]
    np.testing.assert_array_equal(epochs(source.dataset(3, shuffle=False), 1)[0], expected)
    np.testing.assert_array_equal(read(source.arrays()), expected)
    np.testing.assert_array_equal(read(source.arrays(limit=2)), [[0, 1], [100, 101]])


def test_mirror_flips_both_pictures_of_a_pair_together():
    images = np.zeros([200, 1, 2, 1], np.uint8)
    images[:, :, 0] = 1
    pairs = arrays({"image": images, "source": images, "target": images}, mirror=True)
    batch = next(pairs.stream(200, seed=0).as_numpy_iterator())
    np.testing.assert_array_equal(batch["source"], batch["target"])
    assert 70 < batch["source"][:, 0, 1, 0].sum() < 130
    sides = join_sides(arrays(images), arrays(images), mirror=True)
    batch = next(sides.stream(200, seed=0).as_numpy_iterator())
    assert 70 < batch["b"][:, 0, 1, 0].sum() < 130


def test_two_replicas_get_the_two_halves_of_each_batch(two_replicas):
    parts = iter(two_replicas.experimental_distribute_dataset(SOURCE.stream(4, 7)))
    for batch in SOURCE.stream(4, 7).take(3).as_numpy_iterator():
        halves = two_replicas.experimental_local_results(next(parts)["b"])
        np.testing.assert_array_equal(np.concatenate(halves), batch["b"])


def test_notes_and_names_of_both():
    assert SOURCE.sides == (12, 12) and SOURCE.name == "unpaired"
    assert kgan.data.join_sides is join_sides


def test_pictures_of_two_shapes_are_refused():
    with pytest.raises(InputError, match=r"a=1x2x1 uint8, b=3x2x1 uint8"):
        join_sides(numbered(2), numbered(2, size=3))
