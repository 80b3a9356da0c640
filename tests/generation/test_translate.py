"""Pictures of any size and kind come back as they went, whole or in strips."""

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from kgan.data import Source
from kgan.errors import InputError, UnknownNameError
from kgan.generation import translate_picture
from kgan.images import from_uint8, to_uint8
from kgan.models import VAE, CycleGAN, Pix2Pix

SIZES = [(37, 53), (16, 16), (1, 1), (50, 33)]


@pytest.fixture(scope="module")
def pix2pix():
    return Pix2Pix.example(image_shape=(16, 16, 3))


@pytest.fixture(scope="module")
def cyclegan():
    return CycleGAN.example(image_shape=(16, 16, 3))


def picture_of(random, *shape):
    return random.integers(0, 256, shape, np.uint8)


@pytest.mark.parametrize("size", SIZES)
def test_colours_are_those_of_sample(pix2pix, size, random):
    picture = picture_of(random, *size, 3)
    made = translate_picture(pix2pix, picture, seed=7)
    expected = to_uint8(pix2pix.sample([7], {"source": picture[None]}))[0]
    np.testing.assert_array_equal(made, expected)
    assert made.shape == picture.shape


@pytest.mark.parametrize("side", ["a", "b"])
def test_alpha_is_carried_and_grey_stays_grey(cyclegan, side, random):
    picture = picture_of(random, 37, 53, 4)
    made = translate_picture(cyclegan, picture, side)
    np.testing.assert_array_equal(made[..., 3], picture[..., 3])
    opaque = translate_picture(cyclegan, picture[..., :3], side)
    np.testing.assert_array_equal(made[..., :3], opaque)
    assert np.ptp(opaque, axis=2).max() > 0
    grey = translate_picture(cyclegan, picture[..., :1], side)
    assert grey.shape == (37, 53, 1)
    stored = translate_picture(cyclegan, picture[..., :1].repeat(3, axis=2), side)
    np.testing.assert_array_equal(stored, grey.repeat(3, axis=2))


@pytest.mark.parametrize("name", ["pix2pix", "cyclegan"])
def test_strips_are_the_whole(name, request, random):
    gan = request.getfixturevalue(name)
    picture = picture_of(random, 61, 45, 3)
    whole = translate_picture(gan, picture, seed=3).astype(int)
    strips = translate_picture(gan, picture, seed=3, memory_limit=2**15)
    assert np.abs(whole - strips).max() <= 1  # a tie, at the most


def test_a_source_of_other_channels_and_size_in_training():
    """A network that colours: grey in, colour out, even of a picture that is grey."""
    gan = Pix2Pix.example(image_shape=(16, 24, 3), source_shape=(16, 24, 1))
    grey = np.arange(20 * 30, dtype=np.uint8).reshape(20, 30, 1)
    made = translate_picture(gan, grey)
    assert made.shape == (20, 30, 3) and np.ptp(made, axis=2).max() > 0
    with pytest.raises(InputError, match="height and width"):
        Pix2Pix.example(image_shape=(16, 16, 3), source_shape=(16, 24, 3))


@pytest.mark.slow
def test_sides_of_other_channels(random):
    options = {"image_shape": (16, 24, 3), "source_shape": (24, 16, 1), "width": 2}
    with pytest.raises(InputError, match="identity_weight=0"):
        CycleGAN.example(**options)
    gan = CycleGAN.example(**options, identity_weight=0.0)
    gan.compile()
    a, b = picture_of(random, 8, 24, 16, 1), picture_of(random, 8, 16, 24, 3)
    gan.fit(Source.from_arrays("both", {"a": a, "b": b}).dataset(4), epochs=1, verbose=0)
    assert translate_picture(gan, a[0]).shape == (24, 16, 3)
    assert translate_picture(gan, b[0], "b").shape == (16, 24, 1)


def test_a_network_of_one_size_takes_that_one(random):
    gan = VAE.example(image_shape=(16, 16, 1))
    assert translate_picture(gan, picture_of(random, 16, 16, 3)).shape == (16, 16, 3)
    with pytest.raises(InputError, match=r"shape \(16, 16, 1\)"):
        translate_picture(gan, picture_of(random, 17, 16, 3))


@pytest.mark.parametrize(
    "picture, side, error, message",
    [
        (np.zeros((4, 4), np.uint8), None, InputError, r"shape=\(4, 4\)"),
        (np.zeros((4, 4, 3)), None, InputError, "dtype=float64"),
        (np.zeros((4, 4, 5), np.uint8), None, InputError, "1 to 4"),
        (np.zeros((4, 4, 3), np.uint8), "left", UnknownNameError, "side"),
    ],
)
def test_other_pictures_and_sides_are_refused(pix2pix, picture, side, error, message):
    with pytest.raises(error, match=message):
        translate_picture(pix2pix, picture, side)


def test_any_size_is_sampled_by_the_batch(cyclegan, random):
    pictures = picture_of(random, 3, 20, 27, 3)
    together = cyclegan.sample([0, 1, 2], {"b": from_uint8(pictures)})
    alone = [cyclegan.sample([0], {"b": picture[None]})[0] for picture in pictures]
    np.testing.assert_allclose(together, np.stack(alone), rtol=0, atol=1e-5)
    with pytest.raises(InputError, match=r"shape \(None, None, 3\)"):
        cyclegan.sample([0], {"a": pictures[:1, ..., :1]})


@pytest.mark.slow
@pytest.mark.parametrize("variant", [Pix2Pix, CycleGAN])
def test_a_photograph_of_full_size(variant):
    """china.jpg at 1920x1080, whole and within an eighth of a GiB, the same to a level."""
    photograph = Image.fromarray(load_sample_image("china.jpg")).resize((1920, 1080))
    gan = variant.example(image_shape=(32, 32, 3), width=16)
    whole = translate_picture(gan, np.asarray(photograph)).astype(int)
    strips = translate_picture(gan, np.asarray(photograph), memory_limit=2**27)
    assert whole.shape == strips.shape == (1080, 1920, 3)
    assert np.abs(whole - strips).max() <= 1
