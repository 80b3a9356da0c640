"""Orders of reading: each example once an epoch, and batch k a function of (seed, k) alone."""

import numpy as np
import pytest
import tensorflow as tf

from kgan.data._arrays import arrays
from kgan.errors import InputError

COUNT, BATCH = 14, 4  # three whole batches an epoch, two examples left over


def numbered(count=COUNT, mirror=False):
    """Pictures [2, 2, 1] with their number on the left and 0 on the right."""
    image = np.zeros([count, 2, 2, 1], np.uint8)
    image[:, :, 0, 0] = np.arange(count)[:, np.newaxis]
    return arrays({"image": image, "index": np.arange(count)}, mirror=mirror)


def indices(dataset, batches=-1):
    return [batch["index"].numpy().tolist() for batch in dataset.take(batches)]


@pytest.mark.parametrize("start", [0, 1, 2, 3, 7])
def test_stream_from_any_step_is_the_tail_of_the_whole(start):
    source = numbered(mirror=True)
    whole = list(source.stream(BATCH, seed=5).take(12).as_numpy_iterator())
    tail = list(source.stream(BATCH, seed=5, start_step=start).take(12 - start))
    assert len(tail) == 12 - start
    for expected, received in zip(whole[start:], tail, strict=True):
        np.testing.assert_array_equal(received["index"], expected["index"])
        np.testing.assert_array_equal(received["image"], expected["image"])


def test_an_epoch_of_the_stream_reads_each_example_at_most_once():
    batches = indices(numbered().stream(BATCH, seed=0), 300)
    epochs = np.reshape(batches, [100, 3 * BATCH])
    for epoch in epochs:
        assert len(set(epoch)) == 3 * BATCH
        assert set(epoch) <= set(range(COUNT))
    # The remainder differs from epoch to epoch, so that none is left out for good.
    left_out = [set(range(COUNT)) - set(epoch) for epoch in epochs]
    assert set().union(*left_out) == set(range(COUNT))


def test_orders_do_not_repeat_over_many_epochs_or_seeds():
    # A shuffle that reads only the low byte of its seeds repeats after 256.
    batches = indices(numbered(64).stream(64, seed=0), 600)
    assert len(set(map(tuple, batches))) == 600
    firsts = [indices(numbered(64).stream(64, seed=seed), 1)[0] for seed in (1, 257, 2**31 + 1)]
    assert len(set(map(tuple, firsts))) == 3


def test_first_example_is_uniform():
    batches = indices(numbered(8).stream(8, seed=1), 1600)
    counts = np.bincount([batch[0] for batch in batches], minlength=8)
    # 200 expected with a standard deviation of 13.
    assert counts.min() > 140 and counts.max() < 260


def test_dataset_reorders_each_time_and_repeats_from_its_seed():
    dataset = numbered().dataset(BATCH, seed=3)
    assert dataset.cardinality() == 3
    first, second = indices(dataset), indices(dataset)
    assert first != second
    assert len({index for batch in first for index in batch}) == 3 * BATCH
    again = numbered().dataset(BATCH, seed=3)
    assert [indices(again), indices(again)] == [first, second]
    assert indices(numbered().dataset(BATCH, seed=4)) != first


def test_unshuffled_dataset_reads_in_index_order():
    dataset = numbered().dataset(BATCH, shuffle=False)
    expected = np.arange(12).reshape(3, BATCH).tolist()
    assert indices(dataset) == expected and indices(dataset) == expected


def test_batches_are_static_and_stay_uint8():
    spec = numbered().stream(BATCH, seed=0).element_spec["image"]
    assert spec == tf.TensorSpec([BATCH, 2, 2, 1], tf.uint8)
    assert numbered().stream(BATCH, seed=0).cardinality() == tf.data.INFINITE_CARDINALITY


def test_mirror_flips_left_to_right_half_the_time_by_position():
    batch = next(iter(numbered(200, mirror=True).stream(200, seed=0)))
    image, index = batch["image"].numpy()[..., 0], batch["index"].numpy()
    flipped = (image[:, 0, 0] == 0) & (index != 0)
    number = np.where(flipped, image[:, 0, 1], image[:, 0, 0])
    np.testing.assert_array_equal(number, index)
    assert 70 < flipped.sum() < 130
    again = next(iter(numbered(200, mirror=True).stream(200, seed=0)))
    np.testing.assert_array_equal(again["image"], batch["image"])
    # Evaluation sees the pictures as they are.
    assert numbered(200, mirror=True).arrays()["image"][:, :, 1].max() == 0


def test_mirror_differs_from_epoch_to_epoch():
    dataset = numbered(200, mirror=True).dataset(200, shuffle=False)
    first, second = (next(iter(dataset))["image"].numpy() for _ in range(2))
    assert (first != second).any()


def test_mirror_differs_from_epoch_to_epoch_of_the_stream():
    # All pictures alike, so that only the flips tell one epoch's batch from the next one's.
    image = np.zeros([64, 1, 2, 1], np.uint8)
    image[:, :, 0] = 1
    stream = arrays(image, mirror=True).stream(64, seed=0)
    first, second = (batch["image"].numpy() for batch in stream.take(2))
    assert (first != second).any()


def test_arrays_in_index_order():
    np.testing.assert_array_equal(numbered(600).arrays()["index"], np.arange(600))
    np.testing.assert_array_equal(numbered(600).arrays(limit=300)["index"], np.arange(300))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: s.steps_per_epoch(15), "from 1 to 14.*Received: batch_size=15"),
        (lambda s: s.dataset(0), "Received: batch_size=0"),
        (lambda s: s.stream(4, seed=-1), "Received: seed=-1"),
        (lambda s: s.stream(4, seed=2**32), "Received: seed=4294967296"),
        (lambda s: s.stream(4, 0, start_step=-1), "Received: start_step=-1"),
    ],
)
def test_mistakes_are_named(call, message):
    with pytest.raises(InputError, match=message):
        call(numbered())


@pytest.mark.parametrize("kind", ["stream", "dataset"])
def test_two_replicas_get_the_two_halves_of_each_batch(kind, two_replicas):
    def make():
        source = numbered()
        return source.stream(BATCH, 7, start_step=2) if kind == "stream" else source.dataset(BATCH)

    parts = iter(two_replicas.experimental_distribute_dataset(make()))
    for batch in indices(make(), 3):
        first, second = two_replicas.experimental_local_results(next(parts)["index"])
        assert first.numpy().tolist() == batch[:2]
        assert second.numpy().tolist() == batch[2:]


def test_the_shares_of_workers_are_the_whole_batch_flips_included():
    source = numbered(40, mirror=True)
    whole = iter(source.stream(batch_size=12, seed=5, start_step=2))
    shares = [iter(source.stream(12, 5, start_step=2, share=(part, 3))) for part in range(3)]
    for _ in range(4):
        batch, parts = next(whole), [next(share) for share in shares]
        for key, values in batch.items():
            assert parts[0][key].shape[0] == 4
            np.testing.assert_array_equal(tf.concat([part[key] for part in parts], 0), values)


def test_numbered_examples_bear_their_number_and_are_not_mirrored():
    pictures = np.arange(6, dtype=np.uint8).reshape(6, 1, 1, 1) * np.uint8([1, 0]).reshape(1, 2, 1)
    source = arrays(pictures, mirror=True).number()
    for batch in source.dataset(3):
        np.testing.assert_array_equal(batch["index"], batch["image"][:, 0, 0, 0])
    assert source.arrays()["index"].tolist() == list(range(6))
    assert source.spec["index"].dtype == tf.int32
