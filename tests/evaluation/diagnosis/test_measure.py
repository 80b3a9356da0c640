"""GANs made ill by construction, examined on the digits: each illness is found, and no other."""

import dataclasses

import keras
import numpy as np
import pytest
from keras import ops

from kgan import metrics
from kgan.data import arrays, open_source
from kgan.errors import InputError
from kgan.evaluation.diagnosis import measure
from kgan.evaluation.diagnosis.findings import diagnose
from kgan.evaluation.diagnosis.measure import Examiner
from kgan.evaluation.samples import Samples
from kgan.metrics import _classifier
from kgan.metrics._efficientnet import NAME as LITE0
from kgan.models.cgan import CGAN
from kgan.models.core.base import GAN
from kgan.models.fastgan import FastGAN
from kgan.models.pix2pix import Pix2Pix

SHAPE = (16, 16, 1)
LATENT = 16


def diagnose_late(measured):
    """Returns the findings of what was measured, as if there had been rounds enough."""
    return diagnose(measured._replace(rounds=4000))


class Gallery(keras.layers.Layer):
    """Shows the picture that the first latent chooses, all of them equally often; adds a bias.

    Args:
        pictures: [N, H, W, C] in [-1, 1], or points [N, D].
        corner: what the first pixel is set to, or None.
    """

    def __init__(self, pictures, corner=None, **options):
        super().__init__(**options)
        self.pictures = np.array(pictures, "float32")
        if corner is not None:
            self.pictures[:, 0, 0] = corner

    def build(self, shape):
        self.bias = self.add_weight(shape=(1,), initializer="zeros", name="bias")

    def call(self, latents):
        uniform = 0.5 + 0.5 * ops.erf(latents[:, 0] / np.sqrt(2.0))
        count = len(self.pictures)
        chosen = ops.clip(ops.cast(ops.floor(uniform * count), "int32"), 0, count - 1)
        return ops.take(self.pictures, chosen, axis=0) + self.bias


def gallery(pictures, corner=None, **options):
    options = {"network": "mlp", "width": 16, "generator": shows(pictures, corner), **options}
    return GAN(image_shape=SHAPE, latent_size=LATENT, **options)


def shows(pictures, corner=None):
    latents = keras.Input((LATENT,))
    return keras.Model(latents, Gallery(pictures, corner)(latents))


def corner_critic(weight):
    """Returns a critic that reads nothing but the first pixel, which is −1 in every digit."""
    critic = keras.Sequential(
        [keras.Input(SHAPE), keras.layers.Flatten(), keras.layers.Dense(1, use_bias=False)]
    )
    kernel = np.zeros((256, 1), "float32")
    kernel[0] = -weight
    critic.layers[-1].set_weights([kernel])
    return critic


@pytest.fixture(scope="module")
def digits():
    return {
        split: open_source("digits", {"size": 16, "split": split}) for split in ("train", "test")
    }


@pytest.fixture(scope="module")
def pictures(digits):
    """Returns `{split: (pictures in [-1, 1], labels)}`."""
    arrays = {split: source.arrays() for split, source in digits.items()}
    return {
        split: (held["image"].astype("float32") / 127.5 - 1, held["label"])
        for split, held in arrays.items()
    }


