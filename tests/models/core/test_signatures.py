"""What an artefact can be asked gives what the model's own methods give, from pixels to pixels."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kgan.generation import translate_picture
from kgan.models import (
    CGAN,
    DCGAN,
    VAE,
    CycleGAN,
    LanguageModel,
    Pix2Pix,
    StyleGAN2,
    TextToImageGAN,
    VanillaGAN,
)
from kgan.models.core.conditions import Caption
from kgan.models.core.signatures import decode_images, encode_png, to_floats, to_pixels
from kgan.random import split_seeds

SEEDS = [3, 2**40 + 7]
FILES = [(37, 53, 4), (20, 31, 1), (9, 5, 2), (16, 16, 3), (50, 33, 3)]


def vivid(gan, *others):
    """Makes the pictures of an untrained model, grey all over, reach from black to white."""
    for network in (gan.sampling_generator, *others):
        for weight in network.variables:
            if weight.name == "kernel":
                weight.assign(weight * 10.0)
    return gan


def asked(gan, name, **inputs):
    """Returns what a signature makes of arrays, as arrays by name."""
    signature = gan.signatures()[name]
    given = {key: tf.constant(inputs[key], spec.dtype) for key, spec in signature.inputs.items()}
    return {key: value.numpy() for key, value in signature.function(**given).items()}


def shown(files):
    return np.stack([np.asarray(Image.open(io.BytesIO(file))) for file in files])


def file_of(picture, kind="PNG", **options):
    data = io.BytesIO()
    Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture).save(
        data, kind, **options
    )
    return data.getvalue()


def assert_shown(pictures, images):
    """Asserts that pixels are images in [-1, 1] rounded: to the nearer one, but that a graph's sums
    differ from the eager ones by 4e-6, so that on the middle of two pixels either is right.
    """
    exact = (np.asarray(images, np.float64) + 1.0) * 127.5
    np.testing.assert_allclose(pictures, exact, rtol=0, atol=0.5 + 2e-3)


def test_a_seed_gives_the_pixels_of_sample_and_a_png_of_them():
    gan = vivid(DCGAN.example(image_shape=(16, 16, 3), width=8))
    expected = gan.sample(SEEDS)
    assert np.ptp(expected) > 0.8
    made = asked(gan, "sample", seed=split_seeds(SEEDS))["images"]
    assert_shown(made, expected)
    files = asked(gan, "sample_png", seed=split_seeds(SEEDS))["image_bytes"]
    np.testing.assert_array_equal(shown(files), made)
    latents = gan.latents_of(SEEDS)
    images = asked(gan, "serving_default", latents=latents)["images"]
    np.testing.assert_allclose(images, gan.sample(SEEDS), atol=1e-6)


def test_a_label_counts():
    gan = vivid(CGAN.example())
    expected = gan.sample(SEEDS, {"label": [4, 9]})
    made = asked(gan, "sample", seed=split_seeds(SEEDS), label=[4, 9])["images"]
    assert_shown(made, expected)
    other = asked(gan, "sample", seed=split_seeds(SEEDS), label=[4, 8])["images"]
    assert (made[0] == other[0]).all() and (made[1] != other[1]).any()
    assert gan.metadata()["classes"] == list("0123456789")


def test_a_prompt_is_tokens_by_the_rule_that_is_told():
    gan = vivid(TextToImageGAN.example())
    told = gan.metadata()["caption_words"]

    def tokens_of(prompt):
        words = "".join(c for c in prompt.lower() if c not in "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'")
        found = [told["words"].index(w) + 2 if w in told["words"] else 1 for w in words.split()]
        return (found + [0] * told["length"])[: told["length"]]

    prompts = ["A red, Seven!", "a blue-green seven on the red on red"]
    tokens = [tokens_of(prompt) for prompt in prompts]
    np.testing.assert_array_equal(tokens, gan.condition(Caption).tokenizer(prompts))
    made = asked(gan, "sample", seed=split_seeds(SEEDS), tokens=tokens)["images"]
    assert_shown(made, gan.sample(SEEDS, {"prompt": prompts}))
    batch = {"caption": tf.constant(["a seven", "a red seven", "a seven"])}
    assert gan.metadata(batch)["caption_words"]["examples"] == ["a seven", "a red seven"]


def test_styles_are_mapped_truncated_and_painted():
    gan = StyleGAN2.example()
    for weight in gan.generator.get_layer("synthesis").variables:
        if weight.name == "kernel":
            weight.assign(weight * 3.0)
    gan.generator.get_layer("mapping").get_layer("mean_latent").mean.assign(np.full(8, 0.3))
    kept = np.float32([0.5, 1.0])
    latents = gan.latents_of(SEEDS)
    styles = asked(gan, "mapping", latents=latents, truncation=kept)["styles"]
    wanted = np.repeat(gan.styles_of(latents, kept)[:, None], gan.style_layers, axis=1)
    np.testing.assert_allclose(styles, wanted, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(gan.styles_of(latents, 1.0), gan.styles_of(latents, [1.0, 1.0]))
    np.testing.assert_allclose(gan.styles_of(latents, 0.0), np.full((2, 8), 0.3), rtol=1e-6)
    images = asked(gan, "synthesis", styles=styles)["images"]
    np.testing.assert_allclose(images, gan.images_of_styles(styles), atol=1e-6)
    made = asked(gan, "sample", seed=split_seeds(SEEDS), truncation=kept)["images"]
    assert_shown(made, gan.sample(SEEDS, {"truncation": kept}))
    # Without truncation it is the picture of the seed.
    whole = asked(gan, "sample", seed=split_seeds(SEEDS), truncation=[1.0, 1.0])["images"]
    assert_shown(whole, gan.sample(SEEDS))
    assert (whole[0] != made[0]).any()
    assert gan.metadata()["styles"] == {"layers": 4, "size": 8}


def test_a_translator_takes_pixels_and_files(random):
    gan = vivid(Pix2Pix.example())
    pictures = random.integers(0, 256, (2, 16, 16, 1), np.uint8)
    translated = asked(gan, "translate", images=pictures)["images"]
    assert_shown(translated, gan.sample([0, 0], {"source": pictures}))
    files = asked(gan, "translate_png", image_bytes=[file_of(p) for p in pictures])["image_bytes"]
    np.testing.assert_array_equal(shown(files)[..., None], translated)
    inputs = {"seed": split_seeds(SEEDS), "source": to_floats(pictures)}
    made = asked(gan, "sample", **inputs)["images"]
    assert_shown(made, gan.sample(SEEDS, {"source": pictures}))
    assert (made != translated).any()  # the noise is another seed's


def test_files_come_back_in_their_size_and_kind(random):
    gan = vivid(Pix2Pix.example(image_shape=(16, 16, 3)))
    pictures = [random.integers(0, 256, shape, np.uint8) for shape in FILES]
    files = asked(gan, "translate_png", image_bytes=[file_of(p) for p in pictures])["image_bytes"]
    for file, picture in zip(files, pictures, strict=True):
        made = np.asarray(Image.open(io.BytesIO(file))).reshape(picture.shape)
        assert np.abs(made.astype(int) - translate_picture(gan, picture)).max() <= 1  # ties
        if picture.shape[2] in (2, 4):
            np.testing.assert_array_equal(made[..., -1], picture[..., -1])
    images = pictures[0][None, ..., :3]
    made = asked(gan, "translate", images=images)["images"]
    assert_shown(made, gan.sample([0], {"source": images}))
    assert gan.signatures()["translate"].inputs["images"].shape == (None, None, None, 3)


def test_two_ways_are_two_signatures(random):
    gan = CycleGAN.example()
    vivid(gan, gan.generator_to_a)
    pictures = random.integers(0, 256, (2, 16, 16, 1), np.uint8)
    to_b = asked(gan, "translate", images=pictures)["images"]
    to_a = asked(gan, "translate_to_a", images=pictures)["images"]
    assert_shown(to_b, gan.sample(SEEDS, {"a": pictures}))
    assert_shown(to_a, gan.sample(SEEDS, {"b": pictures}))
    assert (to_a != to_b).any()
    files = asked(gan, "translate_to_a_png", image_bytes=[file_of(p) for p in pictures])
    np.testing.assert_array_equal(shown(files["image_bytes"])[..., None], to_a)
    assert "sample" not in gan.signatures()  # there is no noise
    assert gan.metadata()["sides"]["translate_to_a"] == ["b", "a"]


def test_an_encoder_reads_pixels(random):
    gan = VAE.example()
    vivid(gan, gan.encoder)
    pictures = random.integers(0, 256, (3, 16, 16, 1), np.uint8)
    latents = asked(gan, "encode", images=pictures)["latents"]
    np.testing.assert_allclose(latents, gan.encode(pictures), rtol=1e-4, atol=1e-5)
    again = asked(gan, "reconstruct", images=pictures)["images"]
    assert_shown(again, gan.reconstruct(pictures))


@pytest.mark.parametrize("names", [("", "b", "a"), ("x", "", "y z")])
def test_tokens_are_joined_by_name(names):
    gan = LanguageModel.example(vocabulary=names)
    seeds = range(12)
    tokens = asked(gan, "sample", seed=split_seeds(seeds))["tokens"]
    np.testing.assert_array_equal(tokens, gan.sample(seeds))
    texts = [text.decode() for text in asked(gan, "sample_text", seed=split_seeds(seeds))["text"]]
    assert texts == gan.texts_of(tokens)
    assert len(set(texts)) > 3


def test_numbered_tokens_and_points_have_no_text_and_no_picture():
    assert set(LanguageModel.example().signatures()) == {"serving_default", "sample"}
    assert LanguageModel.example().metadata() == {"vocabulary": 7}
    points = VanillaGAN.example(image_shape=(2,), network="mlp_points")
    assert set(points.signatures()) == {"serving_default", "sample"}
    made = asked(points, "sample", seed=split_seeds(SEEDS))["images"]
    np.testing.assert_allclose(made, points.sample(SEEDS), atol=1e-6)
    assert made.dtype == np.float32


def test_every_pixel_survives_and_what_is_beyond_is_cut():
    assert to_pixels(tf.constant([-1.5, -1.0, 0.0, 1.0, 2.0])).numpy().tolist() == [
        0,
        0,
        128,
        255,
        255,
    ]
    every = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(to_pixels(to_floats(every)), every)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_png_of_the_right_size_is_read_as_it_is(channels, random):
    pictures = random.integers(0, 256, (3, 5, 7, channels), np.uint8)
    np.testing.assert_array_equal(decode_images(encode_png(pictures), (5, 7, channels)), pictures)


def test_a_file_of_another_size_loses_its_margins_and_is_resized(random):
    middle = random.integers(0, 256, (8, 8, 1), np.uint8).repeat(4, 0).repeat(4, 1)  # 32 x 32
    wide = np.pad(middle, ((0, 0), (9, 9), (0, 0)), constant_values=255)
    high = np.pad(middle, ((20, 20), (0, 0), (0, 0)), constant_values=255)
    files = tf.constant([file_of(wide), file_of(high)])
    small, again = decode_images(files, (8, 8, 1)).numpy().astype(int)
    np.testing.assert_array_equal(small, again)
    area = np.asarray(Image.fromarray(middle[..., 0]).resize((8, 8), Image.Resampling.BILINEAR))
    assert np.abs(small[..., 0] - area.astype(int)).max() <= 1
    colour = np.full((40, 20, 3), (200, 30, 60), np.uint8)
    files = tf.constant([file_of(colour, "JPEG", quality=100)])
    assert np.abs(decode_images(files, (16, 16, 3)).numpy().astype(int) - (200, 30, 60)).max() <= 3
