"""Evaluations: what is compared with what, in which order, and what is refused."""

import json
import pathlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import kgan.data
from kgan.cli import main
from kgan.data import open_source
from kgan.errors import InputError
from kgan.evaluation import _evaluate, evaluate
from kgan.evaluation.candidates import open_candidate
from kgan.evaluation.reference import build_reference, open_reference, parse_real_data
from kgan.images import to_uint8
from kgan.metrics import Report, _classifier, _efficientnet, raw
from tests.small_runs import without_tracing

TINY = ["--model.width", "4", "--data.size", "16", "--training.batch_size", "4"]
TINY += ["--training.epochs", "1", "--training.steps_per_epoch", "1", "--training.samples", "4"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KGAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(_classifier.train, "__defaults__", (5,))


@pytest.fixture
def quick(monkeypatch):
    """Leaves out a report's pictures, and the large network, which have tests of their own."""
    choose = _evaluate._choose_extractor
    monkeypatch.setattr(Report, "write", lambda report, path: path.write_text("page"))
    monkeypatch.setattr(
        _evaluate, "_choose_extractor", lambda data: choose(data).replace(_efficientnet.NAME, "raw")
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Returns a run of a conditional GAN on digits of 16x16, hardly trained."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    with without_tracing():
        assert main(["train", "projection_gan_digits", *TINY, "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def held(run):
    """Returns the run as a candidate, and its own data as a reference."""
    candidate = open_candidate(run)
    data = parse_real_data(None, candidate.data, [], candidate.size)
    return candidate, open_reference(data, candidate.key, True, "train")


def save(images, folder, suffix=".png"):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True)
    for number, image in enumerate(images):
        array = image[..., 0] if image.shape[-1] == 1 else image
        Image.fromarray(array).save(folder / f"{number:03d}{suffix}")
    return folder


@pytest.fixture
def pictures(random):
    """Returns 40 pictures of noise, 8x8."""
    return random.integers(0, 256, (40, 8, 8, 1)).astype(np.uint8)


def artefact(path, images_of, **inputs):
    """Saves a SavedModel with the signature `sample`, as `kgan export` does."""
    module = tf.Module()
    seed = tf.TensorSpec((None, 2), tf.int32, name="seed")
    sample = tf.function(lambda seed, **inputs: {"images": images_of(seed, **inputs)})
    signature = sample.get_concrete_function(seed=seed, **inputs)
    tf.saved_model.save(module, f"{path}/3", signatures={"sample": signature})
    return path


def constant_images(seed, value=200.0, dtype=tf.uint8):
    """Returns 8x8 pictures whose grey is the low half of the seed, up to `value`."""
    grey = tf.cast(seed[:, 0] % 40, tf.float32) / 40.0 * value
    return tf.cast(tf.reshape(grey, (-1, 1, 1, 1)) * tf.ones((1, 8, 8, 1)), dtype)


def reference_of(against, side, **options):
    arguments = [word for key, value in options.items() for word in (f"--data.{key}", str(value))]
    return open_reference(parse_real_data(against, {}, arguments, side), "image", True)


def test_scores_by_the_critics_own_network_say_so(held, monkeypatch, capfd):
    candidate, _ = held
    assert not any(
        "flatter" in note for note in _evaluate.compare(candidate, extractor="raw").notes
    )
    monkeypatch.setattr(candidate, "critic_extractor", "raw")
    first = _evaluate.compare(candidate, extractor="raw").notes[0]
    assert first.startswith("the critic was trained on features of raw, and these flatter it")
    assert first in capfd.readouterr().err


# ---- Folders ----------------------------------------------------------------------------------


def test_a_folder_against_itself_is_precise_and_copied(pictures):
    save(pictures, "made")
    card, paths = evaluate("made", "made", extractor="raw")
    assert card["precision"].value == card["recall"].value == card["copies"].value == 1.0
    assert card["fid"].value == pytest.approx(0.0, abs=1e-6)
    assert any("100.0% of the samples" in line and "copies?" in line for line in card.warnings)
    assert (card.real_count, card.fake_count, card.extractor, card.seeds) == (40, 40, "raw", ())
    assert any("holds nothing back" in note for note in card.notes)
    assert [str(path) for path in paths] == [
        "evaluation/card.json", "evaluation/report.html"
    ]  # fmt: skip
    written = json.loads(paths[0].read_text(encoding="utf-8"))
    assert written["what"] == "made" and written["evaluated"] == "made"
    assert written["scores"][0]["value"] == card["fid"].value
    assert written["warnings"] == list(card.warnings)
    assert "ct" not in [score.name.metric for score in card.scores]


def test_few_pictures_get_the_scores_that_few_can_have(random, quick):
    few = random.integers(0, 256, (5, 8, 8, 1)).astype(np.uint8)
    fake, real = save(few, "fake"), str(save(few[::-1] // 2, "real"))
    card, _ = evaluate(fake, real)
    names = {score.name.metric for score in card.scores}
    assert {"fid", "kid", "precision", "recall"} <= names and not names & {"density", "coverage"}
    (line,) = {note.partition(" left out: ")[2] for note in card.notes if "left out" in note}
    assert line.startswith("Expected more than 5 samples for 5 nearest neighbours. Received: 5.")
    with pytest.raises(InputError, match="more than 5 samples"):  # where it was asked for
        evaluate(fake, real, names=["density"])


def test_repeats_share_out_the_pictures_of_a_folder(pictures, quick):
    save(pictures, "made")
    save(pictures[::-1], "real")
    whole = evaluate("made", "real", ["swd"], samples=20, repeats=2)[0]["swd"]
    assert whole.sd > 0
    samples = open_candidate("made").samples(reference_of("./real", 8))
    parts = [np.concatenate(list(samples.batches(20, first))) for first in (0, 20)]
    both = {image.tobytes() for part in parts for image in part}
    assert both == {image.tobytes() for image in pictures}
    with pytest.raises(InputError, match=r"at least 42 pictures for 2 repeats\. Received: 40\."):
        evaluate("made", "real", samples=21, repeats=2)


def test_pictures_of_a_folder_were_asked_for_by_no_class(pictures):
    save(pictures, "made")
    save(pictures, "real")
    with pytest.raises(InputError, match="for conditional_accuracy, intra_fid, intra_recall"):
        evaluate("made", "real", ["conditional_accuracy"])


def test_sizes_are_brought_together_and_said(random, quick):
    save(random.integers(0, 256, (12, 8, 8, 3)).astype(np.uint8), "made")
    save(random.integers(0, 256, (12, 20, 16, 3)).astype(np.uint8), "real", ".jpg")
    card, _ = evaluate("made", "real", ["swd"])
    assert any("12 of 12 pictures were not 8x8" in note for note in card.notes)
    assert any("12 of 12 are JPEG files" in note for note in card.notes)
    assert not any(note.startswith("made") for note in card.notes)


def test_other_channels_are_refused(random, pictures, quick):
    save(pictures, "grey")
    save(random.integers(0, 256, (12, 8, 8, 3)).astype(np.uint8), "colour")
    message = r"pictures of the same channels\. Received: 1 in grey, 3 in images:.*colour"
    with pytest.raises(InputError, match=message):
        evaluate("grey", "colour")
    card, _ = evaluate("grey", "colour", ["swd"], arguments=["--data.channels", "1"])
    assert (card.fake_count, card.real_count) == (40, 12)


def test_classes_are_learnt_from_pictures_that_are_not_scored_against(pictures):
    for label in "ab":
        save(pictures[:20] if label == "a" else pictures[20:], f"real/{label}")
    reference = reference_of("./real", 8, labels="true")
    taught, labels = reference.taught.read()
    real = np.concatenate(list(reference.real.batches(reference.real.count)))
    assert len(taught) == len(labels) == len(real) == 20
    assert not {image.tobytes() for image in taught} & {image.tobytes() for image in real}
    owners = {image.tobytes(): number // 20 for number, image in enumerate(pictures)}
    assert [owners[image.tobytes()] for image in taught] == labels.tolist()
    # Copies are looked for among all of them.
    assert reference.train.count == 40


@pytest.mark.parametrize("key, expected", [("a", "first"), ("b", "second"), ("image", "second")])
def test_a_translator_is_held_against_the_side_it_makes(pictures, key, expected):
    sides = {"first": pictures[:28], "second": pictures[28:]}
    for name, images in sides.items():
        save(images, name)
    data = parse_real_data("unpaired:first,second", {}, ["--data.channels", "1"], 8)
    real = open_reference(data, key, True).real
    assert real.count == len(sides[expected])
    found = np.concatenate(list(real.batches(real.count)))
    assert sorted(map(bytes, found)) == sorted(map(bytes, sides[expected]))


def test_results_of_others_are_not_overwritten(pictures, quick):
    save(pictures, "made")
    save(pictures, "other")
    evaluate("made", "other", ["swd"])
    evaluate("made", "other", ["swd"])  # the same again
    with pytest.raises(InputError, match=r"Received: those of made\. Choose another --out"):
        evaluate("other", "made", ["swd"])
    pathlib.Path("mine").mkdir()
    pathlib.Path("mine/report.html").write_text("mine")
    with pytest.raises(InputError, match=r"report\.html, not an evaluation's"):
        evaluate("made", "other", ["swd"], out="mine")
    assert pathlib.Path("mine/report.html").read_text() == "mine"
    with pytest.raises(InputError, match="Expected --out outside other, whose pictures are read"):
        evaluate("made", "other", ["swd"], out="other/scores")


# ---- Runs -------------------------------------------------------------------------------------


def test_a_run_is_held_against_what_it_has_not_seen(run, quick):
    card, paths = evaluate(run, samples=24)
    assert paths[0] == run / "evaluation" / "card.json"
    assert (card.real_count, card.fake_count, card.seeds) == (24, 24, (0, 24, 48))
    assert card.extractor == "classifier"
    assert {"is", "classes", "kl", "authenticity", "copies", "ct"} <= {
        score.name.metric for score in card.scores
    }
    assert card["fid"].sd > 0
    assert any("under the label of the real samples" in note for note in card.notes)
    written = json.loads(paths[0].read_text(encoding="utf-8"))
    assert written["against"] == "digits, split test"
    assert written["evaluated"] == f"{run} (projection_gan, 1 round)"


def test_real_train_and_taught_are_the_splits(held):
    _, reference = held
    test = open_source("digits", {"size": 16, "split": "test"}).arrays()["image"]
    train = open_source("digits", {"size": 16, "split": "train"}).arrays()
    real = np.concatenate(list(reference.real.batches(360)))
    assert sorted(map(bytes, real)) == sorted(map(bytes, test))
    taught, labels = reference.taught.read()
    assert not set(map(bytes, taught)) & set(map(bytes, real))
    order = np.random.default_rng(0).permutation(1437)
    np.testing.assert_array_equal(taught, train["image"][order])
    np.testing.assert_array_equal(labels, train["label"][order])


def test_samples_are_a_function_of_seed_and_real_example(held, monkeypatch):
    candidate, reference = held
    samples = candidate.samples(reference)
    labels = reference.source.arrays()["label"][np.random.default_rng(0).permutation(360)]
    expected = candidate.gan.sample(range(5), {"label": labels[:5]})
    np.testing.assert_allclose(samples.pick(range(5)), expected, atol=1e-6)
    one_by_one = np.concatenate([samples.pick([seed]) for seed in range(5)])
    np.testing.assert_allclose(one_by_one, expected, atol=1e-5)
    asked = []
    monkeypatch.setattr(candidate.gan, "sample", lambda *arguments: asked.append(arguments))
    samples.pick([361, 90, 2])  # the examples begin again
    ((seeds, condition),) = asked
    assert seeds == [361, 90, 2]
    np.testing.assert_array_equal(condition["label"], labels[[1, 90, 2]])


@pytest.mark.slow
def test_samples_know_the_class_they_were_asked_for(run, held, quick):
    candidate, reference = held
    generated = candidate.samples(reference)
    seeds = range(5, 25)
    labels = generated.labels(seeds)
    np.testing.assert_array_equal(labels, reference.real.labels(seeds))
    made = candidate.gan.sample(list(seeds), {"label": labels})
    np.testing.assert_array_equal(generated.pick(seeds), made)
    card, _ = evaluate(run, names=["conditional_accuracy", "fid"], samples=30, repeats=2)
    network = _evaluate.compare(candidate).network
    asked = [
        (network(generated.batches(30, first)).logits.argmax(axis=1)
         == generated.labels(range(first, first + 30))).mean()
        for first in (0, 30)
    ]  # fmt: skip
    assert card["conditional_accuracy"].values == tuple(asked)
    # Beside an extractor that names no classes, the same classifier reads them.
    beside, _ = evaluate(
        run, names=["conditional_accuracy"], samples=30, repeats=2, extractor="raw"
    )
    assert beside["conditional_accuracy"].values == tuple(asked)
    assert str(beside["conditional_accuracy"].name) == "conditional_accuracy/classifier/30"
    real = network(reference.real.batches(360), 360).logits.argmax(axis=1)
    truth = (real == reference.real.labels(range(360))).mean()
    assert beside["conditional_accuracy"].ideal == truth
    unasked, _ = evaluate(run, samples=30, repeats=1, extractor="raw")
    assert unasked["conditional_accuracy"].values == tuple(asked[:1])
    with pytest.raises(InputError, match="a translator of paired pictures"):
        evaluate(run, names=["rmse"], samples=30)


@pytest.mark.slow
def test_a_translation_is_held_against_its_target(tmp_path, quick):
    data = ["--data", "glyph_pairs", "--data.size", "16", "--data.variants", "1"]
    line = [word for word in TINY if word not in ("--data.size", "16")]
    with without_tracing():
        assert main(["train", "pix2pix", *data, *line, "--out", "run"]) == 0
    candidate = open_candidate("run")
    reference = _evaluate.compare(candidate, extractor="raw").reference
    generated = candidate.samples(reference)
    count = reference.real.count
    np.testing.assert_array_equal(
        generated.targets(range(count)), reference.real.pick(range(count))
    )
    card, _ = evaluate("run", samples=count, repeats=1)
    wanted = generated.targets(range(count)) / 255.0
    made = to_uint8(generated.pick(range(count))) / 255.0
    expected = np.sqrt(np.square(wanted - made).mean())
    assert card["rmse"].value == pytest.approx(expected, rel=1e-2)
    found = {score.name.metric for score in card.scores}
    assert {"l1", "psnr", "ssim"} < found
    # Its test split holds characters that the classifier was not taught; none was asked for.
    assert not found & {"is", "classes", "kl", "conditional_accuracy"}
    assert any("classes that the classifier was not taught" in note for note in card.notes)
    with pytest.raises(InputError, match="asked for by class"):
        evaluate("run", names=["conditional_accuracy"], samples=count)


def test_labels_come_from_its_own_data_where_the_others_have_none(run, random, quick):
    save(random.integers(0, 256, (12, 20, 20, 1)).astype(np.uint8), "real")
    card, _ = evaluate(run, "real", ["swd", "copies"], repeats=1, out="scores")
    assert any("under the label of digits, each in turn" in note for note in card.notes)
    assert (card.extractor, card.fake_count) == ("raw", 12)


# ---- Artefacts --------------------------------------------------------------------------------


def test_an_artefact_is_sampled_by_seed(pictures, quick):
    save(pictures, "real")
    artefact("saved", constant_images)
    card, _ = evaluate("saved", "real", ["swd", "recall"], samples=15)
    assert card.seeds == (0, 15, 30)
    assert card["recall"].value < 0.5
    samples = open_candidate("saved").samples(reference_of("./real", 8))
    np.testing.assert_array_equal(samples.pick([3, 40])[:, 0, 0, 0], [15, 0])


def test_an_artefact_takes_its_labels_from_the_data(pictures):
    spec = tf.TensorSpec((None,), tf.int32, name="label")
    artefact("saved", lambda seed, label: constant_images(label[:, None] * 8), label=spec)
    for label in "ab":
        save(pictures[:20] if label == "a" else pictures[20:], f"real/{label}")
    reference = reference_of("./real", 8, labels="true")
    greys = open_candidate("saved").samples(reference).pick(range(40))[:, 0, 0, 0]
    labels = reference.source.arrays()["label"][np.random.default_rng(0).permutation(40)]
    np.testing.assert_array_equal(greys, labels * 40)
    with pytest.raises(
        InputError, match=r"Expected data with label, which saved \(version 3\) start"
    ):
        evaluate("saved", "real")


@pytest.mark.parametrize("name, told", [("truncation", False), ("variety", True)])
def test_an_artefact_of_styles_is_sampled_without_truncation(pictures, name, told):
    spec = tf.TensorSpec((None,), tf.float32, name=name)
    artefact("saved", lambda seed, **given: constant_images(seed, 200 * given[name][0]),
             **{name: spec})  # fmt: skip
    if told:  # the manifest says what the input is, whatever its name
        kinds = {"seed": {"kind": "seed"}, name: {"kind": "truncation"}}
        manifest = {"version": 3, "sha256": {}, "signatures": {"sample": {"kinds": kinds}}}
        pathlib.Path("saved/manifest.json").write_text(json.dumps(manifest))
    save(pictures, "real")
    samples = open_candidate("saved").samples(reference_of("./real", 8))
    np.testing.assert_array_equal(samples.pick([3, 40])[:, 0, 0, 0], [15, 0])


def test_an_artefact_that_does_more_than_compute_is_not_run(pictures):
    def written(seed):
        tf.io.write_file("evil.txt", "x")
        return constant_images(seed)

    artefact("saved", written)
    save(pictures, "real")
    with pytest.raises(InputError, match=r"saved/3, which also holds WriteFile\. It is not run\."):
        evaluate("saved", "real")
    with pytest.raises(InputError, match=r"saved/3, which also holds WriteFile\. It is not run\."):
        evaluate("real", "./real", ["fid"], extractor="saved:saved/3")
    assert not pathlib.Path("evil.txt").exists()


def test_grey_levels_kept_as_floats_are_announced(pictures):
    save(pictures, "real")
    artefact("saved", lambda seed: constant_images(seed, 255.0, tf.float32))
    with pytest.raises(InputError, match=r"They look like 0\.\.255 kept as floats\. Nothing was"):
        evaluate("saved", "real", ["swd"])


# ---- Plans ------------------------------------------------------------------------------------


def test_data_have_the_extractor_that_suits_them(random):
    pictures, labels = random.integers(0, 256, (40, 8, 8, 3), np.uint8), np.arange(40) % 2
    for source, key, name in (
        (kgan.data.digits(size=8), "image", "classifier"),
        (kgan.data.glyphs("digits"), "image", "classifier"),
        (kgan.data.glyph_pairs(characters="digits", split="all"), "target", "classifier"),
        (kgan.data.downsampled("digits", size=16), "target", "classifier"),
        (kgan.data.unpaired_glyphs(characters="digits"), "b", "efficientnet-lite0"),
        (kgan.data.arrays(pictures, labels), "image", "efficientnet-lite0"),
        (kgan.data.arrays(pictures), "image", "efficientnet-lite0"),
        (kgan.data.ring(count=50), "image", "raw"),
    ):
        assert _evaluate._choose_extractor(build_reference(source, key)) == name, source.name


def test_raw_pictures_are_fewer_by_default_where_they_are_large():
    assert _evaluate._most(raw(), (32, 32, 3)) == 10_000
    assert _evaluate._most(raw(), (256, 256, 3)) == 170


def test_a_run_that_is_told_something_has_a_variety(run, quick):
    card, _ = evaluate(run, names=["variety"], samples=24, extractor="raw")
    (score,) = card.scores
    assert (score.name.metric, score.ideal) == ("variety", 1.0) and score.values[0] > 0
