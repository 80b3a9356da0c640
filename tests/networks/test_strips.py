"""A network in strips of a row or a few gives what it gives of the whole picture."""

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.datasets import load_sample_image

from kgan.networks import translation
from kgan.networks.strips import can_run_in_strips, estimate_bytes, run_in_strips

HEIGHT, WIDTH = 61, 45
PICTURES = {
    "constant": np.full((HEIGHT, WIDTH, 3), 0.3),
    "gradient": np.linspace(-1, 1, HEIGHT * WIDTH * 3).reshape(HEIGHT, WIDTH, 3),
    "photograph": load_sample_image("china.jpg")[200 : 200 + HEIGHT, 300 : 300 + WIDTH] / 127.5 - 1,
}
SMALL, LARGE = 2**14, 2**18  # bytes: a row at once, and some


def unet(noise=True):
    return translation.build_unet((32, 32, 3), 4, width=2, noise=noise)


def residual():
    return translation.build_residual_translator((32, 32, 3), 3, 2)


def without_statistics():
    """A U-Net without normalization, of all kinds of convolution."""
    image = keras.Input((None, None, 3), name="source")
    x = layers.Conv2D(4, 5, padding="valid", activation="relu")(image)
    down = layers.Conv2D(4, (4, 3), (2, 3), "same")(layers.BatchNormalization()(x))
    up = layers.Conv2DTranspose(3, (3, 4), (2, 3), "same")(down)
    up = layers.Conv2DTranspose(3, (2, 3), (1, 1), "same")(up)
    return keras.Model(image, layers.Activation("tanh")(layers.Conv2D(3, 2, padding="same")(up)))


def inputs_of(picture):
    latents = np.random.default_rng(0).normal(size=(1, 4)).astype("float32")
    return {"source": picture[None].astype("float32"), "latents": latents}


def whole(network, inputs):
    named = isinstance(network.input, dict)
    given = {name: inputs[name] for name in network.input} if named else inputs["source"]
    return network(given).numpy()


@pytest.mark.parametrize("memory", [SMALL, LARGE])
@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("build", [unet, residual, without_statistics])
def test_strips_join_to_the_whole(build, picture, memory):
    keras.utils.set_random_seed(1)
    network, inputs = build(), inputs_of(PICTURES[picture])
    assert can_run_in_strips(network)
    made = run_in_strips(network, inputs, memory)
    expected = whole(network, inputs)
    assert made.dtype == np.float32 and made.shape == expected.shape
    # A flat picture has channels without variance, whose rounding errors 1/√ε multiplies.
    np.testing.assert_allclose(made, expected, rtol=0, atol=2e-4 if picture == "constant" else 2e-5)


def test_means_are_those_of_all_rows(random):
    """One half dark and one bright: strips with means of their own would make both grey."""
    picture = np.concatenate([np.full((32, 8, 1), -0.8), np.full((32, 8, 1), 0.9)])
    picture = (picture + random.normal(scale=0.01, size=picture.shape)).astype("float32")
    image = keras.Input((None, None, 1))
    network = keras.Model(image, translation.InstanceNormalization()(image))
    made = run_in_strips(network, {"source": picture[None]}, SMALL)
    np.testing.assert_allclose(made, network(picture[None]), rtol=0, atol=1e-6)
    assert made[0, :32].max() < -0.9 < 0.9 < made[0, 32:].min()


def test_a_layer_of_another_kind_sees_all_rows(random):
    image = keras.Input((None, None, 2))
    grouped = layers.GroupNormalization(groups=-1)(layers.Conv2D(2, 3, padding="same")(image))
    network = keras.Model(image, layers.UpSampling2D(2)(grouped))
    picture = random.normal(size=(1, 30, 7, 2)).astype("float32")
    made = run_in_strips(network, {"image": picture}, SMALL)
    np.testing.assert_allclose(made, network(picture), rtol=0, atol=1e-5)


def test_half_precision(random):
    before = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    try:
        network = residual()
    finally:
        keras.mixed_precision.set_dtype_policy(before)
    inputs = inputs_of(PICTURES["photograph"])
    made, expected = run_in_strips(network, inputs, LARGE), whole(network, inputs)
    assert np.abs(made - expected).mean() < 0.01


def test_networks_that_share_layers_or_hold_others_run_whole_only():
    image = keras.Input((None, None, 1))
    shared = layers.Conv2D(1, 3, padding="same")
    assert not can_run_in_strips(keras.Model(image, shared(shared(image))))
    assert not can_run_in_strips(keras.Model(image, keras.Model(image, shared(image))(image)))
    assert not can_run_in_strips(keras.Sequential([shared]))  # not built


def test_memory_by_hand():
    """8x6 pixels, 2 channels, then 3, then 5: the last layer holds 3 twice and 5, and slack."""
    image = keras.Input((None, None, 2))
    network = keras.Model(image, layers.Conv2D(5, 1)(layers.Conv2D(3, 1, padding="same")(image)))
    assert estimate_bytes(network, {"image": (1, 8, 6, 2)}) == 4 * 8 * 6 * (3 + 3 + 5) * 3 // 2
