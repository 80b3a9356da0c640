"""Scores by name: each is its module's, with the warnings a reader needs."""

import numpy as np
import pytest

from kgan import metrics
from kgan.errors import InputError
from kgan.metrics import _measure
from kgan.metrics.card import METRICS, PAIR_METRICS, SIGNAL_METRICS, TEXT_METRICS, VARIETY


@pytest.fixture
def features(random):
    """Draws `Features` of N(shift, 1) in 3 dimensions, with logits of 3 classes."""

    def draw(count, shift=0.0):
        pooled = (random.normal(size=(count, 3)) + shift).astype(np.float32)
        return metrics.Features(pooled, 3.0 * pooled, random.integers(0, 3, count))

    return draw


@pytest.fixture(scope="module")
def extractor():
    return metrics.Extractor("test", None, "ab" * 32, "clean")


def test_every_metric_is_its_modules(features, extractor):
    real, fake, train = features(400), features(300, 0.5), features(400)
    mixture = np.eye(3), 0.5
    others = (*PAIR_METRICS, *SIGNAL_METRICS, *TEXT_METRICS, VARIETY)
    names = [name for name in METRICS if name not in others]
    card = metrics.measure(names, real, fake, extractor, train, mixture=mixture)
    x, y, t = real.pooled, fake.pooled, train.pooled
    modes = metrics.count_modes(y, *mixture)
    precision, recall = metrics.precision_recall(x, y)
    density, coverage = metrics.density_coverage(x, y)
    shares = metrics.class_shares(x.argmax(axis=1), y.argmax(axis=1))
    expected = {
        "fid": metrics.fid(x, y),
        "kid": metrics.kid(x, y),
        "is": metrics.inception_score(3.0 * y),
        "precision": precision,
        "recall": recall,
        "density": density,
        "coverage": coverage,
        "swd": metrics.swd(x, y),
        "classes": shares.covered,
        "kl": shares.kl,
        "conditional_accuracy": (y.argmax(axis=1) == fake.labels).mean(),
        "intra_fid": np.mean(
            [metrics.fid(x[real.labels == k], y[fake.labels == k]) for k in range(3)]
        ),
        "intra_recall": np.mean(
            [
                metrics.precision_recall(x[real.labels == k], y[fake.labels == k])[1]
                for k in range(3)
            ]
        ),
        "ct": metrics.data_copying(t, x, y).value,
        "authenticity": metrics.authenticity(t, y).value,
        "copies": metrics.copy_rate(t, y).rate,
        "modes": modes.covered,
        "high_quality_rate": modes.high_quality_rate,
    }
    assert {score.name.metric: score.value for score in card.scores} == expected
    assert str(card.scores[0].name) == "fid/test/300/clean"
    assert card["conditional_accuracy"].ideal == (x.argmax(axis=1) == real.labels).mean()
    assert card["fid"].bias == metrics.fid_bias(x, y)
    assert card["authenticity"].ideal == metrics.authenticity(t, x).value  # of real ones
    assert card["coverage"].ideal == pytest.approx(0.94, abs=0.03)
    for metric in ("fid", "kid", "is"):
        assert "agree" in card[metric].check
    assert card.warnings == (
        "400 real and 300 generated samples: compare only with scores of the same two counts",
    )


def test_classes_that_labels_leave_out_are_no_classes(features, extractor):
    both = features(600)
    both = both._replace(labels=np.array([0, 2, 4])[both.labels])
    card = metrics.measure(["intra_fid"], both, both, extractor)
    assert card.warnings == () and card["intra_fid"].value == pytest.approx(0.0, abs=1e-9)


def test_real_samples_that_were_trained_on_are_no_ideal(features, extractor):
    train, fake = features(400), features(300)
    card = metrics.measure(["authenticity"], train, fake, extractor, train, held_out=False)
    assert card["authenticity"].ideal == metrics.authenticity(train.pooled, fake.pooled).ideal > 0.2


def test_a_class_of_few_samples_is_warned_of(features, extractor):
    real = features(60)
    few = real._replace(labels=np.repeat([0, 1, 2], [3, 27, 30]))
    card = metrics.measure(["intra_fid"], real, few, extractor)
    assert card.warnings == (
        "intra_fid/test/60/clean: 3 samples of a class cannot fill the covariance of 3 features; "
        "draw several times as many",
    )


