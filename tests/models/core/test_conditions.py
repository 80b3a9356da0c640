"""Class-conditional variants: which label reaches what, and in which forms it may come."""

import numpy as np
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.models import ACGAN, CGAN, ProjectionGAN
from kgan.random import RandomStream
from tests.games import fit

RNG = RandomStream(0, tf.constant(0, tf.int64))
IMAGES = np.zeros((3, 16, 16, 1), "uint8")


@pytest.fixture(params=[CGAN, ProjectionGAN, ACGAN])
def gan(request):
    return request.param(image_shape=(16, 16, 1), latent_size=8, width=4, classes=("a", "b", "c"))


@pytest.mark.parametrize(
    "label",
    [[2, 0, 1], np.eye(3, dtype="float32")[[2, 0, 1]], np.int64([2, 0, 1]), np.uint8([2, 0, 1])],
)
def test_labels_in_a_batch_are_numbers_or_one_hot(gan, label):
    batch = gan.name_batch({"image": IMAGES, "label": tf.constant(label)})
    assert batch["label"].dtype == tf.int32
    np.testing.assert_array_equal(batch["label"], [2, 0, 1])


def test_labels_of_another_shape_and_none_are_refused(gan):
    with pytest.raises(InputError, match=r"one-hot \[B, 3\]. Received: shape \(3, 5\)"):
        gan.name_batch({"image": IMAGES, "label": np.zeros((3, 5), "float32")})
    with pytest.raises(InputError, match=f"image, label for {type(gan).__name__}"):
        gan.name_batch({"image": IMAGES})


@pytest.mark.parametrize(
    "variant, label, eagerly", [(CGAN, 3, False), (ACGAN, 3, True), (ProjectionGAN, -1, True)]
)
def test_a_label_without_a_class_ends_training_in_a_line(variant, label, eagerly):
    gan = variant(image_shape=(16, 16, 1), latent_size=8, width=4, classes=("a", "b", "c"))
    gan.compile(run_eagerly=eagerly)
    data = tf.data.Dataset.from_tensors({"image": IMAGES, "label": np.array([0, label, 1])})
    with pytest.raises(InputError, match=rf"^Expected labels from 0 to 2. Received: {label}. C"):
        gan.fit(data, verbose=0)


@pytest.mark.parametrize("label", [["c", "a"], [2, 0], np.eye(3)[[2, 0]], ["2", "a"]])
def test_a_condition_is_names_numbers_or_one_hot(gan, label):
    inputs = gan.read_condition({"label": label}, 2)
    np.testing.assert_array_equal(inputs["label"], [2, 0])


def test_one_label_serves_all_seeds_and_changes_the_picture(gan):
    for variable in gan.generator.trainable_variables:
        variable.assign(variable + np.random.default_rng(0).normal(size=variable.shape))
    same = gan.sample([7, 7], {"label": "b"})
    np.testing.assert_allclose(same[0], same[1], atol=1e-6)
    other = gan.sample([7], {"label": "c"})
    assert np.abs(other[0] - same[0]).max() > 1e-3


@pytest.mark.parametrize(
    "condition, message",
    [
        ({"colour": "red"}, "Expected condition out of label for .*GAN. Received: colour"),
        ({"label": "d"}, "Unknown class. Received: 'd'"),
        ({"label": [0, 3]}, r"2 labels in 0..2. Received: \[0 3\]"),
        ({"label": [0]}, "2 labels"),
        ({"label": [0.5, 1.0]}, "2 labels"),
    ],
)
def test_other_conditions_are_refused(gan, condition, message):
    with pytest.raises(InputError, match=message):
        gan.sample([0, 1], condition)


def test_every_class_has_its_turn_in_the_preview(gan):
    np.testing.assert_array_equal(gan.read_condition(None, 6)["label"], [0, 0, 1, 1, 2, 2])
    assert gan.preview(6, None).shape == (6, 16, 16, 1)
    np.testing.assert_array_equal(gan.sample([1, 2]), gan.sample([1, 2], {"label": ["a", "b"]}))


def test_the_projection_adds_the_inner_product_with_the_labels_row(random):
    gan = ProjectionGAN(image_shape=(16, 16, 1), latent_size=8, width=4, classes=3)
    weights = {v.path.split("/", 1)[-1]: v for v in gan.discriminator.trainable_variables}
    table = next(v for name, v in weights.items() if "embeddings" in name)
    images = random.normal(size=(3, 16, 16, 1)).astype("float32")
    label = np.array([0, 1, 2])

    def scores():
        return gan.discriminator({"images": images, "label": label}).numpy()[:, 0]

    full = scores()
    table.assign(tf.concat([tf.zeros_like(table[:1]), table[1:]], axis=0))
    without = scores()
    assert abs(without[0] - full[0]) > 1e-6
    np.testing.assert_array_equal(without[1:], full[1:])


def test_the_auxiliary_classifier_pays_cross_entropy_of_real_and_fake():
    gan = ACGAN(image_shape=(16, 16, 1), latent_size=8, width=4, classes=4)
    gan.discriminator.get_layer("logits").set_weights(
        [np.zeros_like(w) for w in gan.discriminator.get_layer("logits").get_weights()]
    )
    batch = {"image": tf.zeros((2, 16, 16, 1)), "label": tf.constant([1, 3])}
    fake = tf.zeros((2, 16, 16, 1))
    discriminator = gan.discriminator_loss(batch, fake, RNG)["classification"]
    generator = gan.generator_loss(batch, fake, RNG)["classification"]
    np.testing.assert_allclose([discriminator, generator], [2 * np.log(4), np.log(4)], rtol=1e-6)


def test_it_trains(gan):
    gan = type(gan).example()
    gan.compile()
    assert all(np.isfinite(v).all() for v in fit(gan, batch_size=4).values())
