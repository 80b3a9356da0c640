"""What is fed to `fit`: images in another range are refused or announced before the first round."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.images import to_uint8
from kgan.models.core.batches import check_first_batch, check_images, name_tensors, shuffle
from kgan.models.gan import GAN
from kgan.random import RandomStream

SHAPES = {"image": (4, 4, 1)}


def pictures(low, high, dtype="float32"):
    return np.random.default_rng(0).uniform(low, high, (8, 4, 4, 1)).astype(dtype)


class Batches(keras.utils.PyDataset):
    def __init__(self, images):
        super().__init__()
        self.images = images

    def __len__(self):
        return 2

    def __getitem__(self, index):
        return self.images, np.zeros(len(self.images))


FORMS = {
    "array": lambda images: images,
    "tensor": tf.constant,
    "dict": lambda images: {"image": images},
    "dataset": lambda images: tf.data.Dataset.from_tensor_slices(images).batch(4),
    "labelled": lambda images: tf.data.Dataset.from_tensors((images, np.zeros(8, "int32"))),
    "named": lambda images: tf.data.Dataset.from_tensors({"image": images}),
    "keras": Batches,
    "generator": lambda images: (images for _ in range(2)),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("low, high", [(0, 255), (-2.1, 2.6), (0, 2), (-128, 127)])
def test_images_out_of_range_are_refused_in_a_line(form, low, high):
    with pytest.raises(InputError, match=r"Expected uint8 images, or floating-point") as caught:
        check_first_batch(FORMS[form](pictures(low, high)), SHAPES)
    assert "image in [" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nan_is_refused(form, bad):
    images = pictures(-1, 1)
    images[3, 0, 0] = bad
    with pytest.raises(InputError, match=r"Expected finite images. Received: image with NaN"):
        check_first_batch(FORMS[form](images), SHAPES)


@pytest.mark.parametrize("form", FORMS)
def test_images_in_0_to_1_are_announced_and_kept(form, capsys):
    check_first_batch(FORMS[form](pictures(0, 1)), SHAPES)
    err = capsys.readouterr().err
    assert err.startswith("image is in [0, 1], and is taken as it is") and err.count("\n") == 1


@pytest.mark.parametrize("form", FORMS)
def test_others_pass_in_silence_and_whole(form, capsys):
    images = pictures(-1, 1)
    data = check_first_batch(FORMS[form](images), SHAPES)
    assert capsys.readouterr().err == ""
    if form == "generator":
        assert [len(batch) for batch in data] == [8, 8]  # nothing is lost by the look
    check_first_batch(FORMS[form]((images * 127).astype("uint8")), SHAPES)


def test_points_may_lie_anywhere():
    check_first_batch(np.full((8, 2), 300.0), {"image": (2,)})


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint16", "int8", "bool", "complex64"])
def test_numbers_other_than_bytes_are_refused(dtype):
    with pytest.raises(InputError, match=rf"Expected images of uint8.*Received: {dtype}\."):
        name_tensors(tf.zeros((2, 4, 4, 1), dtype), ("image",), SHAPES, "GAN")


def test_fit_looks_before_it_trains():
    gan = GAN.example()
    gan.compile()
    images = 255.0 * np.ones((4, 16, 16, 1), "float32")
    with pytest.raises(InputError, match=r"Received: image in \[255, 255\]. Scale them"):
        gan.fit(images, batch_size=2, verbose=0)
    with pytest.raises(InputError, match=r"Received: int32"):
        gan.fit(images.astype("int32"), batch_size=2, verbose=0)
    assert gan.rounds == 0


def test_images_of_complex_numbers_lose_nothing_in_silence():
    images = np.full((1, 4, 4, 1), 0.5j)
    with pytest.raises(InputError, match=r"floats in \[-1, 1\]. Received: .*complex128"):
        check_images("source", images, (4, 4, 1))
    with pytest.raises(InputError, match=r"images of real numbers. Received: complex128"):
        to_uint8(images)


def test_a_seed_that_no_key_can_hold_is_refused():
    with pytest.raises(
        InputError, match=r"Expected a seed from 0 to 2\^63 - 1. Received: seed=9223"
    ):
        GAN.example(seed=2**63)
    for width in (0, -4, 1.5):
        with pytest.raises(
            InputError, match=rf"Expected a whole width >= 1. Received: width={width}"
        ):
            GAN.example(width=width)


def test_rows_are_shuffled_as_one_batch_over_replicas(two_replicas):
    rows = np.arange(16, dtype="float32").reshape(8, 2)
    alone, next_round = (shuffle(rows, RandomStream(0, step, 0, 1)).numpy() for step in (3, 4))
    np.testing.assert_array_equal(np.sort(alone, axis=0), rows)
    assert (alone != rows).any() and (alone != next_round).any()

    @tf.function
    def play():
        def replica():
            number = tf.distribute.get_replica_context().replica_id_in_sync_group
            own = tf.slice(rows, [4 * number, 0], [4, 2])
            return shuffle(own, RandomStream(0, 3, number, 2))

        return two_replicas.run(replica)

    halves = two_replicas.experimental_local_results(play())
    np.testing.assert_array_equal(np.concatenate(halves), alone)