def test_labels_may_have_gaps(features, extractor):
    """Class 1 does not occur: it is no class of 0 samples."""
    labels = np.repeat([0, 2], 30)
    real, fake = (features(60)._replace(labels=labels) for _ in "12")
    assert metrics.measure(["intra_fid"], real, fake, extractor).warnings == ()


def test_pictures_are_held_against_those_they_should_be(random):
    targets, outputs = random.integers(0, 256, (2, 2, 5, 16, 16, 1)).astype(np.uint8)
    scores = metrics.measure_pairs(["rmse", "psnr/pixels/5"], list(targets), list(outputs))
    gaps = (targets / 255.0 - outputs / 255.0).reshape(2, 5, -1)
    np.testing.assert_allclose(scores[0].values, np.sqrt(np.square(gaps).mean(axis=(1, 2))))
    peaks = -10 * np.log10(np.square(gaps).mean(axis=2)).mean(axis=1)
    np.testing.assert_allclose(scores[1].values, peaks, rtol=1e-6)
    assert [str(score.name) for score in scores] == ["rmse/pixels/5", "psnr/pixels/5"]
    with pytest.raises(InputError, match="Expected rmse/pixels/5, as these samples"):
        metrics.measure_pairs(["rmse/raw/5"], list(targets), list(outputs))


def test_repeats_have_a_spread(features, extractor):
    fakes = [features(200, 0.5) for _ in range(3)]
    real = features(200)
    card = metrics.measure(["fid"], real, fakes, extractor, seeds=(0, 200, 400))
    assert card["fid"].values == tuple(metrics.fid(real.pooled, fake.pooled) for fake in fakes)
    assert card.seeds == (0, 200, 400)
    with pytest.raises(InputError, match=r"repeats of one size\. Received: \[100, 200\]"):
        metrics.measure(["fid"], real, [features(200), features(100)], extractor)


def test_few_samples_are_warned_of(features, extractor):
    warnings = metrics.measure(["fid"], features(60), features(60), extractor).warnings
    assert any("is due to so few samples" in line for line in warnings)
    few = metrics.measure(["fid"], features(3), features(3), extractor, compare_tfgan=False)
    assert any("3 samples cannot fill the covariance of 3" in line for line in few.warnings)
    many = metrics.measure(["fid"], features(400), features(400, 1.0), extractor)
    assert many.warnings == ()


def test_a_disagreement_is_warned_of(features, extractor, monkeypatch):
    real, fake = features(100), features(100, 1.0)
    own = metrics.fid(real.pooled, fake.pooled)
    wrong = (_measure._BY_TFGAN["fid"][0], lambda real, fake: own * 1.001)
    monkeypatch.setitem(_measure._BY_TFGAN, "fid", wrong)
    card = metrics.measure(["fid"], real, fake, extractor)
    assert any("differ by more than 1e-4" in line for line in card.warnings)
    assert metrics.measure(["fid"], real, fake, extractor, compare_tfgan=False)["fid"].check is None


def test_names_with_settings_must_be_true(features, extractor):
    real, fake = features(50), features(60)
    card = metrics.measure(["recall/test/60/clean"], real, fake, extractor)
    assert str(card.scores[0].name) == "recall/test/60/clean"
    for name in ("recall/test/50", "recall/raw", "recall/test/60/tf1"):
        with pytest.raises(InputError, match=r"Expected recall/test/60/clean.*Received: " + name):
            metrics.measure([name], real, fake, extractor)


def test_what_is_missing_is_said(features, extractor, random):
    points = metrics.Features(random.normal(size=(50, 3)).astype(np.float32))
    with pytest.raises(InputError, match="fake features without logits"):
        metrics.measure(["is"], features(50), points, extractor)
    with pytest.raises(InputError, match="train=None"):
        metrics.measure(["ct"], points, points, extractor)
    with pytest.raises(InputError, match="real samples without labels"):
        metrics.measure(["intra_fid"], points, points, extractor)
    with pytest.raises(InputError, match="rmse, of pairs of pictures"):
        metrics.measure(["rmse"], points, points, extractor)
    with pytest.raises(InputError, match="mixture=None"):
        metrics.measure(["modes"], points, points, extractor)
    with pytest.raises(InputError, match="Unknown metric"):
        metrics.measure(["fido"], points, points, extractor)