@pytest.fixture(scope="module")
def examine(digits, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KGAN_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(_classifier.train, "__defaults__", (400,))
        examiner = Examiner(digits["train"], "image", digits["test"], samples=360)
        examiner(gallery(np.zeros((1, *SHAPE))))  # learns now, while the patches hold
    return examiner


def zeroed(network):
    for variable in network.trainable_variables:
        variable.assign(np.zeros(variable.shape))


def collapsed(pictures):
    gan = GAN(image_shape=SHAPE, latent_size=LATENT, network="mlp", width=16)
    zeroed(gan.generator)
    return gan


def without_three_digits(pictures):
    images, labels = pictures["test"]
    return gallery(images[~np.isin(labels, (1, 5, 8))])


def dead_critic(pictures):
    gan = gallery(pictures["test"][0])
    zeroed(gan.discriminator)
    return gan


def not_finite(pictures):
    gan = gallery(pictures["test"][0])
    gan.generator.layers[-1].bias.assign([np.nan])
    return gan


def told_apart(weight, **options):
    def made(pictures):
        critic = corner_critic(weight)
        return gallery(pictures["test"][0], corner=1.0, discriminator=critic, **options)

    return made


CASES = {
    "unseen real pictures": (lambda pictures: gallery(pictures["test"][0]), set()),
    "one picture": (lambda pictures: gallery(pictures["test"][0][:1]), {"mode collapse"}),
    "a kernel of zeros": (collapsed, {"mode collapse"}),
    "twelve pictures": (lambda pictures: gallery(pictures["test"][0][:12]), {"mode collapse"}),
    "no 1, 5 and 8": (without_three_digits, {"mode dropping"}),
    "training pictures": (lambda pictures: gallery(pictures["train"][0]), {"memorisation"}),
    "critic of zeros": (dead_critic, {"dead critic", "vanishing generator gradient"}),
    "critic that is sure": (told_apart(30.0), {"critic saturation"}),
    "scores of 20,000": (told_apart(2e4), {"critic saturation", "NaN risk"}),
    "a sure critic, minimax": (
        told_apart(30.0, adversarial="minimax"),
        {"critic saturation", "vanishing generator gradient"},
    ),
    "a sure critic, Wasserstein": (told_apart(30.0, adversarial="wasserstein"), set()),
    "NaN": (not_finite, {"NaN risk"}),
}


@pytest.mark.slow
@pytest.mark.parametrize("make, expected", CASES.values(), ids=CASES)
def test_each_illness_is_found_and_no_other(examine, pictures, make, expected):
    found = diagnose_late(examine(make(pictures)))
    assert {finding.name for finding in found} == expected


def test_lost_classes_are_those_that_are_lost(examine, pictures):
    (finding,) = diagnose_late(examine(without_three_digits(pictures)))
    for digit in "158":
        assert f"{digit} (" in finding.evidence
    assert finding.evidence.startswith("3 of 10 classes are lost: ")


def test_sizes_are_of_the_round_and_the_weights(examine, pictures):
    gan = told_apart(30.0)(pictures)
    largest = examine(gan).largest
    assert set(largest) == {"loss", "score", "gradient", "weight"}
    assert largest["weight"] == largest["score"] == 30.0
    assert 29.0 < largest["loss"] < 31.0 and largest["gradient"] > 0


def test_a_share_of_copies_is_measured(examine, pictures):
    """A third of the pictures shown are training pictures, the others unseen."""
    mixed = np.concatenate([pictures["train"][0][:180], pictures["test"][0]])
    copies = examine(gallery(mixed)).copies
    assert copies.rate == pytest.approx(1 / 3, abs=0.06)
    assert (copies.searched, copies.total) == (1437, 1437)
    unseen = examine(gallery(pictures["test"][0])).copies
    assert unseen.rate < 0.03 and unseen.real_rate < 0.03 and abs(unseen.ct) < 3


def test_diversity_is_that_of_the_pictures(examine, pictures):
    half = 0.5 * pictures["test"][0]
    measured = examine(gallery(half)).diversity
    assert measured.count == 360
    assert measured.spread == pytest.approx(0.5, abs=0.03)
    twelve = examine(gallery(pictures["test"][0][:12])).diversity
    assert twelve.different == pytest.approx(12, rel=0.05)
    assert twelve.real_different > 10_000


def test_a_collapsed_class_is_seen_though_labels_differ(digits, examine, pictures):
    """A conditional generator that has one picture for each label."""
    images, labels = pictures["train"]
    means = [images[labels == digit].mean(axis=0) for digit in range(10)]
    typical = [np.square(images - mean).sum(axis=(1, 2, 3)).argmin() for mean in means]
    ones = images[typical]
    inputs = {
        "latents": keras.Input((LATENT,), name="latents"),
        "label": keras.Input((), dtype="int32", name="label"),
    }
    table = keras.layers.Embedding(10, 256)
    made = keras.layers.Reshape(SHAPE)(table(inputs["label"]))
    generator = keras.Model(inputs, made)
    table.set_weights([ones.reshape(10, 256)])
    gan = CGAN(image_shape=SHAPE, latent_size=LATENT, network="mlp", width=16, generator=generator)
    measured = examine(gan)
    assert measured.diversity.different == pytest.approx(10, rel=0.1)
    np.testing.assert_allclose(measured.classes.fake, measured.classes.real, atol=0.08)
    reference = examine.reference
    samples = Samples.from_gan(gan, reference.source, reference.order).pick(range(5))
    order = np.random.default_rng(0).permutation(360)
    np.testing.assert_array_equal(samples, ones[pictures["test"][1][order[:5]]])
    assert "mode dropping" not in {finding.name for finding in diagnose_late(measured)}


def test_a_critic_that_is_an_autoencoder_is_asked_for_both_kinds(digits, pictures):
    """Decoders that paint grey describe dark pictures worse: those that were held out."""
    gan = FastGAN.example(augmentations={})
    for decoder in gan.decoders.values():
        last = [layer for layer in decoder.layers if layer.weights][-1]
        last.kernel.assign(np.zeros(last.kernel.shape))
    grey, dark = (
        arrays(np.full((40, 16, 16, 1), value, "uint8")) for value in (191, 0)
    )  # 0.498 and -1 in [-1, 1]
    examine = Examiner(grey, "image", dark, samples=20)
    both = examine(gan).reconstruction
    np.testing.assert_allclose(
        both, 10.0 * np.log10([4.0 / (191 / 127.5 - 1) ** 2, 4.0]), rtol=1e-4
    )
    assert Examiner(grey, "image", samples=20)(gan).reconstruction is None
    assert examine(GAN(image_shape=SHAPE, network="mlp", width=16)).reconstruction is None


# ---- Points -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ring():
    source = open_source("ring", {"count": 4000})
    return source, Examiner(source, "image")


def points_gan(points):
    options = {"network": "mlp_points", "width": 16, "generator": shows(points)}
    return GAN(image_shape=(2,), latent_size=LATENT, **options)


def test_points_are_read_by_their_mode(ring):
    source, examine = ring
    held = source.arrays()
    healthy = examine(points_gan(held["image"]))
    assert diagnose_late(healthy) == ()
    assert healthy.copies is None  # points lie dense: every one is near a training point
    assert healthy.classes.names == tuple("01234567")
    some = held["image"][~np.isin(held["label"], (2, 6))]
    (finding,) = diagnose_late(examine(points_gan(some)))
    assert finding.evidence.startswith("2 of 8 classes are lost: 2 (0.0% of the samples, 1")
    (finding,) = diagnose_late(examine(points_gan(held["image"][held["label"] == 3])))
    assert finding.name == "mode collapse"


def test_points_between_modes_are_of_none(ring):
    source, examine = ring
    held = source.arrays()
    centre = np.zeros((2000, 2), "float32")
    mixed = np.concatenate([centre, held["image"][held["label"] != 2][:2000]])
    classes = examine(points_gan(mixed)).classes
    assert classes.made == 500 and classes.count == pytest.approx(250, abs=40)
    assert classes.fake[2] == 0.0
    assert classes.fake.sum() == pytest.approx(1.0)


# ---- What cannot be measured is left out ------------------------------------------------------


def test_without_labels_and_held_out_pictures_less_is_known(pictures):
    images = np.rint((pictures["test"][0] + 1) * 127.5).astype("uint8")
    source = arrays(images)
    examine = Examiner(source, "image", batch_size=8)
    measured = examine(gallery(pictures["train"][0]))
    assert measured.classes is None
    assert (measured.copies.real_rate, measured.copies.ct) == (None, None)
    assert measured.copies.rate < 0.03
    assert diagnose_late(measured) == ()
    assert [f.name for f in diagnose_late(examine(gallery(pictures["test"][0])))] == [
        "memorisation"
    ]


def test_translations_of_the_training_set_are_no_copies(random):
    sides = {key: random.integers(0, 256, (24, 16, 16, 1), "uint8") for key in ("source", "target")}
    source = arrays(sides)
    gan = Pix2Pix.example()
    measured = Examiner(source, "target", batch_size=4)(gan)
    assert measured.copies is None and measured.diversity is not None


def test_large_pictures_are_compared_by_what_they_show(random, monkeypatch, tmp_path):
    monkeypatch.setenv("KGAN_CACHE", str(tmp_path))
    calls = []

    def run(images):
        calls.append(len(images))
        return images.reshape(len(images), -1)[:, :7].astype(np.float32), None

    network = metrics.Extractor("network", run, "00", "clean")
    monkeypatch.setattr(measure.metrics, "open_extractor", lambda text: {LITE0: network}[text])
    source = arrays(random.integers(0, 256, (30, 48, 40, 3)).astype("uint8"))
    assert Examiner(source, "image").real_features.shape == (30, 7) and len(calls) == 1
    assert Examiner(source, "image").real_features.shape == (30, 7) and len(calls) == 1  # known


def test_large_characters_are_compared_small(random):
    images = random.integers(0, 256, (30, 48, 40, 3)).astype("uint8")
    source = dataclasses.replace(arrays(images), characters=True)
    features = Examiner(source, "image").real_features
    assert features.shape == (30, 32 * 32 * 3) and np.abs(features).max() < 1.5


def test_without_the_package_the_doctor_says_what_it_does(random, monkeypatch, capsys):
    def refuse(text):
        raise InputError("Expected a package.")

    monkeypatch.setattr(measure.metrics, "open_extractor", refuse)
    source = arrays(random.integers(0, 256, (30, 48, 40, 3)).astype("uint8"))
    assert Examiner(source, "image").real_features.shape == (30, 32 * 32 * 3)
    assert "by their pixels, made small. Expected a package." in capsys.readouterr().err


def test_what_reads_classes_has_not_learnt_what_it_is_tried_on(digits):
    reference = Examiner(digits["train"], "image").reference
    taught = reference.taught.numbers
    assert not set(taught) & set(reference.order)
    assert sorted([*taught, *reference.order]) == list(range(1437))
    with_test = Examiner(digits["train"], "image", digits["test"]).reference
    assert (len(with_test.taught.numbers), len(with_test.order)) == (1437, 360)


def test_classes_of_few_samples_are_not_learnt(monkeypatch, random):
    monkeypatch.setattr(measure.metrics, "open_extractor", None)
    images = random.integers(0, 256, (90, *SHAPE), "uint8")
    source = arrays(images, np.arange(90, dtype="int32") % 10)
    examine = Examiner(source, "image")
    assert examine.measure_classes([images[:45]], examine.real_features) is None


def test_copies_are_looked_for_among_as_many_as_there_is_room_for(monkeypatch, digits, pictures):
    monkeypatch.setattr(measure, "_TRAIN_BYTES", 100 * 4 * 256)
    examine = Examiner(digits["test"], "image", samples=40)
    copies = examine(gallery(pictures["test"][0])).copies
    assert (copies.searched, copies.total) == (100, 360)
    assert copies.rate == pytest.approx(100 / 360, abs=0.2)


def test_few_samples_are_refused_and_few_examples_are_not_compared(digits, random):
    with pytest.raises(InputError, match="Expected a whole samples >= 20"):
        Examiner(digits["train"], "image", samples=19)
    few = arrays(random.integers(0, 256, (10, *SHAPE)).astype("uint8"))
    measured = Examiner(few, "image")(gallery(np.zeros((1, *SHAPE))))
    assert measured.diversity is None and measured.copies is None and measured.critics
