"""Translators take pictures of any size, and fit their training size without padding."""

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.networks import translation

SIZES = [(37, 53), (1, 1), (5, 90), (32, 32)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_unet_gives_back_the_size_it_was_given(size, channels, random):
    unet = translation.build_unet((32, 24, 3), 4, width=2, source_channels=channels)
    source = random.uniform(-1, 1, (2, *size, channels)).astype("float32")
    images = unet({"source": source, "latents": np.ones((2, 4), "float32")})
    assert images.shape == (2, *size, 3)


@pytest.mark.parametrize("size", SIZES)
def test_a_residual_translator_gives_back_the_size_it_was_given(size, random):
    translator = translation.build_residual_translator((32, 32, 1), 2, 1, source_channels=3)
    source = random.uniform(-1, 1, (2, *size, 3)).astype("float32")
    assert translator({"source": source}).shape == (2, *size, 1)


def test_padding_mirrors_and_is_cut_off_again(random):
    """A picture that somebody else has mirrored to a multiple gives the same, but larger."""
    translator = translation.build_residual_translator((16, 16, 1), 2, 1)
    picture = random.uniform(-1, 1, (1, 13, 18, 1)).astype("float32")
    whole = np.pad(picture, ((0, 0), (0, 3), (0, 2), (0, 0)), mode="reflect")
    cut, mirrored = translator({"source": picture}), translator({"source": whole})
    np.testing.assert_array_equal(cut, mirrored[:, :13, :18])


def test_a_critic_scores_patches_of_any_picture(random):
    critic = translation.build_patch_critic((32, 24, 3), 2, conditional=True, source_channels=1)
    for size, patches in (((32, 24), (8, 6)), ((37, 53), (10, 14))):
        pair = {
            "images": random.normal(size=(2, *size, 3)).astype("float32"),
            "source": random.normal(size=(2, *size, 1)).astype("float32"),
        }
        assert critic(pair).shape == (2, *patches, 1)


def test_training_pictures_must_have_sixteen_pixels():
    for build in (
        translation.build_unet,
        translation.build_residual_translator,
        translation.build_patch_critic,
    ):
        with pytest.raises(InputError, match="H and W from 16 up"):
            build((16, 15, 3))


@pytest.mark.parametrize("size", SIZES)
def test_a_unet_of_styles_redraws_each_source_in_the_style_of_its_label(size, random):
    unet = translation.build_style_unet((32, 32, 1), 3, width=2, style_size=4, source_channels=3)
    source = random.uniform(-1, 1, (1, *size, 3)).astype("float32")
    images = [unet({"source": source, "label": np.array([label])}) for label in (0, 1, 0)]
    assert images[0].shape == (1, *size, 1)
    # Instance normalization leaves nothing of a single pixel.
    assert (np.abs(images[0] - images[1]).max() > 0) == (max(size) > 1)
    np.testing.assert_array_equal(images[0], images[2])
    style = np.asarray(unet.get_layer("styles")(np.array([1])))
    painted = unet.get_layer("painter")({"source": source, "style": style})
    np.testing.assert_allclose(painted, images[1], atol=1e-6)


def test_a_critic_that_tells_classes_scores_as_one_that_does_not(random):
    images = random.uniform(-1, 1, (2, 32, 32, 1)).astype("float32")
    plain, telling = (
        translation.build_patch_critic((32, 32, 1), 2, classes=classes) for classes in (None, 5)
    )
    heads = ("scores", "logits")
    bodies = [[x for x in one.layers if x.name not in heads] for one in (plain, telling)]
    for one, other in zip(*bodies, strict=False):  # then comes the mean
        other.set_weights(one.get_weights())
    telling.get_layer("scores").set_weights(plain.get_layer("scores").get_weights())
    outputs = telling(images)
    np.testing.assert_allclose(outputs["scores"], plain(images), atol=1e-6)
    assert outputs["logits"].shape == (2, 5)


@pytest.mark.parametrize("size", SIZES)
def test_a_translator_told_attributes_starts_as_one_that_is_not(size, random):
    shape = ((16, 16, 3), 2, 2)
    plain = translation.build_residual_translator(*shape)
    told = translation.build_residual_translator(*shape, attributes=4)
    styles = [v for v in told.variables if v.name == "kernel" and v.ndim == 2]
    assert {v.shape[0] for v in styles} == {4} and len(styles) == 2 * 2 + 2
    others = [v for v in told.variables if all(v is not style for style in styles)]
    for variable, value in zip(others, plain.get_weights(), strict=True):
        variable.assign(value)
    source = random.uniform(-1, 1, (2, *size, 3)).astype("float32")
    attributes = random.integers(0, 2, (2, 4)).astype("float32")
    made = told({"source": source, "attributes": attributes})
    np.testing.assert_allclose(made, plain({"source": source}), atol=1e-6)


@pytest.mark.parametrize("size, patches", [((16, 16), (2, 2)), ((64, 48), (4, 3))])
def test_a_critic_of_attributes_scores_patches_and_tells_each(size, patches, random):
    critic = translation.build_attribute_critic((*size, 3), 5, width=2)
    outputs = critic(random.normal(size=(2, *size, 3)).astype("float32"))
    assert outputs["scores"].shape == (2, *patches, 1) and outputs["logits"].shape == (2, 5)