def test_batches_and_order_of_the_samples_do_not_move_a_score(random):
    real = random.normal(size=(150, 2)).astype(np.float32)
    fake = random.normal(size=(150, 2)).astype(np.float32) * 1.2
    train = random.normal(size=(150, 2)).astype(np.float32)
    others = (
        "is", "classes", "kl", "conditional_accuracy", "intra_fid", "intra_recall", "modes",
        "high_quality_rate",
        VARIETY, *PAIR_METRICS, *SIGNAL_METRICS, *TEXT_METRICS,
    )  # fmt: skip
    names = [name for name in METRICS if name not in others]
    raw = metrics.raw()

    def scores(samples):
        card = metrics.measure(names, raw(real), raw(samples), raw, raw(train), compare_tfgan=False)
        return [score.value for score in card.scores]

    expected = scores(fake)
    for size in (1, 7, 1000):
        cut = (fake[start : start + size] for start in range(0, len(fake), size))
        np.testing.assert_allclose(scores(cut), expected, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(scores(random.permutation(fake)), expected, rtol=1e-6, atol=1e-9)


def test_a_sampler_of_seeds_scores_as_its_samples(random):
    raw = metrics.raw()

    def sample(seeds):
        return np.stack([np.random.default_rng(seed).normal(size=2) for seed in seeds])

    drawn = raw(metrics.draw_samples(sample, 100, batch_size=7), 100)
    np.testing.assert_array_equal(drawn.pooled, raw(sample(range(100))).pooled)


def test_collapse_noise_and_copies_move_scores_the_right_way(random):
    raw = metrics.raw()
    real, train = raw(random.normal(size=(400, 2))), raw(random.normal(size=(400, 2)))
    samples = {
        "true": random.normal(size=(400, 2)),
        "collapsed": 0.05 * random.normal(size=(400, 2)),
        "noisy": 3.0 * random.normal(size=(400, 2)),
        "copied": train.pooled + 1e-3 * random.normal(size=(400, 2)),
    }
    names = ["fid", "kid", "swd", "precision", "recall", "coverage", "ct", "authenticity", "copies"]
    cards = {
        kind: metrics.measure(names, real, raw(fake), raw, train, compare_tfgan=False)
        for kind, fake in samples.items()
    }
    for distance in ("fid", "kid", "swd"):
        for wrong in ("collapsed", "noisy"):
            assert cards["true"][distance].value < 0.3 * cards[wrong][distance].value
    assert cards["collapsed"]["precision"].value > 0.95 > 0.1 > cards["collapsed"]["recall"].value
    assert cards["noisy"]["precision"].value < 0.6
    assert cards["noisy"]["recall"].value > cards["noisy"]["precision"].value
    assert cards["copied"]["ct"].value < -8 < -3 < cards["true"]["ct"].value
    assert sum("copies?" in line for line in cards["copied"].warnings) == 2
    assert not any("copies?" in line for line in cards["true"].warnings)
    assert cards["copied"]["authenticity"].value < 0.1
    assert cards["copied"]["copies"].value > 0.9


@pytest.mark.parametrize("samples, width, expected", [(40, 9, (40, 3)), (99, 2, (60, 2))])
def test_agreement_is_computed_on_a_part_of_many(features, monkeypatch, samples, width, expected):
    monkeypatch.setattr(_measure, "_CHECKED", samples)
    monkeypatch.setattr(_measure, "_CHECKED_FEATURES", width)
    real, fake = features(50), features(60)
    card = metrics.measure(["fid", "kid", "is"], real, fake, metrics.raw())
    count, kept = expected
    value = metrics.fid(real.pooled[:count, :kept], fake.pooled[:count, :kept])
    assert card["fid"].value == metrics.fid(real.pooled, fake.pooled)
    assert f"fid of a part, {count} x {kept}: kgan {value:.6g}" in card["fid"].check
    assert "kid of a part" in card["kid"].check
    assert ("of a part, 40 x 3" in card["is"].check) == (samples == 40)


def test_the_check_of_all_is_the_score(features):
    card = metrics.measure(["fid"], features(50), features(60), metrics.raw())
    assert f"fid: kgan {card['fid'].value:.6g}, TF-GAN" in card["fid"].check


def test_a_metric_of_pixels_refuses_other_features(random):
    features = metrics.Features(random.normal(size=(8, 3)).astype("float32"), None)
    both = _measure._Compared(features, features, None, None, None, True, "classifier")
    with pytest.raises(InputError, match="Expected features of raw"):
        both.check_extractor("raw")
    both.check_extractor("classifier")
