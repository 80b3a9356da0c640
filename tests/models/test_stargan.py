"""StarGAN: what its players pay by hand, who is told which attributes, and edits at any size."""

import types

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kgan.cli import main
from kgan.data import Source
from kgan.models.core.conditions import Attributes
from kgan.models.stargan import StarGAN
from kgan.registry import SOURCES
from kgan.runs import load_run
from tests.games import batch_for
from tests.small_runs import without_tracing


@pytest.fixture(scope="module")
def gan():
    """Its attributes count from the start, as they do once trained."""
    return tell(StarGAN.example(classification_weight=2.0, cycle_weight=10.0))


def tell(gan):
    count, random = len(gan.condition(Attributes).attributes), np.random.default_rng(0)
    for variable in gan.generator.trainable_variables:
        if variable.name == "kernel" and variable.shape[0] == count:
            variable.assign(random.normal(0, 0.5, variable.shape))
    return gan


def test_the_generators_terms(gan, monkeypatch):
    batch = gan.name_batch(batch_for(gan, 4))
    told = []

    def run_generator(inputs):
        told.append(inputs["attributes"])
        return inputs["image"] + 0.1

    monkeypatch.setattr(gan, "run_generator", run_generator)
    wanted = tf.constant([[1.0, 0.0]] * 4)
    fake = {"images": batch["image"] + 0.2, "wanted": wanted}
    terms = gan.generator_terms(batch, fake, {"logits": tf.zeros((4, 2))})
    np.testing.assert_allclose(terms["classification"], 2.0 * 2 * np.log(2), rtol=1e-5)
    np.testing.assert_allclose(terms["cycle"], 10.0 * 0.3, rtol=1e-4)  # there and back
    np.testing.assert_array_equal(told[0], batch["attributes"])  # back with its own


def test_the_critic_is_asked_of_real_images_alone(gan):
    batch = {"attributes": tf.constant([[1.0, 0.0]])}
    outputs = {"real": {"logits": tf.constant([[3.0, -1.0]])}, "fake": {"logits": None}}
    terms = gan.discriminator_terms(batch, None, types.SimpleNamespace(outputs=outputs))
    expected = np.log1p(np.exp(-3.0)) + np.log1p(np.exp(-1.0))
    np.testing.assert_allclose(terms["classification"], 2.0 * expected, rtol=1e-5)


def test_wanted_attributes_are_those_of_others_in_the_batch(gan):
    batch = gan.name_batch(batch_for(gan, 8))
    rows = {**batch, "attributes": tf.reshape(tf.range(16.0), (8, 2))}
    wanted = gan.generate(rows, gan.random_stream())["wanted"].numpy()
    np.testing.assert_array_equal(np.sort(wanted, axis=0), rows["attributes"])
    assert (wanted != rows["attributes"].numpy()).any()


def test_attributes_change_pictures_of_any_size_and_together(gan, random):
    for size in ((16, 16), (37, 21)):
        image = random.uniform(-1, 1, (1, *size, 1)).astype("float32")
        told = ["", "glasses", "hat", "glasses,hat"]
        made = [gan.sample([0], {"image": image, "attributes": one})[0] for one in told]
        assert all(one.shape == (*size, 1) for one in made)
        pairs = [(a, b) for n, a in enumerate(made) for b in made[:n]]
        assert min(np.abs(a - b).max() for a, b in pairs) > 1e-3


def test_a_round_reaches_what_attributes_do():
    gan = StarGAN.example(discriminator_steps=1)
    gan.compile()
    batch = batch_for(gan, 8)
    image = gan.name_batch(batch)["image"][:1].numpy()

    def differ():
        told = [gan.sample([0], {"image": image, "attributes": one}) for one in ("", "hat")]
        return np.abs(told[0] - told[1]).max()

    assert differ() == 0  # all styles begin as none
    gan.run_eagerly = True
    gan.fit(tf.data.Dataset.from_tensors(batch), verbose=0)
    assert differ() > 1e-5


def test_previews_show_each_picture_with_the_attributes_of_the_next(gan):
    batch = {key: value.numpy() for key, value in batch_for(gan, 4).items()}
    batch["attributes"] = np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
    shown = gan.preview(6, batch)
    assert shown.shape == (3, 16, 32, 1)
    told = {"image": shown[:, :, :16], "attributes": batch["attributes"][1:]}
    np.testing.assert_allclose(shown[:, :, 16:], gan.sample(range(3), told), atol=1e-6)


ATTRIBUTES = ("pink hair", "glasses", "beard")


def people() -> Source:
    """Pictures that have some of three attributes."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (8, 16, 16, 3), np.uint8)
    attributes = random.integers(0, 2, (8, 3), np.int32)
    names = {"attributes": ATTRIBUTES}
    return Source.from_arrays("people", {"image": images, "attributes": attributes}, names=names)


def test_a_photo_is_edited_on_the_command_line(tmp_path, monkeypatch, random, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(SOURCES._registered, "people", people)
    line = "--model.width 4 --model.blocks 1 --model.discriminator_steps 1 --training.batch_size 4"
    line += " --training.epochs 1 --training.steps_per_epoch 1 --training.samples 4 --out run"
    with without_tracing():
        assert main(["train", "stargan", "--data", "people", *line.split()]) == 0
    pixels = random.integers(0, 256, (20, 30, 3), np.uint8)
    Image.fromarray(pixels).save("photo.png")
    told = ["sample", "run", "--from", "photo.png", "--attributes"]
    assert main([*told, "glasses,pink hair", "--out", "new.png"]) == 0
    with Image.open("new.png") as picture:
        made = np.asarray(picture)
    gan, _ = load_run("run")
    condition = {"image": pixels[None], "attributes": [[1, 1, 0]]}
    expected = gan.sample([0], condition)[0]
    assert made.shape == pixels.shape
    np.testing.assert_allclose(made / 127.5 - 1, expected, atol=1.01 / 127)
    capfd.readouterr()
    assert main([*told, "moustache", "--out", "no.png"]) == 2
    assert "Unknown attribute. Received: 'moustache'." in capfd.readouterr().err
