"""CartoonGAN: the third kind of picture, content by hand, and the rounds on content alone."""

import types

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kgan.augmentation.edges import smooth_edges
from kgan.cli import main
from kgan.errors import InputError
from kgan.models.cartoon import CartoonGAN
from kgan.networks.projected import build_content
from tests.games import batch_for, compiled
from tests.small_runs import without_tracing


@pytest.fixture
def gan(monkeypatch):
    """The critic's score is the mean of an image, and its content is twice the image."""
    gan = CartoonGAN.example(edge_weight=2.0, pretraining_steps=1)
    monkeypatch.setattr(
        gan, "judge", lambda images, batch: {"scores": tf.reduce_mean(images, axis=(1, 2, 3))}
    )
    monkeypatch.setattr(gan, "content", lambda images, training: 2.0 * images)
    return gan


def test_blurred_drawings_are_no_drawings(gan):
    batch = gan.name_batch(batch_for(gan, 4))
    seen = types.SimpleNamespace(real_scores=tf.constant([3.0, 1.0, -1.0, 0.0]))
    term = gan.discriminator_terms(batch, None, seen)["edges"]
    smooth = smooth_edges(batch["b"]).numpy().mean(axis=(1, 2, 3))
    real = np.log1p(np.exp(-seen.real_scores.numpy())).mean()
    np.testing.assert_allclose(term, 2.0 * (real + np.log1p(np.exp(smooth)).mean()), rtol=1e-4)


def test_content_alone_is_paid_at_first(gan):
    batch = gan.name_batch(batch_for(gan, 4))
    fake = batch["a"] + 0.1
    scores = fake.numpy().mean(axis=(1, 2, 3))
    for step, plays in ((0, 0.0), (1, 1.0)):
        gan.step.assign(step)
        losses = gan.generator_loss(batch, fake, gan.random_stream())
        adversarial = plays * np.log1p(np.exp(-scores)).mean()
        np.testing.assert_allclose(losses["adversarial"], adversarial, rtol=1e-5)
        np.testing.assert_allclose(losses["content"], 10.0 * 0.2, rtol=1e-4)


def test_the_critic_and_what_knows_photographs_rest():
    gan = compiled(CartoonGAN.example(pretraining_steps=1))
    gan.run_eagerly = True
    networks = (gan.discriminator, gan.content, gan.generator)
    data = tf.data.Dataset.from_tensors(batch_for(gan, 4))
    moved = []
    for _ in range(2):
        before = [network.get_weights() for network in networks]
        gan.fit(data, verbose=0)
        after = [network.get_weights() for network in networks]
        moved.append([
            any(not np.array_equal(a, b) for a, b in zip(one, other, strict=True))
            for one, other in zip(before, after, strict=True)
        ])  # fmt: skip
    assert moved == [[False, False, True], [True, False, True]]


def test_features_have_an_eighth_of_the_size_and_grey_is_a_colour(random):
    grey = random.uniform(-1, 1, (2, 32, 24, 1)).astype("float32")
    content = build_content((32, 24, 1), "random")
    features = content(grey)
    assert features.shape[:3] == (2, 4, 3)
    colour = build_content((32, 24, 3), "random")
    colour.set_weights(content.get_weights())
    np.testing.assert_allclose(colour(grey.repeat(3, axis=-1)), features, atol=1e-6)


def test_mistakes_are_named():
    with pytest.raises(InputError, match="images of 1 or 3 channels"):
        CartoonGAN.example(image_shape=(16, 16, 4))
    with pytest.raises(InputError, match="Unknown frozen network"):
        CartoonGAN.example(features="vgg")
    with pytest.raises(InputError, match="sides of the same channels for CartoonGAN"):
        CartoonGAN.example(source_shape=(16, 16, 3))


def test_two_folders_of_ones_own(tmp_path, monkeypatch, random, capfd):
    monkeypatch.chdir(tmp_path)
    for folder, count in (("photos", 5), ("drawings", 3)):
        (tmp_path / folder).mkdir()
        for number in range(count):
            pixels = random.integers(0, 256, (20, 24, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / folder / f"{number}.png")
    line = "--model.width 4 --model.blocks 1 --model.features random --data.size 16"
    line += " --training.batch_size 4 --training.epochs 1 --training.steps_per_epoch 1"
    line = ["train", "cartoon", "--data", "unpaired:photos,drawings", *line.split(), "--out", "run"]
    with without_tracing():
        assert main(line) == 0
    with Image.open("run/samples/epoch_0001.png") as picture:
        assert (picture.width + 1) % 33 == 0  # photographs beside what became of them
    assert main(["sample", "run", "--from", "photos/0.png", "--out", "new.png"]) == 0
    with Image.open("new.png") as picture:
        assert picture.size == (24, 20)
